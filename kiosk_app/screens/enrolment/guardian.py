"""Whose dog: the telephone number finds guardians who were here before; then the name, and what they agree to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from kiosk_app.design.measures import GAP, MARGIN, SMALL_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Agreement, Field
from kiosk_app.widgets.frames import Card, Scrolling
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.number_pad import NumberPad
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words
from noseprint.records.entities import ConsentKind
from noseprint.records.phone import normalise_phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.screens.enrolment.form import EnrolmentForm
    from kiosk_app.shell.desk import Desk
    from noseprint.records.entities import Pet

NEXT: Final = Words("다음", "Next")
_ASK_PHONE: Final = Words("보호자 전화번호를 눌러 주세요", "Enter the guardian's telephone number")
_PHONE: Final = Words("전화번호", "Telephone number")
_WITHOUT: Final = Words("보호자 없이 등록", "Enrol without a guardian")
_ABOUT_PHONE: Final = Words(
    "전에 오신 보호자라면 이름을 바로 찾아 드려요.", "If the guardian has been here before, the name is found at once."
)
_ASK_CONSENT: Final = Words("보호자께 보여 드리고 동의를 받아 주세요", "Show this to the guardian and ask for consent")
_NAME: Final = Words("보호자 이름", "Guardian's name")
_NAME_FIRST: Final = Words("이름을 적어 주세요", "Write the name")
_KNOWN: Final = Words("전에 오신 분이에요. 함께 사는 반려견: {pets}", "Has been here before, with {pets}")
_IDENTIFICATION: Final = Words(
    "[필수] 반려견을 확인하기 위해 이름과 전화번호를 비문과 함께 보관합니다.",
    "[Needed] My name and telephone number are kept with the nose print to identify my dog.",
)
_IMPROVEMENT: Final = Words(
    "[선택] 비문 사진을 개인 정보 없이 기술을 개선하는 데 쓰는 것에 동의합니다.",
    "[Optional] Photos of the nose, without anything personal, may be used to improve the technology.",
)
_TERMS: Final = Words(
    "비문 사진과 비문 값은 암호화하여 보관하고, 반려견을 확인할 때만 씁니다. "
    "언제든지 동의를 거두고 삭제를 요청하실 수 있어요. (안내문 {version})",
    "Photos and values of the nose print are kept encrypted and used to identify the dog alone. "
    "Consent can be withdrawn at any time. (Text {version})",
)
_CONSENT_NEEDED: Final = Words(
    "필수 동의가 없으면 보호자 정보를 보관할 수 없어요.",
    "Without the needed consent nothing about the guardian is kept.",
)


class AskPhone(Screen):
    """The telephone number, on the kiosk's own keys.

    Args:
        desk: what the screen works with.
        form: is filled.
        back: leave.
        found: what follows, with the pets of a guardian who has been here before.
        without: what follows when nobody answers for the dog, or wants to be named.
    """

    def __init__(
        self,
        desk: Desk,
        form: EnrolmentForm,
        back: Callable[[], object],
        found: Callable[[list[Pet]], object],
        without: Callable[[], object],
    ) -> None:
        super().__init__(desk.face, _ASK_PHONE)
        self._desk, self._form, self._found = desk, form, found
        self.phone = Field(desk.face, _PHONE, "010-1234-5678", longest=20, digits=True)
        self.phone.fill(form.phone)
        self.pad = NumberPad(desk.face)
        self.pad.digit.connect(self.phone.line.insert)
        self.pad.erased.connect(self.phone.line.backspace)
        self.pad.confirmed.connect(self._search)
        self.phone.confirmed.connect(self._search)
        typed = Column(desk.face, GAP)
        typed.put(self.phone, Text(desk.face, _ABOUT_PHONE, "body", "quiet"))
        typed.addStretch(1)
        self._both = Turning(desk.face, 3 * MARGIN)
        self._both.addLayout(typed, 1)
        self._both.put(self.pad, align=Qt.AlignmentFlag.AlignHCenter)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.setFocusProxy(self.phone)
        self.next_button = Button(desk.face, NEXT, self._search, "main", "next")
        self.without_button = Button(desk.face, _WITHOUT, without, "quiet")
        self.act_with(back, self.without_button, main=self.next_button)

    def turned(self, *, upright: bool) -> None:
        """The number above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _search(self) -> None:
        typed = self.phone.text

        def search() -> tuple[str, list[Pet]]:
            phone = normalise_phone(typed)
            return phone, self._desk.engine.holdings.records.find_pets(phone)

        self._desk.jobs.begin(self, search).done(lambda both: self._take(*both)).failed(self.phone.complain)

    def _take(self, phone: str, pets: list[Pet]) -> None:
        if phone != self._form.phone:
            self._form.forget_guardian()
        self._form.phone = phone
        known = [pet for pet in pets if pet.guardian and pet.guardian.phone == phone]
        if known and known[0].guardian:
            self._form.guardian_name = known[0].guardian.name
        self._found(known)


class AskConsent(Screen):
    """The guardian's name, the text to be shown, and what they agree to."""

    def __init__(
        self,
        desk: Desk,
        form: EnrolmentForm,
        known: list[Pet],
        back: Callable[[], object],
        agreed: Callable[[], object],
    ) -> None:
        super().__init__(desk.face, _ASK_CONSENT)
        self._form, self._agreed = form, agreed
        face = desk.face
        self.name = Field(face, _NAME, longest=100)
        self.name.fill(form.guardian_name)
        self.identification = Agreement(face, _IDENTIFICATION)
        self.improvement = Agreement(face, _IMPROVEMENT)
        self.identification.agree(ConsentKind.IDENTIFICATION in form.agreed)
        self.improvement.agree(ConsentKind.IMPROVEMENT in form.agreed)
        content = Column(face, GAP)
        content.put(self.name)
        if known:
            content.put(Text(face, _KNOWN, "label", "good", pets=", ".join(pet.facts.name for pet in known)))
        card = Card(face, gap=SMALL_GAP)
        card.column.put(Text(face, _TERMS, version=desk.engine.settings.consent_text_version))
        card.column.put(self.identification, self.improvement)
        content.put(card)
        content.addStretch(1)
        self.body.addWidget(Scrolling(content), 1)
        self.setFocusProxy(self.name)
        self.next_button = Button(face, NEXT, self._take, "main", "next")
        self.act_with(back, main=self.next_button)

    def _take(self) -> None:
        if not self.name.text:
            self.name.complain(_NAME_FIRST)
            return
        if not self.identification.agreed:
            self.warn(_CONSENT_NEEDED)
            return
        self._form.guardian_name = self.name.text
        self._form.agreed = {ConsentKind.IDENTIFICATION}
        if self.improvement.agreed:
            self._form.agreed.add(ConsentKind.IMPROVEMENT)
        self._agreed()
