"""A camera that needs no hardware: the shipped, generated noses before a hand that has yet to find the right place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from noseprint.capture.camera import Frame
from noseprint.capture.pacing import Pacer
from noseprint.capture.simulated_scene import HEIGHT, NOSE, WIDTH, Face, nose_photo
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.capture.camera import Pixels

PICTURE: Final = (1280, 720)
"""Width and height of its frames."""
RATE: Final = 30.0
PHOTOS: Final = 5
FIRST_DOG: Final = "dog-1"

# A hand is never still: it sways by so many pixels in so many frames, sideways and up and down.
_SWAY: Final = ((9.0, 73.0), (6.0, 47.0))
# Bilinear sampling sees two pixels: what is to become smaller than half is halved first.
_HALF: Final = 0.5
# A picture this blurred can be blurred at a quarter of its size.
_BLUR_SCALE: Final = 4


@dataclass(frozen=True, slots=True)
class Shot:
    """How the nose is held before the camera for a while.

    Attributes:
        name: for people.
        frames: how many.
        nose: side of the nose's photo as a share of the picture's height.
        blur: standard deviation in pixels.
        light: what is left of it, 0 to 1.
        photo: 1 to 5.
    """

    name: str
    frames: int
    nose: float = 0.76
    blur: float = 0.0
    light: float = 1.0
    photo: int = 1


GOOD: Final = tuple(Shot("good", 36, photo=photo) for photo in range(1, PHOTOS + 1))
"""Good pictures alone, of all the dog's photos, 1.2 seconds each."""
LEARNING: Final = (
    Shot("far", 75, nose=0.33),
    Shot("blurred", 75, blur=14.0),
    Shot("dark", 75, light=0.09),
    *GOOD,
)
"""Too far, blurred, dark, then good: what everyone does the first time."""


class Trouble(StrEnum):
    """What may befall the simulated camera."""

    UNPLUGGED = "unplugged"
    FROZEN = "frozen"
    BLACK = "black"
    BUSY = "busy"


