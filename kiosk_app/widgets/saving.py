"""Asking where a file is to be saved; the dialog is drawn like the kiosk and does not hold the window up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face

_WHERE: Final = Words("어디에 저장할까요?", "Where shall it be saved?")
_SAVE: Final = Words("저장", "Save")
_CANCEL: Final = Words("취소", "Cancel")
_NAME: Final = Words("파일 이름", "File name")
_FOLDER: Final = Words("위치", "Folder")


def ask_where(owner: QWidget, face: Face, name: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Ask for a place; what follows happens when one was chosen, and nothing otherwise.

    Args:
        owner: the screen that asks.
        face: theme and speaker.
        name: what the file is to be called.
        chosen: told the path.
    """
    say = face.speaker.say
    dialog = QFileDialog(owner, say(_WHERE), _documents())
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    for label, words in (
        (QFileDialog.DialogLabel.Accept, _SAVE),
        (QFileDialog.DialogLabel.Reject, _CANCEL),
        (QFileDialog.DialogLabel.FileName, _NAME),
        (QFileDialog.DialogLabel.LookIn, _FOLDER),
    ):
        dialog.setLabelText(label, say(words))

    def answered(answer: int) -> None:
        dialog.deleteLater()
        if answer == QDialog.DialogCode.Accepted:
            chosen(Path(dialog.selectedFiles()[0]))

    dialog.finished.connect(answered)
    dialog.open()
    return dialog


def _documents() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
