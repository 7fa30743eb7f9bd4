"""Looks for QR codes in the camera's frames, in the background, a few times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from noseprint.capture.codes import read_qr

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job
    from noseprint.capture.camera import Frame

_INTERVAL_S: Final = 0.2


class CodeReader(QObject):
    """Between :meth:`start` and :meth:`stop` each new code is told once by ``read``.

    Args:
        desk: its feed shows the codes.
        owner: the screen that wants them.
    """

    read = Signal(str)

    def __init__(self, desk: Desk, owner: QObject) -> None:
        super().__init__(owner)
        self._desk = desk
        self._is_wanted = False
        self._looking: Job[str] | None = None
        self._looked_at = 0.0
        self._last = ""
        desk.feed.framed.connect(self._look)

    def start(self) -> None:
        """Look at frames; a code that was told before is told again."""
        self._is_wanted, self._last = True, ""

    def stop(self) -> None:
        """Look at no more frames."""
        self._is_wanted = False
        if self._looking:
            self._looking.cancel()
            self._looking = None

    def _look(self, frame: Frame) -> None:
        if self._is_wanted and self._looking is None and frame.at - self._looked_at >= _INTERVAL_S:
            self._looked_at = frame.at
            self._looking = self._desk.jobs.begin(self, lambda: read_qr(frame.pixels))
            self._looking.done(self._tell).finally_(self._rest)

    def _tell(self, text: str) -> None:
        if text and text != self._last:
            self._last = text
            self.read.emit(text)

    def _rest(self) -> None:
        self._looking = None
