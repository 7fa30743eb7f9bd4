"""A setting on the screen: its name, its value, what it does, and what keeps it from being changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import SMALL_GAP
from kiosk_app.widgets.fields import Choice, Field
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words
from noseprint.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk_app.face import Face
    from noseprint.errors import NoseprintError
    from noseprint.settings import Declaration
    from noseprint.settings_words import SettingWords

_ON_OFF: Final = (("True", Words("켬", "On")), ("False", Words("끔", "Off")))
_LANGUAGES: Final = {"ko": "한국어", "en": "English"}
_IS_SET: Final = Words("정해져 있어요. 바꿀 때만 적어 주세요.", "It is set. Write here only to change it.")
_NOT_SET: Final = Words("정해져 있지 않아요", "It is not set")
_FROM_ENVIRONMENT: Final = Words(
    "환경 변수로 정해져 있어 여기서는 바꿀 수 없어요.", "Set by the environment; it cannot be changed here."
)
_NOT_IN_FILE: Final = Words(
    "프로그램을 시작할 때 정해져요. 여기서는 바꿀 수 없어요.", "Set when the program starts; it cannot be changed here."
)


class SettingField(QWidget):
    """See the module.

    Args:
        face: theme and speaker.
        item: the declaration.
        words: what it is called.
        value: what it is.
        from_environment: whether the environment says so.
    """

    def __init__(
        self, face: Face, item: Declaration, words: SettingWords, value: object, *, from_environment: bool
    ) -> None:
        super().__init__()
        self.field = item.field
        self._secret = isinstance(value, Secret)
        self._shown = "" if isinstance(value, Secret) else str(value)
        self.entry: Field | Choice = _entry(face, item, words, value)
        self._fill()
        self.about = Text(face, _about(item, words), "label", "quiet")
        column = Column(face, SMALL_GAP // 2)
        column.put(self.entry, self.about)
        self.setLayout(column)
        self.fixed = from_environment or not item.in_file
        if self.fixed:
            self.entry.setEnabled(False)
            self.about.say(_FROM_ENVIRONMENT if from_environment else _NOT_IN_FILE)
            self.about.tone("caution")

    @property
    def value(self) -> str:
        """What stands there now."""
        return self.entry.value if isinstance(self.entry, Choice) else self.entry.text

    @property
    def changed(self) -> bool:
        """Whether somebody changed it; a secret is left as it is where nothing was written."""
        return not self.fixed and self.value != self._shown

    def fill(self, text: str) -> None:
        """Write or choose something."""
        if isinstance(self.entry, Choice):
            self.entry.choose(text)
        else:
            self.entry.fill(text)

    def complain(self, fault: NoseprintError | None) -> None:
        """Say what is wrong with it; nothing takes it back."""
        if isinstance(self.entry, Field):
            self.entry.complain(fault)

    def _fill(self) -> None:
        if not self._secret:
            self.fill(self._shown)


def _entry(face: Face, item: Declaration, words: SettingWords, value: object) -> Field | Choice:
    if isinstance(value, bool):
        return Choice(face, words.name, _ON_OFF)
    if item.choices:
        return Choice(face, words.name, _options(item.choices))
    if isinstance(value, Secret):
        return Field(face, words.name, _IS_SET if value else _NOT_SET, secret=True)
    return Field(face, words.name, digits=isinstance(value, int))


def _options(choices: Sequence[object]) -> list[tuple[str, Words | str]]:
    return [(str(value), _LANGUAGES.get(str(value), str(value))) for value in choices]


def _about(item: Declaration, words: SettingWords) -> Words:
    ko, en = words.about_ko, item.description
    if item.least is not None and item.most is not None:
        limits = f" ({item.least:,g} ~ {item.most:,.12g})"
        ko, en = ko + limits, en + limits
    return Words(ko, en)
