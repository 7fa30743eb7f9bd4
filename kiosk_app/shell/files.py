"""Files that staff choose, and the folder that certificates and results go to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog

from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk_app.shell.screen import Screen
    from kiosk_app.work.jobs import Jobs

_CHOOSE: Final = Words("코 사진을 골라 주세요", "Choose photos of the nose")
_PICTURES: Final = Words("사진 (*.jpg *.jpeg *.png)", "Photos (*.jpg *.jpeg *.png)")

NamedFiles = list[tuple[str, bytes]]
"""Names of files and their contents."""


class Files:
    """Opens dialogs without stopping the window, and reads and writes files in the background.

    Args:
        jobs: work in the background.
        folder: certificates and results go here; made when the first one does.
        most_bytes: a file longer than this is not read.
    """

    def __init__(self, jobs: Jobs, folder: Path, most_bytes: int) -> None:
        self._jobs = jobs
        self._folder = folder
        self._most_bytes = most_bytes

    def choose_photos(self, screen: Screen, chosen: Callable[[Sequence[tuple[str, bytes]]], object]) -> None:
        """Let staff choose photos; nothing follows when they change their mind."""
        say = screen.face.speaker.say
        dialog = QFileDialog(screen, say(_CHOOSE), str(Path.home()), say(_PICTURES))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)

        def read(names: list[str]) -> None:
            self._jobs.begin(screen, lambda: self.read_all(names)).done(chosen).failed(screen.explain)

        dialog.filesSelected.connect(read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def read_all(self, names: Sequence[str]) -> NamedFiles:
        """Read files.

        Raises:
            NoseprintError: FILE_NOT_READABLE, IMAGE_TOO_LARGE.
        """
        return [(Path(name).name, self._read(Path(name))) for name in names]

    def place_for(self, name: str) -> Path:
        """Where a file of this name goes; its folder is there.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=self._folder) from fault
        return self._folder / name

    def print_with(self, screen: Screen, draw: Callable[[QPrinter], object]) -> None:
        """Ask for a printer, and draw on its paper."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, screen)

        def finish(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                draw(printer)
            dialog.deleteLater()

        dialog.finished.connect(finish)
        dialog.setModal(True)
        dialog.show()

    def _read(self, file: Path) -> bytes:
        try:
            if file.stat().st_size > self._most_bytes:
                raise NoseprintError(ErrorCode.IMAGE_TOO_LARGE, file.name)
            return file.read_bytes()
        except OSError as fault:
            raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault
