"""How large a photo may be; known without the libraries that decode it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest photo that is decoded at all."""

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 40_000_000
