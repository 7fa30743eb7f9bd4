"""What waits to be uploaded, what failed and why, and what a person can do about it."""
