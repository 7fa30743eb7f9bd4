"""An enrolment before the simulated camera, from the telephone number to the Pet DID."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.enrolment.duplicate import Duplicate
from kiosk_app.screens.enrolment.flow import EnrolmentFlow
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.enrolment.saved import Saved
from kiosk_app.shell.screen import Screen
from noseprint.capture.simulated_camera import GOOD
from noseprint.records.entities import ConsentKind

if TYPE_CHECKING:
    from tests.ui.conftest import Kiosk

Shown = TypeVar("Shown", bound=Screen)
PHONE = "01023456789"


def shown(kiosk: Kiosk, kind: type[Shown]) -> Shown:
    kiosk.qtbot.waitUntil(lambda: isinstance(kiosk.window.screen_shown, kind), timeout=40_000)
    kiosk.settle()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, kind)
    return screen


def to_the_form(kiosk: Kiosk) -> PetForm:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    EnrolmentFlow(kiosk.desk).begin()
    phone = shown(kiosk, AskPhone)
    kiosk.qtbot.keyClicks(phone.pad, PHONE)
    phone.next_button.click()
    consent = shown(kiosk, AskConsent)
    consent.name.fill("이보호")
    consent.identification.agree(True)
    consent.next_button.click()
    return shown(kiosk, PetForm)


def tell_and_capture(kiosk: Kiosk, form: PetForm, name: str) -> None:
    form.name.fill(name)
    form.next_button.click()
    kiosk.camera.show("dog-1", GOOD)
    shown(kiosk, Capture)


def test_a_dog_is_enrolled_without_a_shutter_and_its_guardian_kept(kiosk: Kiosk) -> None:
    tell_and_capture(kiosk, to_the_form(kiosk), "초코")
    saved = shown(kiosk, Saved)
    pet = saved.certificate.pet
    assert pet.pet_did in saved.pet_did.text().replace("\u200b", "")
    stored = kiosk.desk.engine.holdings.records.pet(pet.pet_did)
    assert stored.guardian is not None
    assert (stored.guardian.name, stored.guardian.phone) == ("이보호", "+821023456789")
    assert [consent.kind for consent in stored.consents] == [ConsentKind.IDENTIFICATION]
    assert stored.operator == "S1"


def test_the_certificate_is_a_pdf_that_says_the_pet_did(kiosk: Kiosk) -> None:
    tell_and_capture(kiosk, to_the_form(kiosk), "초코")
    saved = shown(kiosk, Saved)
    saved.pdf_button.click()
    kiosk.until(saved.written.isVisible)
    (file,) = kiosk.desk.files.place_for("x").parent.glob("*.pdf")
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.stat().st_size > 20_000


def test_a_dog_that_is_enrolled_already_is_shown_beside_its_photo_and_not_enrolled_twice(kiosk: Kiosk) -> None:
    tell_and_capture(kiosk, to_the_form(kiosk), "초코")
    shown(kiosk, Saved).home_button.click()
    kiosk.window.home()
    flow = EnrolmentFlow(kiosk.desk)
    flow.begin()
    shown(kiosk, AskPhone)
    kiosk.qtbot.keyClicks(shown(kiosk, AskPhone).pad, PHONE)
    shown(kiosk, AskPhone).next_button.click()
    consent = shown(kiosk, AskConsent)
    assert consent.name.text == "이보호"
    consent.identification.agree(True)
    consent.next_button.click()
    tell_and_capture(kiosk, shown(kiosk, PetForm), "쿠키")
    duplicate = shown(kiosk, Duplicate)
    kiosk.until(lambda: "초코" in duplicate.known_name.text())
    kiosk.until(lambda: not duplicate.known_photo.empty)
    duplicate.same_button.click()
    assert kiosk.desk.engine.holdings.records.pet_count() == 1


def test_without_a_guardian_nothing_personal_is_kept(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    EnrolmentFlow(kiosk.desk).begin()
    shown(kiosk, AskPhone).without_button.click()
    tell_and_capture(kiosk, shown(kiosk, PetForm), "길동이")
    saved = shown(kiosk, Saved)
    assert kiosk.desk.engine.holdings.records.pet(saved.certificate.pet.pet_did).guardian is None


def test_who_goes_back_and_enrols_without_a_guardian_takes_the_consent_back(kiosk: Kiosk) -> None:
    form = to_the_form(kiosk)
    kiosk.window.back()
    kiosk.window.back()
    shown(kiosk, AskPhone).without_button.click()
    assert shown(kiosk, PetForm) is not form
    tell_and_capture(kiosk, shown(kiosk, PetForm), "초코")
    pet = shown(kiosk, Saved).certificate.pet
    assert pet.guardian is None
    assert not pet.consents


def test_another_telephone_number_asks_for_consent_anew(kiosk: Kiosk) -> None:
    to_the_form(kiosk)
    kiosk.window.back()
    kiosk.window.back()
    phone = shown(kiosk, AskPhone)
    phone.phone.fill("01077778888")
    phone.next_button.click()
    consent = shown(kiosk, AskConsent)
    assert not consent.identification.agreed
    assert consent.name.text == ""


@pytest.mark.parametrize("typed", ["nan", "inf", "3.7"])
def test_an_age_that_is_no_whole_number_is_refused_in_words(kiosk: Kiosk, typed: str) -> None:
    form = to_the_form(kiosk)
    form.name.fill("초코")
    form.age.line.setText(typed)
    form.next_button.click()
    assert "NP_1008" in form.trouble.text()


def test_a_telephone_number_that_is_none_is_refused_below_its_field(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    EnrolmentFlow(kiosk.desk).begin()
    phone = shown(kiosk, AskPhone)
    kiosk.qtbot.keyClicks(phone.pad, "12")
    phone.next_button.click()
    kiosk.until(lambda: "NP_1005" in phone.phone.complaint)
    assert kiosk.window.screen_shown is phone


def test_nothing_about_the_guardian_is_kept_without_the_needed_consent(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    EnrolmentFlow(kiosk.desk).begin()
    kiosk.qtbot.keyClicks(shown(kiosk, AskPhone).pad, PHONE)
    shown(kiosk, AskPhone).next_button.click()
    consent = shown(kiosk, AskConsent)
    consent.name.fill("이보호")
    consent.next_button.click()
    assert consent.trouble.isVisible()
    assert kiosk.window.screen_shown is consent


def test_a_microchip_number_that_is_none_is_refused_below_its_field(kiosk: Kiosk) -> None:
    form = to_the_form(kiosk)
    form.name.fill("초코")
    form.microchip.fill("123")
    form.next_button.click()
    assert "NP_1006" in form.microchip.complaint


def test_a_weight_in_letters_is_refused_in_words(kiosk: Kiosk) -> None:
    form = to_the_form(kiosk)
    form.name.fill("초코")
    form.weight.fill("heavy")
    form.next_button.click()
    assert "NP_1008" in form.trouble.text()


def test_a_dog_without_a_name_is_asked_for_one(kiosk: Kiosk) -> None:
    form = to_the_form(kiosk)
    form.next_button.click()
    assert "NP_1008" in form.name.complaint
