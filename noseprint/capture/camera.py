"""What every camera is, and how a camera is named in the settings and on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

Pixels = npt.NDArray[np.uint8]

SILENCE_S: Final = 1.5
"""A camera that gives no picture for so long is cut off: half a second is left of the two in which people are told."""

_SIMULATED = re.compile(r"simulated(?::(?P<dog>[a-z0-9-]+))?\Z")
_DEVICE = re.compile(r"\d{1,3}|/dev/.+")
_ADDRESS = re.compile(r"(?P<scheme>https?|rtsps?)://[^\s/]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera.

    Attributes:
        pixels: (height, width, 3) uint8 RGB, upright; nobody writes into it.
        number: counts up from 1 as long as the camera stays open; numbers may be missing, none comes twice.
        at: when it came, in seconds of the monotonic clock.
    """

    pixels: Pixels
    number: int
    at: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


class Camera(Protocol):
    """A source of frames, used by one thread; it may be opened again after it was closed."""

    @property
    def always_moves(self) -> bool:
        """Whether two pictures in a row are never the same, as a sensor's noise sees to it."""

    def open(self) -> None:
        """Take hold of the camera.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND, CAMERA_BUSY or CAMERA_NOT_ALLOWED.
        """

    def read(self) -> Frame:
        """Wait for the next frame, for about `SILENCE_S` at the longest where the system allows to say so.

        Raises:
            NoseprintError: CAMERA_LOST; the camera is to be closed then.
        """

    def close(self) -> None:
        """Let go of the camera; closing it twice does no harm."""


class Picture(NamedTuple):
    """The resolution and rate that are asked of a camera; it may give others."""

    width: int = 1920
    height: int = 1080
    rate: float = 30.0


class SourceKind(StrEnum):
    """Every kind of source."""

    SIMULATED = "simulated"
    DEVICE = "device"
    VIDEO = "video"
    FOLDER = "folder"
    MJPEG = "mjpeg"
    RTSP = "rtsp"


@dataclass(frozen=True, slots=True)
class CameraSource:
    """A source as it was named.

    Attributes:
        kind: of the source.
        place: the dog, empty for the first one; the device's number or path; the file or folder; the address.
    """

    kind: SourceKind
    place: str


def camera_source(named: str, folder: Path) -> CameraSource:
    """Understand the name of a camera.

    Args:
        named: ``simulated`` or ``simulated:dog-2``, a device's number or its path below ``/dev``, a video file, a
            folder of pictures, an address of MJPEG (``http://``, ``https://``) or RTSP (``rtsp://``).
        folder: what paths are relative to.

    Raises:
        NoseprintError: CAMERA_SOURCE_UNKNOWN.
    """
    written = named.strip()
    if simulated := _SIMULATED.match(written):
        return CameraSource(SourceKind.SIMULATED, simulated["dog"] or "")
    if _DEVICE.fullmatch(written):
        return CameraSource(SourceKind.DEVICE, written)
    if address := _ADDRESS.match(written):
        kind = SourceKind.RTSP if address["scheme"].lower().startswith("rtsp") else SourceKind.MJPEG
        return CameraSource(kind, written)
    path = folder / written
    if written and path.is_dir():
        return CameraSource(SourceKind.FOLDER, str(path))
    if written and path.is_file():
        return CameraSource(SourceKind.VIDEO, str(path))
    raise NoseprintError(ErrorCode.CAMERA_SOURCE_UNKNOWN, source=without_password(written))


def without_password(source: str) -> str:
    """A source as it may be shown: an address without who asks."""
    return re.sub(r"(?<=://)[^\s/@]*@", "", source)
