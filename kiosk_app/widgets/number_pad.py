"""The kiosk's own keys for numbers: PIN, telephone, microchip. No system keyboard is needed for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from kiosk_app.design.measures import GAP
from kiosk_app.widgets.buttons import Button
from noseprint.errors import Words

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from kiosk_app.face import Face

_DIGITS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9")
_ERASE: Final = Words("지우기", "Erase")
_CONFIRM: Final = Words("확인", "OK")


class NumberPad(QWidget):
    """Digits, erase and confirm; a real keyboard's keys do the same while it has the focus."""

    digit = Signal(str)
    erased = Signal()
    confirmed = Signal()

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._theme = face.theme
        self._grid = QGridLayout()
        for place, digit in enumerate(_DIGITS):
            self._put(Button(face, digit, partial(self.digit.emit, digit), "key"), place)
        self._put(Button(face, _ERASE, self.erased.emit, "key", "backspace", icon_only=True), 9)
        self._put(Button(face, "0", lambda: self.digit.emit("0"), "key"), 10)
        self._put(Button(face, _CONFIRM, self.confirmed.emit, "main", "tick", icon_only=True), 11)
        self.setLayout(self._grid)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self._measure)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """A real keyboard."""
        if event.text().isdecimal() and event.text().isascii():
            self.digit.emit(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self.erased.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.confirmed.emit()
        else:
            super().keyPressEvent(event)

    def _put(self, button: Button, place: int) -> None:
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._grid.addWidget(button, place // 3, place % 3)

    def _measure(self) -> None:
        self._grid.setSpacing(self._theme.px(GAP))
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.setFixedWidth(self._theme.px(3 * 112 + 2 * GAP))
