"""The settings of one group: looked at, changed, saved into the file of the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.screens.settings.fields import SettingField
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.signs import Notice
from noseprint.errors import NoseprintError, Words
from noseprint.settings import declarations, fields_from_environment
from noseprint.settings_file import change_settings, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk_app.shell.desk import Desk
    from kiosk_app.widgets.texts import Tone
    from noseprint.settings import Settings
    from noseprint.settings_words import Group

_SAVE: Final = Words("저장", "Save")
_SAVED: Final = Words("저장했어요", "Saved")
_AT_ONCE: Final = Words("바로 적용했어요.", "It applies at once.")
_AFTER_RESTART: Final = Words("프로그램을 다시 시작하면 적용돼요.", "It applies when the program is started again.")
_NOTHING: Final = Words("바뀐 것이 없어요", "Nothing was changed")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the next start will find, and what of it the environment says."""

    settings: Settings
    from_environment: frozenset[str]


class GroupScreen(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
        group: which settings.
    """

    def __init__(self, desk: Desk, group: Group) -> None:
        super().__init__(desk.face, group.name)
        self._desk = desk
        self._group = group
        self.fields: dict[str, SettingField] = {}
        self.notice = Notice(desk.face)
        self.notice.hide()
        self._column = Column(desk.face, WIDE_GAP)
        whole = Column(desk.face, WIDE_GAP, (0, 0, GAP, 0))
        whole.put(self.notice)
        whole.addLayout(self._column)
        whole.addStretch(1)
        self.body.addWidget(Scrolling(whole), 1)
        self.save_button = Button(desk.face, _SAVE, self._save, "main", "save")
        self.save_button.setEnabled(False)
        self.act_with(desk.ways.back, main=self.save_button)

    def entered(self) -> None:
        """Read what is set."""
        folder = self._desk.engine.settings.data_dir
        self._desk.jobs.begin(self, lambda: _known(folder)).done(self._show).failed(self.explain)

    def _show(self, known: _Known) -> None:
        for field in self.fields.values():
            self._column.removeWidget(field)
            field.hide()
            field.deleteLater()
        declared = {item.field: item for item in declarations()}
        self.fields = {
            name: SettingField(
                self.face,
                declared[name],
                words,
                # What no file can say is as it was when the program started.
                getattr(known.settings if declared[name].in_file else self._desk.engine.settings, name),
                from_environment=name in known.from_environment,
            )
            for name, words in self._group.settings.items()
        }
        self._column.put(*self.fields.values())
        self.save_button.setEnabled(True)

    def _save(self) -> None:
        self.explain(None)
        changes = {name: field.value for name, field in self.fields.items() if field.changed}
        for field in self.fields.values():
            field.complain(None)
        if not changes:
            self._tell("accent", _NOTHING)
            return
        self.save_button.setEnabled(False)
        folder = self._desk.engine.settings.data_dir

        def save() -> _Known:
            change_settings(folder, changes)
            return _known(folder)

        job = self._desk.jobs.begin(self, save)
        job.done(lambda known: self._saved(known, frozenset(changes))).failed(self._refused)
        job.finally_(lambda: self.save_button.setEnabled(True))

    def _saved(self, known: _Known, changed: frozenset[str]) -> None:
        self._show(known)
        if "language" in changed:
            self.face.speaker.speak(known.settings.language)
        self._tell("good", _SAVED, _AT_ONCE if changed == {"language"} else _AFTER_RESTART)

    def _tell(self, tone: Tone, sentence: Words, meaning: Words | str = "") -> None:
        self.notice.give(tone, sentence, meaning)
        self.notice.show()

    def _refused(self, fault: NoseprintError) -> None:
        self.notice.hide()
        field = self.fields.get(str(fault.facts.get("setting", "")))
        if field:
            field.complain(fault)
            field.entry.setFocus()
        else:
            self.explain(fault)


def _known(folder: Path) -> _Known:
    return _Known(settings_in(folder), fields_from_environment())
