"""Notices when nobody has touched the kiosk for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

_TOUCHES: Final = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.KeyPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class IdleWatch(QObject):
    """Calls somebody each time that nobody has touched anything for so long.

    Args:
        after_s: seconds; 0 for never.
        idle: what follows.
    """

    def __init__(self, after_s: float, idle: Callable[[], object]) -> None:
        super().__init__()
        self._timer = QTimer(self, interval=round(after_s * 1000), singleShot=True)
        self._timer.timeout.connect(idle)
        application = QApplication.instance()
        if after_s and application:
            application.installEventFilter(self)
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Every touch begins the waiting anew."""
        if event.type() in _TOUCHES:
            self._timer.start()
        return super().eventFilter(watched, event)
