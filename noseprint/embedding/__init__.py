"""Image bytes to tensor to vector to template."""
