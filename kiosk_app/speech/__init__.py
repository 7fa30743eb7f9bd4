"""The language that the window speaks: Korean first, English beside it, changed while it runs."""
