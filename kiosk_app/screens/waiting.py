"""Something is being done; when it fails, why, and the way back to what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar

from kiosk_app.design.measures import GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face
    from noseprint.errors import NoseprintError, Words


class Waiting(Screen):
    """A sentence and a bar that moves.

    Args:
        face: theme and speaker.
        words: what is being done.
        back: leave after a failure; nothing that was told is lost.
    """

    def __init__(self, face: Face, words: Words, back: Callable[[], object]) -> None:
        super().__init__(face)
        self._back = back
        self._is_shown = False
        self._follow: Callable[[], object] | None = None
        self.sentence = Text(face, words, "instruction")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self.bar.setFixedHeight(face.theme.px(GAP // 2))
        self.body.addStretch(1)
        self.body.put(self.sentence, self.bar)
        self.body.addStretch(1)

    def entered(self) -> None:
        """Go on to what follows, where the end came while another screen lay over this one."""
        self._is_shown = True
        if follow := self._follow:
            self._follow = None
            follow()

    def left(self) -> None:
        """The kiosk may have been locked meanwhile."""
        self._is_shown = False

    def proceed(self, follow: Callable[[], object]) -> None:
        """It is done: what follows, as soon as this screen is the one that is shown. A lock is not opened by it."""
        if self._is_shown:
            follow()
        else:
            self._follow = follow

    def stop(self, fault: NoseprintError) -> None:
        """Say why it failed, and offer the way back."""
        self.bar.hide()
        self.sentence.explain(fault)
        self.act_with(self._back)
