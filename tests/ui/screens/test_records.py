"""Finding, looking at, correcting and erasing records."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from sqlalchemy import text

from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.records.correcting import CorrectGuardian
from kiosk_app.screens.records.detail import Detail
from kiosk_app.screens.records.search import RecordSearch
from kiosk_app.shell.question import Question
from kiosk_app.shell.save_to import SaveTo
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import RowButton
from noseprint.records.audit_events import AuditEvent
from noseprint.records.staff import Role
from tests.ui.dogs import take_records_away

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk


def names(screen: RecordSearch) -> list[str]:
    return [row.headline.text() for row in screen.rows.shown if isinstance(row, RowButton)]


def search(kiosk: Kiosk) -> RecordSearch:
    kiosk.sign_in()
    screen = RecordSearch(kiosk.desk)
    kiosk.show(screen)
    return screen


def detail(kiosk: Kiosk, pet: Pet) -> Detail:
    kiosk.sign_in()
    kiosk.show(RecordSearch(kiosk.desk))
    screen = Detail(kiosk.desk, pet.pet_did)
    kiosk.window.show_next(screen)
    kiosk.settle()
    return screen


def test_the_newest_come_first_with_breed_guardian_and_photo(kiosk: Kiosk, choco: Pet, bori: Pet) -> None:
    screen = search(kiosk)
    assert names(screen) == [bori.facts.name, choco.facts.name]
    first, second = screen.rows.shown
    assert isinstance(first, RowButton)
    assert isinstance(second, RowButton)
    assert (first.below.text(), second.below.text()) == ("진돗개 · 최하늘", "말티즈 · 박보호")
    kiosk.until(lambda: not any(picture.empty for picture in screen.rows.findChildren(Picture)))


@pytest.mark.parametrize("typed", ["초코", "1234-5678", "410094000000001", "박보호"])
def test_a_dog_is_found_by_what_is_typed_after_a_pause(kiosk: Kiosk, choco: Pet, bori: Pet, typed: str) -> None:
    screen = search(kiosk)
    screen.field.fill(typed)
    assert len(names(screen)) == 2
    kiosk.until(lambda: names(screen) == [choco.facts.name])
    assert bori.pet_did != choco.pet_did


def test_what_is_shown_is_written_down_without_what_was_typed(kiosk: Kiosk, choco: Pet) -> None:
    screen = search(kiosk)
    screen.field.fill(choco.facts.name)
    screen.field.confirmed.emit()
    kiosk.settle()
    records = kiosk.desk.engine.holdings.records
    told = records.trail.entries(records.engine)
    found = [entry for entry in told if entry.event_id == AuditEvent.RECORDS_SEARCHED.id]
    assert [dict(entry.details) for entry in found] == [{"found": 1}] * 2
    assert {entry.operator for entry in found} == {"S1"}


def test_that_nothing_was_found_is_said(kiosk: Kiosk, choco: Pet) -> None:
    screen = search(kiosk)
    assert names(screen) == [choco.facts.name]
    screen.field.fill("없는 이름")
    kiosk.until(lambda: names(screen) == [])
    assert "찾는 기록이 없어요" in screen.rows.empty.text()


def test_that_no_dog_is_enrolled_is_said(kiosk: Kiosk) -> None:
    screen = search(kiosk)
    assert "아직 등록된 강아지가 없어요" in screen.rows.empty.text()


def test_nothing_is_searched_after_the_screen_was_left(kiosk: Kiosk, choco: Pet) -> None:
    screen = search(kiosk)
    screen.field.fill(choco.facts.name)
    assert screen.about_to_search
    screen.left()
    assert not screen.about_to_search


def test_records_that_cannot_be_read_are_said_with_the_code(kiosk: Kiosk, choco: Pet) -> None:
    screen = search(kiosk)
    take_records_away(kiosk.desk.engine)
    screen.field.fill(choco.facts.name)
    kiosk.until(screen.trouble.isVisible)
    assert "NP_" in screen.trouble.text()


def saving(kiosk: Kiosk, screen: RecordSearch) -> SaveTo[int]:
    screen.export_button.click()
    shown = kiosk.window.screen_shown
    assert isinstance(shown, SaveTo)
    kiosk.until(lambda: bool(shown.rows.shown))
    return shown


def press(row: QWidget) -> None:
    assert isinstance(row, RowButton)
    row.click()


def test_admins_save_all_records_as_csv(kiosk: Kiosk, choco: Pet, tmp_path: Path) -> None:
    screen = search(kiosk)
    press(saving(kiosk, screen).rows.shown[0])
    kiosk.until(screen.notice.isVisible)
    assert screen.notice.sentence.text() == "1마리의 기록을 저장했어요"
    (file,) = (tmp_path / "papers").glob("*.csv")
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert rows[1][1] == choco.facts.name


def test_a_csv_that_cannot_be_written_is_said(kiosk: Kiosk, choco: Pet, tmp_path: Path) -> None:
    (tmp_path / "papers").write_text("in the way", "utf-8")
    screen = search(kiosk)
    where = saving(kiosk, screen)
    press(where.rows.shown[0])
    kiosk.until(where.trouble.isVisible)
    assert "NP_1010" in where.trouble.text()
    assert choco.pet_did


def test_staff_see_no_way_to_take_all_records_away(kiosk: Kiosk, choco: Pet) -> None:
    kiosk.sign_in()
    operators, admin = kiosk.desk.engine.operators, kiosk.desk.session.signed_in
    staff = operators.add(admin, "이간호", Role.STAFF, "493817")
    kiosk.desk.session.begin(operators.sign_in(staff.staff_id, "493817"), staff)
    screen = RecordSearch(kiosk.desk)
    kiosk.show(screen)
    assert not screen.export_button.isVisible()
    shown = Detail(kiosk.desk, choco.pet_did)
    kiosk.show(shown)
    assert not shown.erase_button.isVisible()


def test_a_record_shows_facts_photos_guardian_and_history(kiosk: Kiosk, choco: Pet, noses: Path) -> None:
    probe = min((noses / "dog-1").glob("*.jpg")).read_bytes()
    kiosk.desk.engine.clinic.verify(choco.pet_did, probe, "staff")
    screen = detail(kiosk, choco)
    assert screen.heading.text() == "초코"
    assert {"박보호", "+821012345678", "말티즈", "수컷", "했어요", "3살", "4.2 kg"} <= set(screen.facts.values)
    kiosk.until(lambda: not any(picture.empty for picture in screen.photos if picture.isVisible()))
    told = " ".join(label.text() for label in screen.history.findChildren(QLabel))
    assert "반려견 등록" in told
    assert "같은 강아지" in told


def test_a_record_speaks_english_at_once(kiosk: Kiosk, choco: Pet) -> None:
    screen = detail(kiosk, choco)
    kiosk.desk.face.speaker.speak("en")
    assert {"Maltese", "Male", "3 years"} <= set(screen.facts.values)


def test_the_contact_is_for_those_who_are_signed_in(kiosk: Kiosk, choco: Pet) -> None:
    screen = Detail(kiosk.desk, choco.pet_did)
    kiosk.show(screen)
    assert "+821012345678" not in screen.facts.values
    assert "로그인하면 보여요" in screen.facts.values


def test_facts_are_corrected(kiosk: Kiosk, choco: Pet) -> None:
    screen = detail(kiosk, choco)
    screen.correct_button.click()
    form = kiosk.window.screen_shown
    assert isinstance(form, PetForm)
    form.name.fill("코코")
    form.next_button.click()
    kiosk.until(lambda: screen.heading.text() == "코코")
    assert kiosk.desk.engine.holdings.records.pet(choco.pet_did).facts.microchip == choco.facts.microchip


def test_a_breed_that_no_list_has_survives_a_correction(kiosk: Kiosk, bori: Pet) -> None:
    screen = detail(kiosk, bori)
    screen.correct_button.click()
    form = kiosk.window.screen_shown
    assert isinstance(form, PetForm)
    form.name.fill("보리보리")
    form.next_button.click()
    kiosk.until(lambda: screen.heading.text() == "보리보리")
    assert kiosk.desk.engine.holdings.records.pet(bori.pet_did).facts.breed == "진돗개"


def test_a_microchip_that_another_dog_has_is_refused(kiosk: Kiosk, choco: Pet, bori: Pet) -> None:
    screen = detail(kiosk, bori)
    screen.correct_button.click()
    form = kiosk.window.screen_shown
    assert isinstance(form, PetForm)
    form.microchip.fill(choco.facts.microchip or "")
    form.next_button.click()
    kiosk.until(form.trouble.isVisible)
    assert "NP_1007" in form.trouble.text()


def correcting_guardian(kiosk: Kiosk, pet: Pet) -> CorrectGuardian:
    detail(kiosk, pet).guardian_button.click()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, CorrectGuardian)
    return screen


def test_a_guardians_name_is_corrected(kiosk: Kiosk, choco: Pet) -> None:
    screen = correcting_guardian(kiosk, choco)
    screen.name.fill("박보호자")
    screen.save_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Detail))
    kiosk.settle()
    guardian = kiosk.desk.engine.holdings.records.pet(choco.pet_did).guardian
    assert guardian
    assert (guardian.name, guardian.phone) == ("박보호자", "+821012345678")


def test_another_number_needs_consent(kiosk: Kiosk, choco: Pet) -> None:
    screen = correcting_guardian(kiosk, choco)
    screen.phone.fill("010-7777-8888")
    screen.save_button.click()
    kiosk.until(screen.trouble.isVisible)
    screen.consent.agree(True)
    screen.save_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Detail))
    kiosk.settle()
    guardian = kiosk.desk.engine.holdings.records.pet(choco.pet_did).guardian
    assert guardian
    assert guardian.phone == "+821077778888"


def test_a_number_that_is_none_is_said_at_its_field(kiosk: Kiosk, choco: Pet) -> None:
    screen = correcting_guardian(kiosk, choco)
    screen.phone.fill("12")
    screen.save_button.click()
    kiosk.until(lambda: screen.phone.line.property("tone") == "bad")


def test_erasing_asks_first_and_leaves_nothing_personal(kiosk: Kiosk, choco: Pet) -> None:
    screen = detail(kiosk, choco)
    screen.erase_button.click()
    question = kiosk.window.screen_shown
    assert isinstance(question, Question)
    assert "초코" in question.heading.text()
    question.yes_button.click()
    kiosk.until(screen.notice.isVisible)
    kiosk.settle()
    assert "보호자 요청으로 삭제한 기록" in screen.notice.sentence.text()
    assert not screen.correct_button.isEnabled()
    pet = kiosk.desk.engine.holdings.records.pet(choco.pet_did)
    assert (pet.guardian, pet.photo_keys) == (None, ())


def test_whoever_goes_back_erases_nothing(kiosk: Kiosk, choco: Pet) -> None:
    detail(kiosk, choco).erase_button.click()
    kiosk.window.back()
    kiosk.settle()
    assert kiosk.desk.engine.holdings.records.pet(choco.pet_did).guardian


def damage(kiosk: Kiosk, table: str) -> None:
    """Overwrite what is sealed of the pet, or of the guardian, that came in first."""
    with kiosk.desk.engine.holdings.records.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET sealed = :sealed WHERE id = 1"), {"sealed": bytes(300)})  # noqa: S608


def test_a_damaged_record_is_listed_in_words_beside_the_others(kiosk: Kiosk, choco: Pet, bori: Pet) -> None:
    damage(kiosk, "pets")
    screen = search(kiosk)
    assert names(screen) == [bori.facts.name, "읽을 수 없는 기록"]
    damaged = screen.rows.shown[1]
    assert isinstance(damaged, RowButton)
    assert damaged.below.text() == f"손상됨 · NP_2010 · {choco.pet_did}"


@pytest.mark.parametrize("table", ["pets", "guardians"])
def test_a_damaged_record_says_so_and_is_not_corrected(kiosk: Kiosk, choco: Pet, table: str) -> None:
    damage(kiosk, table)
    screen = detail(kiosk, choco)
    assert "NP_2010" in screen.trouble.text()
    assert not screen.correct_button.isEnabled()
    assert not screen.guardian_button.isEnabled()
    assert screen.heading.text() == ("읽을 수 없는 기록" if table == "pets" else choco.facts.name)
    assert ("손상되어 읽을 수 없어요" in screen.facts.values) == (table == "guardians")
    assert choco.pet_did in screen.facts.values
