"""Where a file is to go: the kiosk's own folder, or a stick; no dialog that leads out of the kiosk."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from PySide6.QtCore import QStorageInfo

from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.rows import RowButton, Rows
from kiosk_app.widgets.signs import Sign
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk_app.shell.desk import Desk

Result = TypeVar("Result")

_TITLE: Final = Words("어디에 저장할까요?", "Where shall it be saved?")
_HERE: Final = Words("이 컴퓨터", "This computer")
_HERE_ABOUT: Final = Words("문서 폴더 안의 Noseprint", "Noseprint, in the documents")
_STICK: Final = Words("USB", "Stick")
_NONE: Final = Words("저장할 곳이 없어요.", "There is no place to save to.")
_PLUG_IN: Final = Words("USB를 꽂고 '다시 찾기'를 누르면 여기에 나와요.", "Plug in a stick and press “Look again”.")
_AGAIN: Final = Words("다시 찾기", "Look again")
_SYSTEM_DRIVE: Final = "SystemDrive"
_WHERE_STICKS_ARE: Final = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


def sticks() -> list[Path]:
    """The folders of what was plugged in and can be written to; for another thread."""
    volumes = [volume for volume in QStorageInfo.mountedVolumes() if volume.isReady() and not volume.isReadOnly()]
    folders = (volume.rootPath() for volume in volumes)
    return [Path(folder) for folder in folders if _is_stick(folder) and os.access(folder, os.W_OK)]


def _is_stick(folder: str) -> bool:
    if os.name == "nt":
        return not folder.casefold().startswith(os.environ.get(_SYSTEM_DRIVE, "C:").casefold())
    return folder.startswith(_WHERE_STICKS_ARE)


class SaveTo(Screen, Generic[Result]):
    """See the module.

    Args:
        desk: what the screen works with.
        name: of the file.
        write: writes it, in the background.
        done: what follows on the screen below, told what ``write`` gave.
        find_sticks: finds the folders of what was plugged in.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        write: Callable[[Path], Result],
        done: Callable[[Result], object],
        find_sticks: Callable[[], Sequence[Path]] = sticks,
    ) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self._name = name
        self._write = write
        self._done = done
        self._find_sticks = find_sticks
        self.rows = Rows(desk.face, _NONE)
        self.body.put(Text(desk.face, name, "body", "quiet"))
        self.body.addWidget(Scrolling(self.rows), 1)
        self.body.put(Text(desk.face, _PLUG_IN, "label", "quiet"))
        self.again_button = Button(desk.face, _AGAIN, self._look, "plain", "retry")
        self.act_with(desk.ways.back, self.again_button)

    def entered(self) -> None:
        """Look what is plugged in."""
        self._look()

    def _look(self) -> None:
        self.explain(None)
        self._desk.jobs.begin(self, self._find_sticks).done(self._offer).failed(self.explain)

    def _offer(self, folders: Sequence[Path]) -> None:
        here = partial(self._save, lambda: self._desk.files.place_for(self._name))
        sign = partial(Sign, self.face, "save", "accent")
        rows = [RowButton(self.face, _HERE, here, below=_HERE_ABOUT, before=sign())]
        for folder in folders:
            there = partial(self._save, partial(folder.joinpath, self._name))
            rows.append(RowButton(self.face, _STICK, there, below=str(folder), before=sign()))
        self.rows.show_rows(rows)

    def _save(self, place: Callable[[], Path]) -> None:
        self.explain(None)
        self.rows.setEnabled(False)
        job = self._desk.jobs.begin(self, lambda: self._write(place()))
        job.done(self._saved).failed(self.explain).finally_(lambda: self.rows.setEnabled(True))

    def _saved(self, result: Result) -> None:
        self._desk.ways.back()
        self._done(result)
