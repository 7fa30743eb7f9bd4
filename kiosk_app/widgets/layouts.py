"""Rows and columns whose gaps and margins follow the theme's scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QWidget

from kiosk_app.design.measures import GAP

if TYPE_CHECKING:
    from PySide6.QtCore import Qt

    from kiosk_app.face import Face

Margins = tuple[int, int, int, int]
"""Left, top, right, bottom, in measures of a window of 1280 by 800."""
_NONE: Margins = (0, 0, 0, 0)


class _Box(QBoxLayout):
    def __init__(self, face: Face, direction: QBoxLayout.Direction, gap: int, margins: int | Margins) -> None:
        super().__init__(direction)
        self._theme = face.theme
        self._gap = gap
        self._around = (margins,) * 4 if isinstance(margins, int) else margins
        face.theme.changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        self.setSpacing(self._theme.px(self._gap))
        self.setContentsMargins(*(self._theme.px(side) for side in self._around))

    def put(self, *widgets: QWidget, stretch: int = 0, align: Qt.AlignmentFlag | None = None) -> None:
        """Add widgets one after the other."""
        for widget in widgets:
            if align is None:
                self.addWidget(widget, stretch)
            else:
                self.addWidget(widget, stretch, align)


class Column(_Box):
    """Widgets below each other."""

    def __init__(self, face: Face, gap: int = GAP, margins: int | Margins = _NONE) -> None:
        super().__init__(face, QBoxLayout.Direction.TopToBottom, gap, margins)


class Row(_Box):
    """Widgets beside each other."""

    def __init__(self, face: Face, gap: int = GAP, margins: int | Margins = _NONE) -> None:
        super().__init__(face, QBoxLayout.Direction.LeftToRight, gap, margins)


class Turning(_Box):
    """Widgets beside each other in a lying window, below each other in an upright one."""

    def __init__(self, face: Face, gap: int = GAP, margins: int | Margins = _NONE) -> None:
        super().__init__(face, QBoxLayout.Direction.LeftToRight, gap, margins)

    def turn(self, *, upright: bool) -> None:
        """Follow the window's shape; screens call it from ``turned``."""
        self.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
