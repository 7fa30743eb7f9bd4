"""Who takes the pet: the telephone number goes into the signed result as a mark that only who has it can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from kiosk_app.design.measures import GAP, MARGIN
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Agreement, Field
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.number_pad import NumberPad
from kiosk_app.widgets.texts import Text
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.phone import normalise_phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job

_TITLE: Final = Words("새 보호자의 전화번호를 눌러 주세요", "Enter the new guardian's telephone number")
_PHONE: Final = Words("전화번호", "Telephone number")
_ABOUT: Final = Words(
    "이 기기에 저장하지 않아요. 결과에는 번호를 아는 사람만 맞춰 볼 수 있는 표식으로 들어가요.",
    "It is not kept here. The result holds a mark of it, which only those who know the number can check.",
)
_CONSENT: Final = Words(
    "새 보호자가 전화번호를 이렇게 쓰는 데 동의했어요.", "The new guardian agrees to this use of the number."
)
_CONSENT_FIRST: Final = Words(
    "새 보호자의 동의를 먼저 받아 주세요. 동의가 없으면 번호 없이 만들 수 있어요.",
    "Ask the new guardian for consent first. Without it, make the result without a number.",
)
_WITHOUT: Final = Words("번호 없이 만들기", "Without a number")
_SIGN: Final = Words("결과 만들기", "Sign it")


class NewGuardian(Screen):
    """Ask for the number.

    Args:
        desk: what the screen works with.
        back: leave.
        told: what follows, with the number in E.164 or None.
    """

    def __init__(self, desk: Desk, back: Callable[[], object], told: Callable[[str | None], object]) -> None:
        super().__init__(desk.face, _TITLE)
        face = desk.face
        self._desk, self._told = desk, told
        self._reading: Job[str] | None = None
        self.phone = Field(face, _PHONE, "010-1234-5678", longest=20, digits=True)
        self.consent = Agreement(face, _CONSENT)
        self.pad = NumberPad(face)
        self.pad.digit.connect(self.phone.line.insert)
        self.pad.erased.connect(self.phone.line.backspace)
        self.pad.confirmed.connect(self._sign)
        self.phone.confirmed.connect(self._sign)
        typed = Column(face, GAP)
        typed.put(self.phone, Text(face, _ABOUT, "body", "quiet"), self.consent)
        typed.addStretch(1)
        self._both = Turning(face, 3 * MARGIN)
        self._both.addLayout(typed, 1)
        self._both.put(self.pad, align=Qt.AlignmentFlag.AlignHCenter)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.setFocusProxy(self.phone)
        self.sign_button = Button(face, _SIGN, self._sign, "main", "next")
        self.without_button = Button(face, _WITHOUT, lambda: told(None), "quiet")
        self.act_with(back, self.without_button, main=self.sign_button)

    def left(self) -> None:
        """What was asked for leads nowhere any more."""
        if self._reading:
            self._reading.cancel()

    def turned(self, *, upright: bool) -> None:
        """The number above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _sign(self) -> None:
        typed = self.phone.text
        self._reading = self._desk.jobs.begin(self, lambda: normalise_phone(typed))
        self._reading.done(self._take).failed(self._complain)

    def _take(self, phone: str) -> None:
        if self.consent.agreed:
            self.explain(None)
            self._told(phone)
        else:
            self.warn(_CONSENT_FIRST)

    def _complain(self, fault: NoseprintError) -> None:
        if fault.code is ErrorCode.INVALID_PHONE_NUMBER:
            self.phone.complain(fault)
        else:
            self.explain(fault)
