"""How alike two noses are: the number, and a bar on the platform's scale with its two marks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.meters import Bar
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from noseprint.matching.similarity import Thresholds

_SIMILARITY: Final = Words("유사도", "Similarity")
_SCALE: Final = Words(
    "{review:.2f}부터 한 번 더 확인 · {same:.2f}부터 같은 강아지",
    "one more check from {review:.2f} · the same dog from {same:.2f}",
)
_AS_SAID: Final = Words("유사도 {number}", "Similarity {number}")


def in_figures(similarity: float) -> str:
    """A similarity, 0 to 1, with two digits; rounded down, so that it never seems to reach a threshold it missed."""
    return f"{math.floor(similarity * 100 + 1e-9) / 100:.2f}"


class Similarity(QWidget):
    """See the module.

    Args:
        face: theme and speaker.
        thresholds: where the marks stand.
    """

    def __init__(self, face: Face, thresholds: Thresholds) -> None:
        super().__init__()
        self._face = face
        self.number = Text(face, "", "instruction")
        self.bar = similarity_bar(face, thresholds)
        self.scale = Text(face, _SCALE, "label", "quiet", review=thresholds.review, same=thresholds.same)
        named = Row(face, GAP)
        named.put(Text(face, _SIMILARITY, "body", "quiet"), stretch=1)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        named.put(self.number)
        column = Column(face, SMALL_GAP)
        column.addLayout(named)
        column.put(self.bar, self.scale)
        self.setLayout(column)

    def show_similarity(self, similarity: float) -> None:
        """Show it, 0 to 1."""
        self.number.say(in_figures(similarity))
        self.bar.show_value(similarity)
        self.setAccessibleName(self._face.speaker.say(_AS_SAID, number=in_figures(similarity)))


def similarity_bar(face: Face, thresholds: Thresholds) -> Bar:
    """An empty bar whose colours change where verdicts do."""
    marks = (thresholds.review, thresholds.same)
    return Bar(face, *marks, well_from=thresholds.same, poor_below=thresholds.review)
