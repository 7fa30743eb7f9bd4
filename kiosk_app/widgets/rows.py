"""Rows below each other, each large enough for a finger: what was found, what waits, who works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from kiosk_app.design.measures import GAP, MAIN_TARGET, SMALL_GAP, TARGET
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.signs import Sign
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kiosk_app.face import Face
    from kiosk_app.widgets.pictures import Picture
    from noseprint.errors import Words


class RowButton(QPushButton):
    """Something to be pressed: a strong line, a quiet one below, a third at the right; a picture or sign before them.

    Args:
        face: theme and speaker.
        headline: what it is.
        pressed: what follows.
        below: what else is known about it.
        beside: at the right, as a date.
        before: a picture or a sign at the left.
    """

    def __init__(  # noqa: PLR0913 (what a row is)
        self,
        face: Face,
        headline: Words | str,
        pressed: Callable[[], object],
        *,
        below: Words | str = "",
        beside: Words | str = "",
        before: QWidget | None = None,
    ) -> None:
        super().__init__()
        self._face = face
        self.setProperty("kind", "row")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.headline = Text(face, headline, "strong")
        self.below = Text(face, below, "label", "quiet")
        self.below.setVisible(bool(below))
        self.beside = Text(face, beside, "label", "quiet")
        self.beside.setWordWrap(False)
        lines = Column(face, SMALL_GAP // 2)
        lines.put(self.headline, self.below)
        self._row = Row(face, GAP, (GAP, SMALL_GAP, GAP, SMALL_GAP))
        if before:
            self._row.put(before, align=Qt.AlignmentFlag.AlignVCenter)
        self._row.addLayout(lines, 1)
        self._row.put(self.beside, Sign(face, "next", "quiet"), align=Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(self._row)
        for inside in self.findChildren(QWidget):
            inside.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda: pressed())  # noqa: PLW0108 (Qt would hand over whether it is checked)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As large as what it holds."""
        return self._row.minimumSize()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As large as what it holds wants to be."""
        return self._row.sizeHint()

    def _measure(self) -> None:
        self.setMinimumHeight(self._face.theme.target(MAIN_TARGET))

    def _speak(self) -> None:
        said = (text.text() for text in (self.headline, self.below, self.beside))
        self.setAccessibleName(", ".join(filter(None, said)))


class Line(QWidget):
    """Something to be read: a sign, a strong line, a quiet one below, and what is to be done about it."""

    def __init__(self, face: Face, sign: Sign, headline: Words | str, below: Words | str, to_do: Words | str) -> None:
        super().__init__()
        self.headline, self.below = Text(face, headline, "strong"), Text(face, below, "label", "quiet")
        self.to_do = Text(face, to_do)
        self.to_do.setVisible(bool(to_do))
        lines = Column(face, SMALL_GAP // 2)
        lines.put(self.headline, self.below, self.to_do)
        row = Row(face, GAP, (0, SMALL_GAP, 0, SMALL_GAP))
        row.put(sign, align=Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        self.setLayout(row)


class Rows(QWidget):
    """Rows that are exchanged together; a sentence stands there while there are none.

    Args:
        face: theme and speaker.
        empty: says that there is nothing, and why.
    """

    def __init__(self, face: Face, empty: Words) -> None:
        super().__init__()
        self.empty = Text(face, empty, "body", "quiet")
        self.empty.setMinimumHeight(face.theme.px(TARGET))
        self.shown: list[QWidget] = []
        self._column = Column(face, SMALL_GAP)
        self._column.put(self.empty)
        self._column.addStretch(1)
        self.setLayout(self._column)
        self.empty.hide()

    def show_rows(self, rows: Iterable[QWidget]) -> None:
        """Show these in the place of the former ones."""
        for row in self.shown:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.shown = list(rows)
        for place, row in enumerate(self.shown):
            self._column.insertWidget(place, row)
        self.empty.setVisible(not self.shown)


def small(picture: Picture, face: Face, side: int = MAIN_TARGET) -> Picture:
    """A picture as small as a row is high."""
    _Side(picture, face, side)
    return picture


class _Side(QObject):
    """Keeps a picture square, and goes with it."""

    def __init__(self, picture: Picture, face: Face, side: int) -> None:
        super().__init__(picture)
        self._picture, self._theme, self._side = picture, face.theme, side
        face.theme.changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        self._picture.setFixedSize(self._theme.px(self._side), self._theme.px(self._side))


def scaled(image: QImage, side_px: int) -> QImage:
    """An image whose shorter side is as long as that; for threads that prepare pictures."""
    return image.scaled(
        side_px, side_px, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )


def decoded(content: bytes, side_px: int) -> QImage:
    """A JPEG or PNG file as such an image."""
    return scaled(QImage.fromData(content), side_px)
