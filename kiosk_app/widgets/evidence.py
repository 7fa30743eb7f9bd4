"""The evidence picture: both noses beside each other, as wide as its place and no higher than that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from kiosk_app.widgets.pictures import Picture

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QResizeEvent

    from kiosk_app.face import Face
    from noseprint.errors import Words

# Two noses beside each other, until the picture is there.
_SHAPE = 0.5


class Evidence(Picture):
    """A picture that wants to be as high as its width allows, so that no empty ground is above and below it."""

    def __init__(self, face: Face, name: Words) -> None:
        super().__init__(face, name)
        self._shape = _SHAPE

    def show_image(self, image: QImage) -> None:
        """Show an image."""
        if image.width():
            self._shape = image.height() / image.width()
        super().show_image(image)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As high as its width makes it."""
        return QSize(self.width(), round(self.width() * self._shape))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Another width asks for another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
