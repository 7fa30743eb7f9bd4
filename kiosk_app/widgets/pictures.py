"""Pictures with round corners: photos of noses, QR codes, and the row of those that were taken."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import segno
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from kiosk_app.design.measures import BUTTON_RADIUS, GAP, MAIN_TARGET
from kiosk_app.widgets.layouts import Row
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from kiosk_app.face import Face

_PHOTO: Final = Words("{number}번 사진", "Photo {number}")
_QUIET_ZONE: Final = 4


class Picture(QWidget):
    """A picture that fills its place, whole or cropped, with round corners.

    Args:
        face: theme and speaker.
        name: what a screen reader says.
        whole: show all of it, even if that leaves room at two sides.
    """

    def __init__(self, face: Face, name: Words, *, whole: bool = True) -> None:
        super().__init__()
        self._face = face
        self._name = name
        self._whole = whole
        self._image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    def show_file(self, content: bytes | None) -> None:
        """Show a JPEG or PNG file; None shows an empty place."""
        self.show_image(QImage.fromData(content) if content else QImage())

    def show_image(self, image: QImage) -> None:
        """Show an image."""
        self._image = image
        self.update()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return self._image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The picture, or the empty place."""
        del event
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = self._area()
        path, radius = QPainterPath(), self._face.theme.px(BUTTON_RADIUS)
        path.addRoundedRect(area, radius, radius)
        painter.setClipPath(path)
        painter.fillRect(area, self._face.theme.colour("sunken"))
        if not self._image.isNull():
            painter.drawImage(area, self._image, middle_of(self._image, area))
        painter.end()

    def _area(self) -> QRectF:
        area = QRectF(self.rect())
        if self._whole and not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            fitted = QRectF(0, 0, size.width(), size.height())
            fitted.moveCenter(area.center())
            return fitted
        return area

    def _measure(self) -> None:
        self.setMinimumSize(self._face.theme.px(2 * MAIN_TARGET), self._face.theme.px(2 * MAIN_TARGET))

    def _speak(self) -> None:
        self.setAccessibleName(self._face.speaker.say(self._name))


def middle_of(image: QImage, area: QRectF) -> QRectF:
    """The middle of an image, as much of it as fills an area of this shape."""
    shown = area.size().scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio)
    part = QRectF(0, 0, shown.width(), shown.height())
    part.moveCenter(QRectF(image.rect()).center())
    return part


class QrCode(Picture):
    """A QR code, dark on white in either theme: scanners want it so."""

    def __init__(self, face: Face, name: Words) -> None:
        super().__init__(face, name)

    def show_text(self, text: str) -> None:
        """Show a text as a code with error correction M.

        Raises:
            segno.DataOverflowError: the text is longer than any code holds.
        """
        self.show_image(qr_image(text))


def qr_image(text: str, module_px: int = 8) -> QImage:
    """A QR code as an image, its quiet zone included.

    Args:
        text: what it says.
        module_px: pixels of one module.

    Raises:
        segno.DataOverflowError: the text is longer than any code holds.
    """
    code = segno.make_qr(text, error="m")
    rows = [bytes(code_row) for code_row in code.matrix]
    side = len(rows) + 2 * _QUIET_ZONE
    image = QImage(side, side, QImage.Format.Format_Grayscale8)
    image.fill(255)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                image.setPixel(across + _QUIET_ZONE, down + _QUIET_ZONE, 0)
    return image.scaled(side * module_px, side * module_px)


class Thumbnail(QPushButton):
    """One of the photos that are wanted: taken, or still missing."""

    def __init__(self, face: Face, number: int, pressed: Callable[[], object]) -> None:
        super().__init__()
        self._face = face
        self._number = number
        self._image = QImage()
        self.setProperty("kind", "quiet")
        self.setProperty("icon_only", True)
        self.clicked.connect(lambda: pressed())  # noqa: PLW0108 (Qt would hand over whether it is checked)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    def show_photo(self, photo: bytes | None) -> None:
        """Show a photo, or that it is missing."""
        self._image = QImage.fromData(photo) if photo else QImage()
        self.setEnabled(photo is not None)
        self.update()

    @property
    def taken(self) -> bool:
        """Whether the photo is there."""
        return not self._image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The photo, or a dashed place for it."""
        del event
        theme = self._face.theme
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area, path, radius = QRectF(self.rect()).adjusted(2, 2, -2, -2), QPainterPath(), theme.px(BUTTON_RADIUS)
        path.addRoundedRect(area, radius, radius)
        if self.taken:
            painter.setClipPath(path)
            painter.drawImage(area, self._image, middle_of(self._image, area))
            painter.setClipping(False)
            painter.setPen(QPen(theme.colour("accent" if self.hasFocus() else "good"), 3))
        else:
            painter.setPen(QPen(theme.colour("line"), 2, Qt.PenStyle.DashLine))
        painter.drawPath(path)
        painter.end()

    def _measure(self) -> None:
        self.setFixedSize(self._face.theme.target(MAIN_TARGET), self._face.theme.target(MAIN_TARGET))

    def _speak(self) -> None:
        self.setAccessibleName(self._face.speaker.say(_PHOTO, number=self._number))


class Thumbnails(QWidget):
    """The photos taken so far, and the places of those that are missing.

    Args:
        face: theme and speaker.
        wanted: how many.
        pressed: what follows when one that was taken is pressed, with its place from 0.
    """

    def __init__(self, face: Face, wanted: int, pressed: Callable[[int], object]) -> None:
        super().__init__()
        self.places = [Thumbnail(face, place + 1, partial(pressed, place)) for place in range(wanted)]
        row = Row(face, GAP // 2)
        row.put(*self.places)
        row.addStretch(1)
        self.setLayout(row)

    def show_photos(self, photos: Sequence[bytes]) -> None:
        """Show these, in their order, and leave the other places empty."""
        for place, thumbnail in enumerate(self.places):
            thumbnail.show_photo(photos[place] if place < len(photos) else None)
