"""The records: finding a pet, what is known about it, correcting and erasing it, all of it as a table."""
