"""A folder of pictures as a camera: each picture in turn, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from noseprint.capture.camera import Frame
from noseprint.capture.pacing import Pacer
from noseprint.embedding.image import open_photo
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.capture.camera import Pixels
    from noseprint.embedding.limits import ImageLimits

_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
_RATE: Final = 15.0
_FRAMES_EACH: Final = 30


class FolderCamera:
    """JPEG and PNG pictures in the order of their names, two seconds each.

    Args:
        folder: where they lie; folders below are not looked into.
        limits: checked before decoding.
        pacer: its rhythm.
    """

    always_moves = False

    def __init__(self, folder: Path, limits: ImageLimits, pacer: Pacer | None = None) -> None:
        self._folder = folder
        self._limits = limits
        self._pacer = pacer or Pacer(_RATE)
        self._files: list[Path] = []
        self._turn = -1
        self._pixels: Pixels = np.zeros((1, 1, 3), np.uint8)

    def open(self) -> None:
        """See which pictures are there.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND when there are none.
        """
        self._files = sorted(file for file in self._folder.glob("*") if file.suffix.lower() in _SUFFIXES)
        if not self._files:
            raise NoseprintError(ErrorCode.CAMERA_NOT_FOUND, "no pictures", source=self._folder)
        self._turn = -1
        self._pacer.start()

    def read(self) -> Frame:
        """The next frame.

        Raises:
            NoseprintError: CAMERA_LOST when a picture cannot be read.
        """
        number, at = self._pacer.next()
        turn = (number - 1) // _FRAMES_EACH % len(self._files)
        if turn != self._turn:
            self._pixels, self._turn = self._picture(self._files[turn]), turn
        return Frame(self._pixels, number, at)

    def close(self) -> None:
        """Nothing is held open."""

    def _picture(self, file: Path) -> Pixels:
        try:
            return np.array(open_photo(file.read_bytes(), self._limits))
        except (OSError, NoseprintError) as fault:
            raise NoseprintError(ErrorCode.CAMERA_LOST, f"{file.name}: {type(fault).__name__}") from fault
