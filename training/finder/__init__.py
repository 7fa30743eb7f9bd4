"""How the nose finder was taught and measured; nothing here is imported by the product."""
