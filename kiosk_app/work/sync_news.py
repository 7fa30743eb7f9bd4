"""News of the sync worker, brought from its threads into the window's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from noseprint.sync.drain import Progress


class SyncNews(QObject):
    """``progressed`` says how far an emptying of the outbox has come; it is heard in the window's thread."""

    progressed = Signal(object)

    def tell(self, progress: Progress) -> None:
        """For the worker, from any of its threads; returns at once."""
        self.progressed.emit(progress)
