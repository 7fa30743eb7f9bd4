"""Correcting what is kept: the facts about a pet, and who answers for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP, MARGIN
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Agreement, Field
from kiosk_app.widgets.layouts import Column
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails
from noseprint.records.phone import normalise_phone

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from noseprint.records.entities import Pet

_SAVE: Final = Words("저장", "Save")
_FACTS: Final = Words("정보를 고쳐 주세요", "Correct the facts")
_WHO: Final = Words("보호자를 고쳐 주세요", "Correct the guardian")
_NAME: Final = Words("보호자 이름", "Guardian's name")
_PHONE: Final = Words("전화번호", "Telephone number")
_AGREED: Final = Words(
    "보호자께서 이름과 전화번호를 보관하는 데 동의하셨어요.", "The guardian agreed that name and number are kept."
)


def correct_facts(desk: Desk, pet: Pet) -> PetForm:
    """The form of the enrolment, filled with what is kept, and saved in its place."""
    form = EnrolmentForm(facts=pet.facts)

    def save() -> None:
        if form.facts is None:
            return
        facts, by = replace(form.facts, species=pet.facts.species), desk.session.staff_id
        corrections = desk.engine.holdings.records.corrections
        job = desk.jobs.begin(screen, lambda: corrections.correct_pet(pet.pet_did, facts, datetime.now(UTC), by=by))
        job.done(lambda _: desk.ways.back()).failed(screen.explain)

    screen = PetForm(desk.face, form, desk.ways.back, save)
    screen.heading.say(_FACTS)
    screen.next_button.say(_SAVE)
    screen.next_button.show_icon("save")
    return screen


class CorrectGuardian(Screen):
    """Another name or number; another number needs that person's consent.

    Args:
        desk: what the screen works with.
        pet: whose guardian it is.
    """

    def __init__(self, desk: Desk, pet: Pet) -> None:
        super().__init__(desk.face, _WHO)
        self._desk = desk
        self._pet = pet
        self.name = Field(desk.face, _NAME, longest=100)
        self.phone = Field(desk.face, _PHONE, "010-1234-5678", longest=20, digits=True)
        self.consent = Agreement(desk.face, _AGREED)
        if pet.guardian:
            self.name.fill(pet.guardian.name)
            self.phone.fill(pet.guardian.phone)
        asked = Column(desk.face, GAP, (0, 0, MARGIN, 0))
        asked.put(self.name, self.phone, self.consent)
        self.body.addLayout(asked)
        self.body.addStretch(1)
        self.save_button = Button(desk.face, _SAVE, self._save, "main", "save")
        self.act_with(desk.ways.back, main=self.save_button)
        self.setFocusProxy(self.name)

    def _save(self) -> None:
        self.explain(None)
        name, phone, agreed = self.name.text, self.phone.text, self.consent.agreed
        by = self._desk.session.staff_id
        job = self._desk.jobs.begin(self, lambda: self._correct(name, phone, by, agreed=agreed))
        job.done(lambda _: self._desk.ways.back()).failed(self._refused)

    def _correct(self, name: str, phone: str, by: str, *, agreed: bool) -> Pet:
        """Keep it; for another thread."""
        now, former = datetime.now(UTC), self._pet.guardian
        guardian = GuardianDetails(name, phone)
        if not agreed and (former is None or normalise_phone(phone) != former.phone):
            raise NoseprintError(ErrorCode.CONSENT_MISSING)
        version = self._desk.engine.settings.consent_text_version
        consent = Consent(ConsentKind.IDENTIFICATION, version, now) if agreed else None
        corrections = self._desk.engine.holdings.records.corrections
        return corrections.correct_guardian(self._pet.pet_did, guardian, now, consent=consent, by=by)

    def _refused(self, fault: NoseprintError) -> None:
        if fault.code is ErrorCode.INVALID_PHONE_NUMBER:
            self.phone.complain(fault)
        elif fault.code is ErrorCode.INVALID_PET_FACT:
            self.name.complain(fault)
        else:
            self.explain(fault)
