"""The live picture, as large as it gets: the outline of a nose on it, and a ring that fills with each good frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.design.measures import CARD_RADIUS, MARGIN, SMALL_GAP
from noseprint.errors import Words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PySide6.QtGui import QPaintEvent

    from kiosk_app.face import Face

_NAME: Final = Words("카메라 화면", "Camera picture")
# Of the picture's shorter side: as wide as a nose is when it is near enough.
_OUTLINE: Final = 0.7
_FLASH_MS: Final = 180
_FLASH_ALPHA: Final = 170
_VEIL_ALPHA: Final = 80
_FULL_CIRCLE: Final = 360 * 16
_TOP: Final = 90 * 16


class CameraView(QWidget):
    """Paints the newest frame; whoever has one calls :meth:`show_frame`."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face
        self._picture = QImage()
        self._share = 0.0
        self._good = False
        self._flash = QVariantAnimation(self, duration=_FLASH_MS, startValue=_FLASH_ALPHA, endValue=0)
        self._flash.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._flash.valueChanged.connect(lambda _: self.update())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    def show_frame(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show a frame, (height, width, 3) uint8 RGB; it is painted before anyone may change it."""
        height, width, _ = pixels.shape
        self._picture = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)
        self._kept = pixels  # Qt paints out of this memory
        self.update()

    def show_progress(self, share: float, *, good: bool) -> None:
        """Fill the ring.

        Args:
            share: of the frames that are wanted, 0 to 1.
            good: whether the present frame is one of them.
        """
        if (share, good) != (self._share, self._good):
            self._share, self._good = share, good
            self.update()

    def flash(self) -> None:
        """A frame was taken."""
        self._flash.stop()
        self._flash.start()

    def darken(self) -> None:
        """There is no picture any more."""
        self._picture = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Picture, veil, outline, ring and flash, in this order."""
        del event
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        round_ground = QPainterPath()
        radius = self._face.theme.px(CARD_RADIUS)
        round_ground.addRoundedRect(area, radius, radius)
        painter.setClipPath(round_ground)
        painter.fillRect(area, self._face.theme.colour("sunken"))
        if not self._picture.isNull():
            painter.drawImage(area, self._picture, self._shown_part())
            self._paint_guide(painter, area)
        if self._flash.state() == QVariantAnimation.State.Running:
            painter.fillRect(area, QColor(255, 255, 255, self._flash.currentValue()))
        painter.end()

    def _shown_part(self) -> QRectF:
        """The middle of the picture, in the shape of this widget."""
        width, height = self._picture.width(), self._picture.height()
        shown = min(width / max(self.width(), 1), height / max(self.height(), 1))
        part_width, part_height = self.width() * shown, self.height() * shown
        return QRectF((width - part_width) / 2, (height - part_height) / 2, part_width, part_height)

    def _paint_guide(self, painter: QPainter, area: QRectF) -> None:
        theme = self._face.theme
        side = min(area.width(), area.height()) * _OUTLINE
        nose = QRectF(0, 0, side * 1.16, side)
        nose.moveCenter(area.center())
        outline = nose_outline(nose)
        veil = QPainterPath()
        veil.setFillRule(Qt.FillRule.OddEvenFill)
        veil.addRect(area)
        veil.addPath(outline)
        painter.fillPath(veil, QColor(0, 0, 0, _VEIL_ALPHA))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("good") if self._good else QColor("white"), theme.px(SMALL_GAP / 2)))
        painter.drawPath(outline)
        self._paint_ring(painter, nose)

    def _paint_ring(self, painter: QPainter, nose: QRectF) -> None:
        theme = self._face.theme
        away = theme.px(MARGIN)
        ring = nose.adjusted(-away, -away, away, away)
        pen = QPen(QColor(255, 255, 255, _VEIL_ALPHA), theme.px(SMALL_GAP))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, 0, _FULL_CIRCLE)
        if self._share > 0:
            pen.setColor(QColor("white"))
            painter.setPen(pen)
            painter.drawArc(ring, _TOP, -round(self._share * _FULL_CIRCLE))

    def _measure(self) -> None:
        self.setMinimumSize(self._face.theme.px(400), self._face.theme.px(280))
        self.update()

    def _speak(self) -> None:
        self.setAccessibleName(self._face.speaker.say(_NAME))


def nose_outline(box: QRectF) -> QPainterPath:
    """A dog's nose seen from the front, as a path that fills a box: broad above, narrow below."""

    def at(across: float, down: float) -> QPointF:
        return QPointF(box.left() + across * box.width(), box.top() + down * box.height())

    path = QPainterPath(at(0.5, 0.0))
    path.cubicTo(at(0.80, 0.0), at(1.0, 0.16), at(1.0, 0.42))
    path.cubicTo(at(1.0, 0.70), at(0.78, 0.74), at(0.68, 0.88))
    path.cubicTo(at(0.62, 0.97), at(0.56, 1.0), at(0.5, 1.0))
    path.cubicTo(at(0.44, 1.0), at(0.38, 0.97), at(0.32, 0.88))
    path.cubicTo(at(0.22, 0.74), at(0.0, 0.70), at(0.0, 0.42))
    path.cubicTo(at(0.0, 0.16), at(0.20, 0.0), at(0.5, 0.0))
    return path
