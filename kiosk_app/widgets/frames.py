"""Grounds to put things on: cards, and columns that a finger scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QScroller, QSizePolicy, QWidget

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Tone, set_look

if TYPE_CHECKING:
    from kiosk_app.face import Face


class Card(QFrame):
    """A raised ground; with a tone, one that says good, caution, bad or accent.

    ``column`` is where its things go.
    """

    def __init__(self, face: Face, tone: Tone = "", gap: int = GAP) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setProperty("tone", tone)
        self.column = Column(face, gap, WIDE_GAP)
        self.setLayout(self.column)

    def tone(self, tone: Tone) -> None:
        """Change the tone."""
        set_look(self, tone=tone)


class Scrolling(QScrollArea):
    """A column that a finger scrolls when it is longer than the screen."""

    def __init__(self, content: QWidget | QLayout) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if isinstance(content, QLayout):
            holder = QWidget()
            holder.setLayout(content)
            content = holder
        self.setWidget(content)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
