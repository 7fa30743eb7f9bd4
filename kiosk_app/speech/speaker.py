"""Says words in the language in force, and tells the widgets when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from noseprint.errors import Language


class Speaker(QObject):
    """The one who speaks; ``changed`` says that what is shown must be said anew."""

    changed = Signal()

    def __init__(self, language: Language = "ko") -> None:
        super().__init__()
        self._language: Language = language

    @property
    def language(self) -> Language:
        """The language in force."""
        return self._language

    def speak(self, language: Language) -> None:
        """Change the language."""
        if language != self._language:
            self._language = language
            self.changed.emit()

    def say(self, words: Words, **facts: object) -> str:
        """The words in the language in force, with facts put in; facts that are words themselves are said too."""
        text: str = getattr(words, self._language)
        said = {name: self.say(it) if isinstance(it, Words) else it for name, it in facts.items()}
        return text.format(**said) if said else text

    def explain(self, fault: NoseprintError) -> str:
        """What a person should read of an error; the code stands small at the end, for the telephone."""
        return f"{fault.sentence(self._language)} ({fault.code.value})"
