"""The terminal face: everything a clinic or an operator can do, as one program."""
