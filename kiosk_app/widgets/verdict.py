"""The answer first, as large as the screen allows: a sign, a sentence, a colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from kiosk_app.design.icons import icon
from kiosk_app.design.measures import LARGE_ICON, SMALL_GAP, WIDE_GAP
from kiosk_app.widgets.frames import Card
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from kiosk_app.widgets.texts import Tone
    from noseprint.matching.similarity import Verdict

SAME: Final = Words("같은 강아지입니다", "It is the same dog")
REVIEW: Final = Words("한 번 더 확인이 필요합니다", "One more check is needed")
DIFFERENT: Final = Words("다른 강아지입니다", "It is a different dog")
SIGNS: Final[dict[Tone, str]] = {"good": "tick", "caution": "hand", "bad": "cross", "accent": "info"}
_ANSWERS: Final[dict[Verdict, tuple[Tone, Words]]] = {
    "same": ("good", SAME),
    "review": ("caution", REVIEW),
    "different": ("bad", DIFFERENT),
}


class Answer(Card):
    """A great sentence with its sign; a quiet one below says what it means."""

    def __init__(self, face: Face) -> None:
        super().__init__(face)
        self._face = face
        self._tone: Tone = "accent"
        self._sign = QLabel()
        self.sentence = Text(face, "", "verdict")
        self.meaning = Text(face, "", "body")
        words = Column(face, SMALL_GAP)
        words.put(self.sentence, self.meaning)
        row = Row(face, WIDE_GAP)
        row.put(self._sign, align=Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self.column.addLayout(row)
        face.theme.changed.connect(self._draw)

    def give(self, tone: Tone, sentence: Words, meaning: Words | str = "") -> None:
        """Give an answer."""
        self._tone = tone
        self.tone(tone)
        self.sentence.say(sentence)
        self.sentence.tone(tone)
        self.meaning.say(meaning)
        self.meaning.setVisible(bool(meaning))
        self._draw()

    def give_verdict(self, verdict: Verdict, meaning: Words | str = "") -> None:
        """Give the answer to "is it the same dog?"."""
        tone, sentence = _ANSWERS[verdict]
        self.give(tone, sentence, meaning)

    def _draw(self) -> None:
        theme = self._face.theme
        side = theme.px(LARGE_ICON)
        self._sign.setPixmap(icon(SIGNS[self._tone], theme.colour(self._tone), side, self.devicePixelRatioF()))
