"""Pretendard, bundled: a bare system has no Korean font at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QFont, QFontDatabase

if TYPE_CHECKING:
    from pathlib import Path

FAMILY: Final = "Pretendard"
_FILES: Final = ("Pretendard-Regular.otf", "Pretendard-SemiBold.otf", "Pretendard-Bold.otf")


def load_fonts(folder: Path) -> None:
    """Make the bundled family known to Qt.

    Args:
        folder: where the font files are.

    Raises:
        FileNotFoundError: a file is missing or no font: the installation is broken.
    """
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(folder / name)) < 0:
            raise FileNotFoundError(folder / name)


def font(size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The family at a size, its figures all of one width."""
    made = QFont(FAMILY)
    made.setPixelSize(size_px)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
