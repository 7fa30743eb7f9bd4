"""A small live picture without a guide on it, for what is only to be held before the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QImage

from kiosk_app.widgets.pictures import Picture
from noseprint.errors import Words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from kiosk_app.face import Face

_NAME: Final = Words("카메라 화면", "Camera picture")


class LivePicture(Picture):
    """Paints the newest frame; whoever has one calls :meth:`show_frame`."""

    def __init__(self, face: Face) -> None:
        super().__init__(face, _NAME, whole=False)

    def show_frame(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show a frame, (height, width, 3) uint8 RGB; nobody may change it while it is shown."""
        height, width, _ = pixels.shape
        self._kept = pixels  # Qt paints out of this memory
        self.show_image(QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888))

    def darken(self) -> None:
        """There is no picture any more."""
        self.show_image(QImage())
