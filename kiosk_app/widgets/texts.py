"""Text in the six voices of the type scale, in the language in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from noseprint.errors import Words

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from noseprint.errors import NoseprintError

Voice = Literal["verdict", "title", "instruction", "strong", "body", "label"]
Tone = Literal["", "quiet", "accent", "good", "caution", "bad"]


class Text(QLabel):
    """A text that wraps, follows the language, and is read aloud by a screen reader as it stands.

    Args:
        face: theme and speaker.
        words: what it says, or a text that is the same in every language, as a name is.
        voice: its size and weight.
        tone: its colour's role; ink when empty.
        facts: what stands for the braces in the words.
    """

    def __init__(
        self, face: Face, words: Words | str = "", voice: Voice = "body", tone: Tone = "", **facts: object
    ) -> None:
        super().__init__()
        self._speaker = face.speaker
        self._words: Words | str | NoseprintError = words
        self._facts = facts
        self.setProperty("kind", voice)
        self.setProperty("tone", tone)
        self.setWordWrap(True)
        # What people typed is text, never markup.
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        face.speaker.changed.connect(self._speak)
        self._speak()

    def say(self, words: Words | str, **facts: object) -> None:
        """Say something else."""
        self._words, self._facts = words, facts
        self._speak()

    def explain(self, fault: NoseprintError | None) -> None:
        """Say what went wrong; nothing where nothing did."""
        self._words, self._facts = fault or "", {}
        self._speak()

    def tone(self, tone: Tone) -> None:
        """Change the colour's role."""
        set_look(self, tone=tone)

    def _speak(self) -> None:
        if isinstance(self._words, Words):
            self.setText(self._speaker.say(self._words, **self._facts))
        elif isinstance(self._words, str):
            self.setText(self._words)
        else:
            self.setText(self._speaker.explain(self._words))


def set_look(widget: QWidget, **properties: str) -> None:
    """Change properties that the style sheet looks at, and look again."""
    if any(widget.property(name) != value for name, value in properties.items()):
        for name, value in properties.items():
            widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
