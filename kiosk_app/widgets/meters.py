"""Meters: how sharp, how light, how near, each a word and a bar that is full when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from kiosk_app.face import Face
    from noseprint.errors import Words

_WELL: Final = 0.75
_POORLY: Final = 0.4


class Bar(QWidget):
    """A bar from 0 to 1, with marks where something begins."""

    def __init__(self, face: Face, *marks: float, well_from: float = _WELL, poor_below: float = _POORLY) -> None:
        super().__init__()
        self._theme = face.theme
        self._marks = marks
        self._well_from, self._poor_below = well_from, poor_below
        self.value = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        face.theme.changed.connect(self._measure)
        self._measure()

    def show_value(self, value: float) -> None:
        """Show a value, 0 to 1."""
        value = min(max(value, 0.0), 1.0)
        if value != self.value:
            self.value = value
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The empty bar, its filled part, the marks."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("sunken"))
        painter.setBrush(self._theme.colour("sunken"))
        whole, radius = QRectF(self.rect()), self.height() / 2
        painter.drawRoundedRect(whole, radius, radius)
        filled = QRectF(whole)
        filled.setWidth(max(whole.width() * self.value, self.height() if self.value else 0.0))
        colour = self._theme.colour(self._role())
        painter.setPen(colour)
        painter.setBrush(colour)
        if self.value:
            painter.drawRoundedRect(filled, radius, radius)
        for mark in self._marks:
            painter.fillRect(QRectF(whole.width() * mark - 1, 0, 3, whole.height()), self._theme.colour("ink"))
        painter.end()

    def _role(self) -> str:
        if self.value >= self._well_from:
            return "good"
        return "bad" if self.value < self._poor_below else "caution"

    def _measure(self) -> None:
        self.setFixedHeight(self._theme.px(GAP))


class Meter(QWidget):
    """A word above a bar; a screen reader says the word and the share."""

    def __init__(self, face: Face, words: Words) -> None:
        super().__init__()
        self._face = face
        self._words = words
        self.bar = Bar(face)
        column = Column(face, SMALL_GAP)
        column.put(Text(face, words, "label", "quiet"), self.bar)
        self.setLayout(column)
        self.show_value(0.0)

    def show_value(self, value: float) -> None:
        """Show a value, 0 to 1."""
        self.bar.show_value(value)
        self.setAccessibleName(f"{self._face.speaker.say(self._words)} {self.bar.value:.0%}")
