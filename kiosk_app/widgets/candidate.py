"""A dog that a photo may show: its nose, its name, and how alike both are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.similarity import in_figures, similarity_bar
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from kiosk_app.widgets.pictures import Picture
    from noseprint.errors import Words
    from noseprint.matching.similarity import Thresholds


class CandidateLine(QWidget):
    """Something to be read, not pressed.

    Args:
        face: theme and speaker.
        photo: a small picture.
        name: of the dog.
        about: breed and guardian.
        similarity: 0 to 1.
        thresholds: the bar's marks.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (what a candidate is)
        self,
        face: Face,
        photo: Picture,
        name: Words | str,
        about: Words | str,
        similarity: float,
        thresholds: Thresholds,
    ) -> None:
        super().__init__()
        self.name, self.about = Text(face, name, "strong"), Text(face, about, "label", "quiet")
        self.about.setVisible(bool(about))
        self.similarity = Text(face, in_figures(similarity), "strong")
        self.similarity.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.bar = similarity_bar(face, thresholds)
        self.bar.show_value(similarity)
        headline = Row(face, GAP)
        headline.put(self.name, stretch=1)
        headline.put(self.similarity)
        lines = Column(face, SMALL_GAP // 2)
        lines.addLayout(headline)
        lines.put(self.about, self.bar)
        row = Row(face, GAP, (0, SMALL_GAP, 0, SMALL_GAP))
        row.put(photo, align=Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(lines, 1)
        self.setLayout(row)
