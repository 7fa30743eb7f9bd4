"""The signed result: a QR code and a file for the platform, for as long as it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage

from kiosk_app.design.measures import GAP, SMALL_GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.texts import Text
from kiosk_app.widgets.verdict import Answer
from noseprint.attestation.signing import fingerprint_of
from noseprint.attestation.statement import read_bytes
from noseprint.disk import Disk, disk_errors
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk_app.shell.desk import Desk
    from noseprint.attestation.signing import SignedStatement

_TICK_MS: Final = 500
_READY: Final = Words("{name}의 결과에 서명했어요", "The result for {name} is signed")
_SHOW: Final = Words(
    "플랫폼에서 이 QR 코드를 읽거나, 파일을 저장해 건네 주세요.",
    "Let the platform read this QR code, or save the file and pass it on.",
)
_OVER: Final = Words("유효 시간이 지났어요", "The time is over")
_OVER_MEANS: Final = Words(
    "이 결과는 더 쓸 수 없어요. 처음으로 가서 강아지를 다시 확인해 주세요.",
    "This result counts no longer. Go home and verify the dog again.",
)
_CODE: Final = Words("서명된 결과의 QR 코드", "QR code of the signed result")
_LEFT: Final = Words("남은 시간", "Time left")
_KEY: Final = Words("서명한 병원 열쇠", "Signed with the clinic's key")
_SAVE: Final = Words("파일로 저장", "Save as a file")
_WRITTEN: Final = Words("저장했어요: {file}", "Saved: {file}")
_DONE: Final = Words("처음으로", "Home")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed statement and its QR code, drawn in the background."""

    statement: SignedStatement
    code: QImage


def _now() -> datetime:
    return datetime.now(UTC)


class SignedResult(Screen):
    """Show a signed result until it counts no longer.

    Args:
        desk: what the screen works with.
        name: of the pet.
        signed: what was signed.
        home: leave.
        clock: gives the present moment, with a time zone.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        signed: Signed,
        home: Callable[[], object],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__(desk.face)
        face = desk.face
        self._desk, self.signed, self._clock = desk, signed, clock
        statement = signed.statement.statement
        self._since, self._until = statement.valid
        self.answer = Answer(face)
        self.answer.give("good", Words(*(text.format(name=name) for text in _READY)), _SHOW)
        self.code = Picture(face, _CODE)
        self.code.show_image(signed.code)
        self.remaining = Text(face, "", "verdict")
        self.written = Text(face, "", "label", "good")
        about = Column(face, SMALL_GAP)
        about.put(Text(face, _LEFT, "body", "quiet"), self.remaining)
        about.addSpacing(face.theme.px(GAP))
        about.put(Text(face, _KEY, "label", "quiet"), Text(face, fingerprint_of(read_bytes(statement.key)), "strong"))
        about.addStretch(1)
        about.put(self.written)
        self._both = Turning(face, WIDE_GAP)
        self._both.put(self.code, stretch=3)
        self._both.addLayout(about, 2)
        self.body.put(self.answer)
        self.body.addLayout(self._both, 1)
        self.save_button = Button(face, _SAVE, self._save, "plain", "save")
        self.home_button = Button(face, _DONE, home, "main", "tick")
        self.act_with(None, self.save_button, main=self.home_button)
        self._ticking = QTimer(self, interval=_TICK_MS)
        self._ticking.timeout.connect(self.count_down)
        self.count_down()

    def entered(self) -> None:
        """Count down."""
        self._ticking.start()

    def left(self) -> None:
        """Count no more."""
        self._ticking.stop()

    def turned(self, *, upright: bool) -> None:
        """The time below the code in an upright window."""
        self._both.turn(upright=upright)

    def count_down(self) -> None:
        """Show how long the result still counts; take it away when it does not."""
        left = self._until - self._clock()
        if left > timedelta(0):
            minutes, seconds = divmod(int(left.total_seconds()), 60)
            self.remaining.say(f"{minutes}:{seconds:02}")
            return
        self._ticking.stop()
        self.remaining.say("0:00")
        self.remaining.tone("bad")
        self.code.show_image(QImage())
        self.save_button.setEnabled(False)
        self.answer.give("bad", _OVER, _OVER_MEANS)

    def _save(self) -> None:
        files, signed = self._desk.files, self.signed.statement
        moment = f"{self._since.astimezone():%Y%m%d-%H%M%S}"

        def write() -> Path:
            file = files.place_for(f"noseprint-result-{signed.statement.pet[-8:]}-{moment}.json")
            with disk_errors(file.parent):
                Disk().write(file, signed.document)
            return file

        self._desk.jobs.begin(self, write).done(self._say_where).failed(self.explain)

    def _say_where(self, file: Path) -> None:
        self.explain(None)
        self.written.say(_WRITTEN, file=file)
