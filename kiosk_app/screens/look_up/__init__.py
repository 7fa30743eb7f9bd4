"""Which enrolled dog a found one is."""
