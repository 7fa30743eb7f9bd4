"""What the simulated camera sees: a generated nose in a furry face, before the wall of a clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.capture.camera import Pixels

Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 1760, 1320
NOSE: Final = 640
"""Sides of a scene and of the nose in its middle, in pixels."""

_WALL: Final = np.array((176, 194, 192), np.float32)
# Light fur sets every nose off: before dark fur the finder takes some of it for nose, in one photo more than the next.
_DARKEST_FUR, _LIGHTEST_FUR = 190.0, 232.0
# Hairs all around, and how many there are one behind the other from the nose to the edge of the face.
_HAIRS, _ROWS, _HAIR_LENGTH = 2400, 64, 26.0
_FACE, _FACE_EDGE = 590.0, 22.0
_ROUNDNESS: Final = 3.2


class Face:
    """A dog's face without its nose; the same dog always has the same fur.

    Args:
        photo: (640, 640, 3) of the nose, whose corners show the colour of the fur.
        seed: of the hairs.
    """

    def __init__(self, photo: Pixels, seed: int) -> None:
        across, down = _from_the_middle()
        distance, angle = np.hypot(across, down), np.arctan2(down, across)
        hairs = _hairs(distance, angle, seed)[..., np.newaxis]
        fur = _fur_colour(photo) * (1.0 + 0.06 * hairs) * (1.08 - 0.3 * distance / _FACE)[..., np.newaxis]
        ragged = np.hypot(0.9 * across, down)[..., np.newaxis] + 10.0 * hairs
        face = 1.0 / (1.0 + np.exp((ragged - _FACE) / _FACE_EDGE))
        wall = _WALL * (1.0 - 0.15 * (0.5 + down / HEIGHT))[..., np.newaxis]
        self._picture: Floats = (fur * face + wall * (1.0 - face)).astype(np.float32)

    def with_nose(self, photo: Pixels) -> Pixels:
        """The face with one of the dog's photos as its nose, (1320, 1760, 3) uint8 RGB."""
        picture = self._picture.copy()
        left, top = (WIDTH - NOSE) // 2, (HEIGHT - NOSE) // 2
        under = picture[top : top + NOSE, left : left + NOSE]
        shown = _shown_of_photo()
        under[:] = photo * shown + under * (1.0 - shown)
        return picture.clip(0.0, 255.0).astype(np.uint8)


def nose_photo(file: Path) -> Pixels:
    """A shipped photo of a nose, (640, 640, 3) uint8 RGB."""
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB").resize((NOSE, NOSE), Image.Resampling.LANCZOS))


def _from_the_middle() -> tuple[Floats, Floats]:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return across - WIDTH / 2, down - HEIGHT / 2


def _hairs(distance: Floats, angle: Floats, seed: int) -> Floats:
    """Light and dark streaks that radiate from the nose, of mean 0 and standard deviation 1."""
    streaks = np.random.default_rng(seed).normal(0.0, 1.0, (_ROWS, _HAIRS)).astype(np.float32)
    streaks = cv2.GaussianBlur(streaks, (0, 0), sigmaX=1.0).astype(np.float32)
    streaks /= streaks.std()
    around = np.mod((angle / np.pi + 1.0) * _HAIRS / 2 + 0.02 * distance * np.sin(3.0 * angle), _HAIRS - 1)
    outward = np.clip(distance / _HAIR_LENGTH, 0.0, _ROWS - 1)
    return cv2.remap(
        streaks, around.astype(np.float32), outward.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    ).astype(np.float32, copy=False)


def _fur_colour(photo: Pixels) -> Floats:
    corners = np.concatenate([photo[:60, :30].reshape(-1, 3), photo[:60, -30:].reshape(-1, 3)])
    tint = np.median(corners, axis=0) / 255.0
    return np.asarray(_DARKEST_FUR + (_LIGHTEST_FUR - _DARKEST_FUR) * tint, np.float32)


def _shown_of_photo() -> Floats:
    """How much of the photo shows, (640, 640, 1): a rounded square with soft edges."""
    steps = np.abs(np.linspace(-1.0, 1.0, NOSE, dtype=np.float32)) ** _ROUNDNESS
    edge = (steps[:, np.newaxis] + steps) ** (1.0 / _ROUNDNESS)
    shown: Floats = np.clip((1.0 - edge) / 0.06, 0.0, 1.0).astype(np.float32)
    return shown[..., np.newaxis]
