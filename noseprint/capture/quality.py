"""How usable a photo of a nose is: components in their own units, reasons from a closed list, one score 0 to 100."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from noseprint.embedding.image import open_photo

if TYPE_CHECKING:
    from noseprint.embedding.limits import ImageLimits

Grey = npt.NDArray[np.float32]

_SIDE = 256
_CENTRAL_SHARE = 0.7
# Where a component is as good as it gets, and where it makes a photo worthless. Set by eye and figure on
# natural and blurred, darkened, shrunk copies of real photos; docs/decisions/0005 has the figures.
_SHARP, _BLURRED = 9.0, 1.5
_LIT, _DARK = 40.0, 10.0
_UNCLIPPED, _GLARING = 0.05, 0.40
_CONTRASTED, _FLAT = 18.0, 4.0
_LARGE, _SMALL = 200.0, 60.0


class Flaw(StrEnum):
    """Why a photo is less than good."""

    BLURRED = "blurred"
    DARK = "dark"
    GLARING = "glaring"
    FLAT = "flat"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of one photo.

    Attributes:
        sharpness: root mean square of the Laplacian at 256 pixels a side, in grey levels.
        brightness: mean of the brighter half of the pixels, in grey levels, 0 to 255.
        clipped: share of pixels that are all but white, 0 to 1.
        contrast: standard deviation, in grey levels.
        side: the shorter side of the photo as it is decoded here, in pixels; that of a large JPEG is at least 512.
        score: the unified quality, 0 (worthless) to 100; the product of how good each component is.
        flaws: what keeps the score down, worst first.
    """

    sharpness: float
    brightness: float
    clipped: float
    contrast: float
    side: int
    score: float
    flaws: tuple[Flaw, ...]


def assess(photo: bytes, limits: ImageLimits) -> Quality:
    """Judge the central part of a photo, where a nose print's nose is.

    Raises:
        NoseprintError: as :func:`noseprint.embedding.image.open_photo`.
    """
    picture = open_photo(photo, limits, grey=True, least_side=2 * _SIDE)
    return _judge(_central_square(picture), min(picture.size))


def _central_square(picture: Image.Image) -> Grey:
    half = min(picture.size) * _CENTRAL_SHARE / 2
    middle_x, middle_y = picture.width / 2, picture.height / 2
    box = (middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    return np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX, box=box), dtype=np.float32)


def _judge(grey: Grey, side: int) -> Quality:
    sharpness = float(np.sqrt(np.mean(_laplacian(grey) ** 2)))
    brightness = float(np.mean(grey[grey >= np.median(grey)]))
    clipped = float(np.mean(grey >= 250.0))  # noqa: PLR2004
    contrast = float(np.std(grey))
    goodness = {
        Flaw.BLURRED: _rise(sharpness, _BLURRED, _SHARP),
        Flaw.DARK: _rise(brightness, _DARK, _LIT),
        Flaw.GLARING: _rise(-clipped, -_GLARING, -_UNCLIPPED),
        Flaw.FLAT: _rise(contrast, _FLAT, _CONTRASTED),
        Flaw.SMALL: _rise(side, _SMALL, _LARGE),
    }
    flaws = tuple(sorted((flaw for flaw in Flaw if goodness[flaw] < 1.0), key=lambda flaw: goodness[flaw]))
    score = 100.0 * float(np.prod(list(goodness.values())))
    return Quality(sharpness, brightness, clipped, contrast, side, score, flaws)


def _laplacian(grey: Grey) -> Grey:
    """The discrete Laplacian (4-neighbour) of all inner pixels."""
    inner = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4.0 * inner


def _rise(value: float, worthless: float, good: float) -> float:
    """0 at ``worthless`` and below, 1 at ``good`` and above, a straight line between."""
    return float(np.clip((value - worthless) / (good - worthless), 0.0, 1.0))
