"""QR codes before the camera, such as the Pet DID on a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

if TYPE_CHECKING:
    from noseprint.capture.camera import Pixels

# A code that is held up fills a good part of the picture; more pixels only take longer.
_WIDEST: Final = 960


def read_qr(pixels: Pixels) -> str:
    """What a QR code in a picture says; empty where there is none, or none that can be read.

    Takes 30 to 300 ms, the longer the more there is that looks like a code: work for a thread of its own.

    Args:
        pixels: (height, width, 3) uint8 RGB.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    if width > _WIDEST:
        grey = cv2.resize(grey, (_WIDEST, round(height * _WIDEST / width)), interpolation=cv2.INTER_AREA)
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(grey)
    except cv2.error:  # of three finder patterns that form no square, OpenCV's own checks say so
        return ""
    return text
