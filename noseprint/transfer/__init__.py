"""Data on its way between machines: exports of what waits, data sets for measuring. Uploads are `sync`'s."""
