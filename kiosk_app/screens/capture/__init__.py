"""Taking photos of a nose: no shutter is needed."""
