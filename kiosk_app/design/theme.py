"""The theme in force: palette and scale, and the word to all widgets when either changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from kiosk_app.design.measures import least_target, scale_for
from kiosk_app.design.palette import PALETTES, Palette, Shade

_SMALLEST_TYPE = 16


class Theme(QObject):
    """Colours and sizes; ``changed`` says that widgets must be drawn anew."""

    changed = Signal()

    def __init__(self, shade: Shade = Shade.LIGHT, *, dots_per_inch: float = 96.0) -> None:
        super().__init__()
        self._shade = shade
        self._scale = 1.0
        self._least_target = least_target(dots_per_inch)

    @property
    def shade(self) -> Shade:
        """Light or dark."""
        return self._shade

    @property
    def palette(self) -> Palette:
        """The colours in force."""
        return PALETTES[self._shade]

    def colour(self, role: str) -> QColor:
        """The colour of a role of the palette."""
        return QColor(getattr(self.palette, role))

    def px(self, measure: float) -> int:
        """Pixels on this window of a measure in a window of 1280 by 800."""
        return round(measure * self._scale)

    def target(self, measure: float) -> int:
        """As :meth:`px`, but never smaller than a finger."""
        return max(self.px(measure), self._least_target)

    def type_px(self, measure: float) -> int:
        """As :meth:`px`, but never too small to be read."""
        return max(self.px(measure), _SMALLEST_TYPE)

    def use(self, shade: Shade) -> None:
        """Change to the light or the dark theme."""
        if shade is not self._shade:
            self._shade = shade
            self.changed.emit()

    def fit(self, width: int, height: int) -> None:
        """Follow the window's size."""
        scale = scale_for(width, height)
        if scale != self._scale:
            self._scale = scale
            self.changed.emit()
