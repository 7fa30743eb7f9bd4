"""Network cameras that send JPEG after JPEG over HTTP (``multipart/x-mixed-replace``).

Read by hand rather than by OpenCV: a socket's timeout is kept to, and a picture that was cut off is not shown.
"""

from __future__ import annotations

import base64
import http.client
import re
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np

from noseprint.capture.camera import SILENCE_S, Frame, without_password
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from noseprint.capture.camera import Pixels

_LARGEST: Final = 32 * 1024 * 1024
_CHUNK: Final = 64 * 1024
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_LENGTH: Final = re.compile(rb"content-length:[ \t]*(\d{1,9})\r?\n", re.IGNORECASE)
_REFUSALS: Final = frozenset({http.client.UNAUTHORIZED, http.client.FORBIDDEN})
_FAULTS: Final = (OSError, http.client.HTTPException, ValueError)


class MjpegCamera:
    """A network camera that sends MJPEG.

    Args:
        address: ``http://`` or ``https://``, with ``user:password@`` where the camera asks for them.
        timeout_s: the longest silence, in seconds.
        clock: seconds of the monotonic clock.
    """

    always_moves = True

    def __init__(self, address: str, timeout_s: float = SILENCE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._clock = clock
        self._connection: http.client.HTTPConnection | None = None
        self._answer: http.client.HTTPResponse | None = None
        self._received = bytearray()
        self._number = 0

    def open(self) -> None:
        """Connect and ask for the pictures.

        Raises:
            NoseprintError: CAMERA_NOT_FOUND, CAMERA_BUSY when the camera serves as many as it can, CAMERA_NOT_ALLOWED.
        """
        self._number = 0
        self._received.clear()
        try:
            self._answer = self._ask(urlsplit(self._address))
        except _FAULTS as fault:
            self.close()
            raise self._fault(ErrorCode.CAMERA_NOT_FOUND, type(fault).__name__) from fault
        status = self._answer.status
        if status != http.client.OK:
            self.close()
            raise self._fault(_code_of(status), f"HTTP {status}")

    def read(self) -> Frame:
        """The next whole picture.

        Raises:
            NoseprintError: CAMERA_LOST.
        """
        deadline = self._clock() + self._timeout_s
        while (pixels := _decoded(self._next_jpeg())) is None:
            if self._clock() > deadline:
                raise NoseprintError(ErrorCode.CAMERA_LOST, "pictures that cannot be read")
        self._number += 1
        return Frame(pixels, self._number, self._clock())

    def close(self) -> None:
        """Hang up."""
        if self._answer:
            self._answer.close()
        if self._connection:
            self._connection.close()
        self._answer = self._connection = None

    def _ask(self, url: SplitResult) -> http.client.HTTPResponse:
        kind = http.client.HTTPSConnection if url.scheme.lower() == "https" else http.client.HTTPConnection
        self._connection = kind(url.hostname or "", url.port, timeout=self._timeout_s)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._connection.request("GET", path, headers=_authorization(url))
        return self._connection.getresponse()

    def _next_jpeg(self) -> bytes:
        """The next stretch from a JPEG's first bytes to its last."""
        deadline = self._clock() + self._timeout_s
        while True:
            start, end = _whole_jpeg(self._received)
            if end:
                jpeg = bytes(self._received[start:end])
                del self._received[:end]
                return jpeg
            if len(self._received) > _LARGEST or self._clock() > deadline:
                raise NoseprintError(ErrorCode.CAMERA_LOST, "no whole picture in time")
            self._receive()

    def _receive(self) -> None:
        if self._answer is None:
            raise NoseprintError(ErrorCode.CAMERA_LOST, "not open")
        try:
            chunk = self._answer.read1(_CHUNK)
        except _FAULTS as fault:
            raise NoseprintError(ErrorCode.CAMERA_LOST, type(fault).__name__) from fault
        if not chunk:
            raise NoseprintError(ErrorCode.CAMERA_LOST, "hung up")
        self._received += chunk

    def _fault(self, code: ErrorCode, detail: str) -> NoseprintError:
        return NoseprintError(code, detail, source=without_password(self._address))


def _whole_jpeg(received: bytearray) -> tuple[int, int]:
    """Where the first JPEG begins and where it is over; over at 0 as long as it is not whole.

    A part says how long it is; where it does not, the JPEG's own end counts, which a thumbnail within it has as well.
    """
    start = received.find(_START)
    if start < 0:
        return 0, 0
    if said := _LENGTH.search(received, 0, start):
        end = start + int(said[1])
        return start, end if end <= len(received) else 0
    found = received.find(_END, start + len(_START))
    return start, found + len(_END) if found >= 0 else 0


def _code_of(status: int) -> ErrorCode:
    if status in _REFUSALS:
        return ErrorCode.CAMERA_NOT_ALLOWED
    return ErrorCode.CAMERA_BUSY if status == http.client.SERVICE_UNAVAILABLE else ErrorCode.CAMERA_NOT_FOUND


def _authorization(url: SplitResult) -> dict[str, str]:
    if url.username is None:
        return {}
    who = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(who.encode()).decode()}


def _decoded(jpeg: bytes) -> Pixels | None:
    try:
        pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None
    return None if pixels is None else pixels.astype(np.uint8, copy=False)