class SimulatedCamera:
    """Frames of 1280 x 720 at 30 a second, each determined by dog, script and its number.

    ``dog``, ``script`` and ``trouble`` may be changed at any time, from any thread.

    Args:
        noses: folder of the shipped noses: a folder a dog, with ``01.jpg`` to ``05.jpg``.
        dog: the folder of the dog that is before the camera.
        script: the shots, in turn and over again.
        pacer: its rhythm.
    """

    always_moves = True

    def __init__(
        self, noses: Path, dog: str = FIRST_DOG, script: tuple[Shot, ...] = LEARNING, pacer: Pacer | None = None
    ) -> None:
        self.trouble: Trouble | None = None
        self._noses = noses
        self._pacer = pacer or Pacer(RATE)
        self._scenes = lru_cache(maxsize=2 * PHOTOS)(self._made_scene)
        self._faces = lru_cache(maxsize=2)(self._made_face)
        self._last: Frame | None = None
        self._playing = (self._known(dog), script, 0)

    @property
    def dogs(self) -> tuple[str, ...]:
        """Every dog that can be shown."""
        return tuple(sorted(folder.name for folder in self._noses.iterdir() if folder.is_dir()))

    def show(self, dog: str, script: tuple[Shot, ...] | None = None) -> None:
        """Put a dog before the camera; the script, a new one or the same, begins again.

        Raises:
            NoseprintError: CAMERA_SOURCE_UNKNOWN when there is no such dog.
        """
        shown = self._last.number if self._last else 0
        self._playing = (self._known(dog), script or self._playing[1], shown)

    def open(self) -> None:
        """Begin with frame 1 and the script's first shot.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND or CAMERA_BUSY, when that is its trouble.
        """
        if self.trouble is Trouble.UNPLUGGED:
            raise NoseprintError(ErrorCode.CAMERA_NOT_FOUND, source="simulated")
        if self.trouble is Trouble.BUSY:
            raise NoseprintError(ErrorCode.CAMERA_BUSY, source="simulated")
        dog, script, _ = self._playing
        self._playing = (dog, script, 0)
        self._scenes(dog, script[0].photo)
        self._pacer.start()

    def read(self) -> Frame:
        """The next frame.

        Raises:
            NoseprintError: CAMERA_LOST, CAMERA_BUSY, when that is its trouble.
        """
        number, at = self._pacer.next()
        if self.trouble is Trouble.UNPLUGGED:
            raise NoseprintError(ErrorCode.CAMERA_LOST)
        if self.trouble is Trouble.BUSY:
            raise NoseprintError(ErrorCode.CAMERA_BUSY, source="simulated")
        frozen = self._last.pixels if self._last and self.trouble is Trouble.FROZEN else None
        self._last = Frame(self._pixels(number) if frozen is None else frozen, number, at)
        return self._last

    def close(self) -> None:
        """Nothing is held open."""

    def picture(self, number: int, dog: str, shot: Shot) -> Pixels:
        """What a shot of a dog shows in a frame, (720, 1280, 3) uint8 RGB."""
        scale = shot.nose * PICTURE[1] / NOSE
        pixels = _seen(self._scenes(dog, shot.photo), scale, *_hand(number))
        if shot.blur:
            pixels = _blurred(pixels, shot.blur)
        return _as_pixels(cv2.convertScaleAbs(pixels, alpha=shot.light)) if shot.light < 1.0 else pixels

    def _pixels(self, number: int) -> Pixels:
        if self.trouble is Trouble.BLACK:
            return np.zeros((PICTURE[1], PICTURE[0], 3), np.uint8)
        dog, script, begun = self._playing
        return self.picture(number, dog, shot_at(script, number - begun))

    def _known(self, dog: str) -> str:
        wanted = dog or FIRST_DOG
        if wanted not in self.dogs:
            raise NoseprintError(ErrorCode.CAMERA_SOURCE_UNKNOWN, source=f"simulated:{wanted}")
        return wanted

    def _made_face(self, dog: str) -> Face:
        return Face(self._photo(dog, 1), self.dogs.index(dog))

    def _made_scene(self, dog: str, photo: int) -> tuple[Pixels, Pixels]:
        """A dog's face with one of its photos, in full and at half the size."""
        whole = self._faces(dog).with_nose(self._photo(dog, photo))
        half = cv2.resize(whole, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
        return whole, _as_pixels(half)

    def _photo(self, dog: str, photo: int) -> Pixels:
        return nose_photo(self._noses / dog / f"{photo:02}.jpg")


def shot_at(script: tuple[Shot, ...], number: int) -> Shot:
    """The shot that a script has come to at its ``number``-th frame, from 1."""
    place = (number - 1) % sum(shot.frames for shot in script)
    for shot in script:
        if place < shot.frames:
            return shot
        place -= shot.frames
    raise AssertionError


def _hand(number: int) -> tuple[float, float]:
    across, down = (reach * math.sin(2.0 * math.pi * number / frames) for reach, frames in _SWAY)
    return across, down


def _seen(scene: tuple[Pixels, Pixels], scale: float, across: float, down: float) -> Pixels:
    """The scene scaled about its middle, which lies somewhat off the picture's."""
    small = scale < _HALF
    source, zoom = (scene[1], 2.0 * scale) if small else (scene[0], scale)
    height, width = source.shape[:2]
    left, top = PICTURE[0] / 2 + across - zoom * width / 2, PICTURE[1] / 2 + down - zoom * height / 2
    move = np.array([[zoom, 0.0, left], [0.0, zoom, top]], np.float32)
    return _as_pixels(cv2.warpAffine(source, move, PICTURE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    small = cv2.resize(pixels, (PICTURE[0] // _BLUR_SCALE, PICTURE[1] // _BLUR_SCALE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / _BLUR_SCALE)
    return _as_pixels(cv2.resize(soft, PICTURE, interpolation=cv2.INTER_LINEAR))


def _as_pixels(picture: cv2.typing.MatLike) -> Pixels:
    return picture.astype(np.uint8, copy=False)
