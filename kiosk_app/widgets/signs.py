"""Signs: a line icon in a role's colour, and notices that put one before their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from kiosk_app.design.icons import icon
from kiosk_app.design.measures import GAP, ICON, SMALL_GAP
from kiosk_app.widgets.frames import Card
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.texts import Text
from noseprint.errors import NoseprintError

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from kiosk_app.widgets.texts import Tone
    from noseprint.errors import Words

SIGNS: Final[dict[Tone, str]] = {"good": "tick", "caution": "hand", "bad": "cross", "accent": "info", "quiet": "info"}


class Sign(QLabel):
    """An icon that follows the theme; a word always stands beside it.

    Args:
        face: theme and speaker.
        name: of the icon.
        role: of its colour.
    """

    def __init__(self, face: Face, name: str, role: str = "ink") -> None:
        super().__init__()
        self._theme = face.theme
        self._name, self._role = name, role
        face.theme.changed.connect(self._draw)
        self._draw()

    def show_sign(self, name: str, role: str) -> None:
        """Show another one."""
        if (name, role) != (self._name, self._role):
            self._name, self._role = name, role
            self._draw()

    def _draw(self) -> None:
        side = self._theme.px(ICON)
        self.setPixmap(icon(self._name, self._theme.colour(self._role), side, self.devicePixelRatioF()))
        self.setFixedSize(side, side)


class Marked(QWidget):
    """A sign and a word: how one thing is."""

    def __init__(self, face: Face, words: Words | str = "", tone: Tone = "quiet") -> None:
        super().__init__()
        self._sign = Sign(face, SIGNS[tone], tone)
        self.text = Text(face, words, "body")
        self.tone_shown: Tone = tone
        row = Row(face, SMALL_GAP)
        row.put(self._sign, align=Qt.AlignmentFlag.AlignVCenter)
        row.put(self.text, stretch=1)
        self.setLayout(row)

    def show_state(self, tone: Tone, words: Words | str, **facts: object) -> None:
        """Say how it is."""
        self.tone_shown = tone
        self._sign.show_sign(SIGNS[tone], tone)
        self.text.say(words, **facts)


class Notice(Card):
    """A card that says one thing: a sign, a strong sentence, what follows from it."""

    def __init__(self, face: Face, tone: Tone = "accent") -> None:
        super().__init__(face, tone, SMALL_GAP)
        self._sign = Sign(face, SIGNS[tone], tone)
        self.sentence = Text(face, "", "strong")
        self.meaning = Text(face)
        words = Column(face, SMALL_GAP // 2)
        words.put(self.sentence, self.meaning)
        row = Row(face, GAP)
        row.put(self._sign, align=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.column.addLayout(row)

    def give(self, tone: Tone, sentence: Words | str, meaning: Words | str | NoseprintError = "") -> None:
        """Say it."""
        self.tone(tone)
        self._sign.show_sign(SIGNS[tone], tone)
        self.sentence.say(sentence)
        if isinstance(meaning, NoseprintError):
            self.meaning.explain(meaning)
        else:
            self.meaning.say(meaning)
        self.meaning.setVisible(bool(meaning))
