"""Cameras that OpenCV reads: devices (V4L2, DirectShow, AVFoundation), video files and RTSP addresses."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2

from noseprint.capture.camera import SILENCE_S, Frame, Picture, without_password
from noseprint.capture.pacing import Pacer
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.capture.camera import Pixels

_DEVICES: Final = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
# What USB cameras send uncompressed reaches 1920 x 1080 at five frames a second at best.
_MJPG: Final = cv2.VideoWriter.fourcc(*"MJPG")
_TIMEOUTS: Final = (
    *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * SILENCE_S)),
    *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * SILENCE_S)),
)
_USUAL_RATE: Final = 30.0


class DeviceCamera:
    """A camera at this machine.

    Args:
        device: its number, or its path below ``/dev``.
        picture: what is asked of it.
        clock: seconds of the monotonic clock.
    """

    always_moves = True

    def __init__(self, device: str, picture: Picture, clock: Callable[[], float] = time.monotonic) -> None:
        self._device = device
        self._picture = picture
        self._clock = clock
        self._capture = _closed()
        self._number = 0

    def open(self) -> None:
        """Ask for the picture, in MJPG, of which a camera gives what it can.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND, CAMERA_BUSY or CAMERA_NOT_ALLOWED. Only Linux tells them apart; elsewhere
                it is CAMERA_NOT_FOUND.
        """
        self._number = 0
        _require_usable(self._device)
        number = int(self._device) if self._device.isdecimal() else self._device
        self._capture = cv2.VideoCapture(number, _DEVICES.get(sys.platform, cv2.CAP_V4L2))
        if not self._capture.isOpened():
            raise _not_opened(self._device)
        for asked, value in (
            (cv2.CAP_PROP_FOURCC, _MJPG),
            (cv2.CAP_PROP_FRAME_WIDTH, self._picture.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, self._picture.height),
            (cv2.CAP_PROP_FPS, self._picture.rate),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            self._capture.set(asked, value)

    def read(self) -> Frame:
        """The next frame.

        Raises:
            NoseprintError: CAMERA_BUSY when not even the first one comes though the device is there, as when another
                program uses it; CAMERA_LOST.
        """
        pixels = _next_pixels(self._capture)
        if pixels is None:
            raise NoseprintError(ErrorCode.CAMERA_LOST) if self._number else _not_opened(self._device)
        self._number += 1
        return Frame(pixels, self._number, self._clock())

    def close(self) -> None:
        """Let go of the device."""
        self._capture.release()


class RtspCamera:
    """A network camera that speaks RTSP."""

    # Video is compressed by repeating what did not change: a still scene repeats to the bit.
    always_moves = False

    def __init__(self, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._clock = clock
        self._capture = _closed()
        self._number = 0

    def open(self) -> None:
        """Connect.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND when it does not answer in time.
        """
        self._number = 0
        self._capture = cv2.VideoCapture()
        if not self._capture.open(self._address, cv2.CAP_FFMPEG, _TIMEOUTS):
            raise NoseprintError(ErrorCode.CAMERA_NOT_FOUND, source=without_password(self._address))

    def read(self) -> Frame:
        """The next frame.

        Raises:
            NoseprintError: CAMERA_LOST.
        """
        pixels = _next_pixels(self._capture)
        if pixels is None:
            raise NoseprintError(ErrorCode.CAMERA_LOST)
        self._number += 1
        return Frame(pixels, self._number, self._clock())

    def close(self) -> None:
        """Disconnect."""
        self._capture.release()


class VideoCamera:
    """A video file, played at its own rate, again and again.

    Args:
        file: in any format that OpenCV reads.
        pacer: its rhythm; the file's own unless told otherwise.
    """

    always_moves = False

    def __init__(self, file: Path, pacer: Pacer | None = None) -> None:
        self._file = file
        self._given = pacer
        self._pacer = pacer or Pacer(_USUAL_RATE)
        self._capture = _closed()
        self._shown = 0

    def open(self) -> None:
        """Open the file at its beginning.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND when it is not a video.
        """
        self._capture = cv2.VideoCapture(str(self._file), cv2.CAP_ANY)
        if not self._capture.isOpened():
            raise NoseprintError(ErrorCode.CAMERA_NOT_FOUND, source=self._file)
        self._pacer = self._given or Pacer(self._capture.get(cv2.CAP_PROP_FPS) or _USUAL_RATE)
        self._pacer.start()
        self._shown = 0

    def read(self) -> Frame:
        """The next frame, after the last one the first.

        Raises:
            NoseprintError: CAMERA_LOST when the file cannot be read any more.
        """
        number, at = self._pacer.next()
        pixels = self._next_of_file()
        if pixels is None:
            raise NoseprintError(ErrorCode.CAMERA_LOST)
        return Frame(pixels, number, at)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _next_of_file(self) -> Pixels | None:
        pixels = _next_pixels(self._capture)
        if pixels is None and self._shown:
            self._shown = 0
            self._capture.release()
            self._capture = cv2.VideoCapture(str(self._file), cv2.CAP_ANY)
            pixels = _next_pixels(self._capture)
        self._shown += 1
        return pixels


def _closed() -> cv2.VideoCapture:
    return cv2.VideoCapture()


def _next_pixels(capture: cv2.VideoCapture) -> Pixels | None:
    try:
        came, pixels = capture.read()
    except cv2.error:
        return None
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype("uint8", copy=False) if came else None


def _device_file(device: str) -> Path:
    return Path(f"/dev/video{device}" if device.isdecimal() else device)


def _require_usable(device: str) -> None:
    """Linux shows each camera as a file."""
    if sys.platform != "linux":
        return
    file = _device_file(device)
    if not file.exists():
        raise NoseprintError(ErrorCode.CAMERA_NOT_FOUND, source=device)
    if not os.access(file, os.R_OK | os.W_OK):
        raise NoseprintError(ErrorCode.CAMERA_NOT_ALLOWED, f"{file}: no right to read and write", source=device)


def _not_opened(device: str) -> NoseprintError:
    """A device that is there and gives nothing is in use; where nobody can say that it is there, it is not found."""
    there = sys.platform == "linux" and _device_file(device).exists()
    return NoseprintError(ErrorCode.CAMERA_BUSY if there else ErrorCode.CAMERA_NOT_FOUND, source=device)
