"""Work that would keep the window waiting."""
