"""The design system: every measure, colour, type size and icon of the kiosk stands here and nowhere else."""
