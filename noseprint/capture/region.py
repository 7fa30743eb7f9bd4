"""The part of a picture that quality is judged on, at a size that does not depend on the camera's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from noseprint.capture.nose import NoseBox

Grey = npt.NDArray[np.float32]

PIXELS_PER_SIDE = 160
"""The shorter side of the nose is judged at this many pixels: beads are four or more wide, and a sensor's noise is
averaged away."""

# A nose fills its box in the middle but not in the corners.
_CENTRAL_SHARE = 0.7
_LEAST = 16


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRegion:
    """The inner part of a nose.

    Attributes:
        grey: (h, w) float32 grey levels, 0 to 255, the shorter side 112 pixels: 160 for the shorter side of the nose.
        side: the shorter side of the nose in pixels of the picture that it was taken from.
    """

    grey: Grey
    side: float


def judged_region(picture: Image.Image, nose: NoseBox | None = None) -> JudgedRegion:
    """Sample the central 70 % of a nose.

    Args:
        picture: mode L, upright.
        nose: where the nose is; without it, the picture is a close-up and its shorter side stands for the nose's.
    """
    middle_x, middle_y, width, height = _nose_in_pixels(picture, nose)
    side = max(min(width, height), 1.0)
    left, right = _inside(middle_x, width * _CENTRAL_SHARE / 2, picture.width)
    top, bottom = _inside(middle_y, height * _CENTRAL_SHARE / 2, picture.height)
    scale = PIXELS_PER_SIDE / side
    size = (max(round((right - left) * scale), _LEAST), max(round((bottom - top) * scale), _LEAST))
    sampled = picture.resize(size, Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    return JudgedRegion(np.asarray(sampled, dtype=np.float32), side)


def _inside(middle: float, half: float, length: int) -> tuple[float, float]:
    """What of a stretch lies inside the picture; at least one pixel."""
    start = min(max(middle - half, 0.0), length - 1.0)
    return start, max(min(middle + half, float(length)), start + 1.0)


def _nose_in_pixels(picture: Image.Image, nose: NoseBox | None) -> tuple[float, float, float, float]:
    width, height = picture.size
    if nose is None:
        side = float(min(width, height))
        return width / 2, height / 2, side, side
    return nose.centre_x * width, nose.centre_y * height, nose.width * width, nose.height * height
