"""Settings, from their declarations; for admins."""
