"""What to do next so that the nose fills the picture, and what to cut out of it for storing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from noseprint.embedding.image import encode_jpeg, jpeg_for_storage, open_photo

if TYPE_CHECKING:
    from noseprint.capture.nose import FoundNose
    from noseprint.embedding.limits import ImageLimits

# A nose's extent is the larger of its shares of the picture's width and height: which of the two is short of room
# depends on the picture's shape.
CLOSER_BELOW: Final = 0.40
FARTHER_ABOVE: Final = 0.94
# The embedder's input is 224 pixels wide: fewer across the nose lose detail that it could have seen.
CLOSER_BELOW_PIXELS: Final = 224
# From the picture's middle, in shares of its width or height.
OFF_CENTRE: Final = 0.14
# In degrees: about where docs/decisions/0010 finds one match in seven lost.
CROOKED: Final = 20.0
AVERTED: Final = 25.0

# Air around the box on each side, in shares of the box: with the air that the box has itself (some 5 %), as much
# as the embedder's training pictures have.
CROP_MARGIN: Final = 0.08
# A crop that would keep more of the picture than this gains nothing: the embedder's own aligner copes with so much air,
# and a box that errs by a tenth of the nose would cost more (a nose print cut that way fell to cosine 0.28).
TIGHT_FROM: Final = 0.4


class Advice(StrEnum):
    """One thing to do next. Directions are the picture's: ``left`` says that the camera must look further left."""

    NO_NOSE = "no_nose"
    CLOSER = "closer"
    FARTHER = "farther"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    STRAIGHTEN = "straighten"
    TURN = "turn"
    HOLD = "hold"


class CropBox(NamedTuple):
    """Pixels of the upright picture: those from ``left`` and ``top`` to just before ``right`` and ``bottom``."""

    left: int
    top: int
    right: int
    bottom: int


class StoredNose(NamedTuple):
    """A JPEG to store and what was cut out of the photo for it; None where the photo is kept as it is."""

    jpeg: bytes
    box: CropBox | None


def advise(found: FoundNose | None, size: tuple[int, int]) -> Advice:
    """The most urgent advice: first a nose, then all of it in the middle, then its size, then its angles.

    Args:
        found: the nose, or None where none was found.
        size: the picture's width and height in pixels.
    """
    if found is None:
        return Advice.NO_NOSE
    extent = max(found.box.width, found.box.height)
    if extent > FARTHER_ABOVE:
        return Advice.FARTHER
    return _off_centre(found) or _too_small(found, extent, size) or _turned(found) or Advice.HOLD


def nose_crop(found: FoundNose, size: tuple[int, int]) -> CropBox | None:
    """The nose with its margin, or None where that is most of the picture anyhow.

    Args:
        found: the nose.
        size: the upright picture's width and height in pixels.
    """
    box, (width, height) = found.box, size
    half_width, half_height = (extent * (0.5 + CROP_MARGIN) for extent in (box.width, box.height))
    crop = CropBox(
        max(round((box.centre_x - half_width) * width), 0),
        max(round((box.centre_y - half_height) * height), 0),
        min(round((box.centre_x + half_width) * width), width),
        min(round((box.centre_y + half_height) * height), height),
    )
    kept = max(crop.right - crop.left, 0) * max(crop.bottom - crop.top, 0) / (width * height)
    return crop if 0 < kept < TIGHT_FROM else None


def nose_for_storage(photo: bytes, found: FoundNose, limits: ImageLimits) -> StoredNose:
    """The JPEG under which a photo's nose is stored, without metadata.

    A tight photo keeps its encoded picture (:func:`noseprint.embedding.image.jpeg_for_storage`); of another, the nose
    is cut out, upright, and encoded at quality 95.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    picture = open_photo(photo, limits)
    box = nose_crop(found, picture.size)
    if box is None:
        return StoredNose(jpeg_for_storage(photo, limits), None)
    return StoredNose(encode_jpeg(picture.crop(box)), box)


def _off_centre(found: FoundNose) -> Advice | None:
    """The direction in which the nose is farthest from the middle, where it is too far."""
    across, down = found.box.centre_x - 0.5, found.box.centre_y - 0.5
    if max(abs(across), abs(down)) <= OFF_CENTRE:
        return None
    if abs(across) >= abs(down):
        return Advice.LEFT if across < 0 else Advice.RIGHT
    return Advice.UP if down < 0 else Advice.DOWN


def _too_small(found: FoundNose, extent: float, size: tuple[int, int]) -> Advice | None:
    small = extent < CLOSER_BELOW or found.box.width * size[0] < CLOSER_BELOW_PIXELS
    return Advice.CLOSER if small else None


def _turned(found: FoundNose) -> Advice | None:
    if abs(found.roll) > CROOKED:
        return Advice.STRAIGHTEN
    return Advice.TURN if found.turn > AVERTED else None
