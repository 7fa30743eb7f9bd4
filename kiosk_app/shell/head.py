"""The line at the top: the clinic, who works, the time, and the switches for language and light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTime, QTimer
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, MARGIN, SMALL_GAP
from kiosk_app.design.palette import Shade
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Row
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face
    from kiosk_app.shell.desk import Session

_CLOCK_EVERY_MS: Final = 1000


class Head(QWidget):
    """See the module.

    Args:
        face: theme and speaker; the switches change them.
        session: who is signed in.
        clinic: the clinic's name.
        sign_out: what follows when somebody leaves.
    """

    def __init__(self, face: Face, session: Session, clinic: str, sign_out: Callable[[], object]) -> None:
        super().__init__()
        self._face = face
        self._session = session
        self._who = Text(face, "", "body", "quiet")
        self._time = Text(face, "", "body", "quiet")
        for text in (self._who, self._time):
            text.setWordWrap(False)
        self._leave = Button(face, Words("로그아웃", "Sign out"), sign_out, "quiet", "sign_out", icon_only=True)
        row = Row(face, GAP, (MARGIN, SMALL_GAP, MARGIN, 0))
        row.put(Text(face, clinic, "strong"), stretch=1)
        row.put(
            self._who,
            self._time,
            Button(face, Words("밝게 · 어둡게", "Light or dark"), self._turn_light, "quiet", "theme", icon_only=True),
            Button(face, Words("한 / EN", "한 / EN"), self._turn_language, "quiet", "globe"),
            self._leave,
        )
        self.setLayout(row)
        self.setProperty("kind", "screen")
        session.changed.connect(self._show_who)
        self._timer = QTimer(self, interval=_CLOCK_EVERY_MS)
        self._timer.timeout.connect(self._show_time)
        self._timer.start()
        self._show_time()
        self._show_who()

    def _show_who(self) -> None:
        operator = self._session.operator
        self._who.say(operator.name if operator else "")
        self._leave.setVisible(operator is not None)

    def _show_time(self) -> None:
        self._time.say(QTime.currentTime().toString("HH:mm"))

    def _turn_light(self) -> None:
        theme = self._face.theme
        theme.use(Shade.LIGHT if theme.shade is Shade.DARK else Shade.DARK)

    def _turn_language(self) -> None:
        speaker = self._face.speaker
        speaker.speak("en" if speaker.language == "ko" else "ko")
