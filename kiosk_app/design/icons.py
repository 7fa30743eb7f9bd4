"""Line icons of one hand (`line_icons`): 24 units square, strokes of 1.8, drawn in the colour of a role."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from PySide6.QtGui import QColor


def icon(name: str, colour: QColor, side_px: int, pixel_ratio: float = 1.0) -> QPixmap:
    """An icon in a colour.

    Args:
        name: of a file in `line_icons`.
        colour: of its strokes.
        side_px: of the square, in device-independent pixels.
        pixel_ratio: device pixels to one of those.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    key = f"icon {name} {colour.name()} {side_px} {pixel_ratio}"
    cached = QPixmap()
    if not QPixmapCache.find(key, cached):
        cached = _drawn(name, colour.name(), side_px, pixel_ratio)
        QPixmapCache.insert(key, cached)
    return cached


def _drawn(name: str, colour: str, side_px: int, pixel_ratio: float) -> QPixmap:
    drawing = files("kiosk_app.design").joinpath("line_icons", f"{name}.svg").read_text("utf-8")
    source = drawing.replace("currentColor", colour)
    side = round(side_px * pixel_ratio)
    canvas = QPixmap(side, side)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    canvas.setDevicePixelRatio(pixel_ratio)
    return canvas
