"""A change of guardian before the simulated camera, from the search to the signed result."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.transfer.find_pet import FindPet
from kiosk_app.screens.transfer.flow import TransferFlow
from kiosk_app.screens.transfer.new_guardian import NewGuardian
from kiosk_app.screens.transfer.signed import SignedResult
from kiosk_app.screens.transfer.verdict import VerdictScreen
from kiosk_app.screens.transfer.words import REPORT
from kiosk_app.screens.waiting import Waiting
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.pictures import qr_image
from kiosk_app.widgets.rows import RowButton
from noseprint.attestation.signing import check
from noseprint.attestation.statement import read_bytes
from noseprint.capture.camera import Frame
from noseprint.capture.simulated_camera import GOOD
from tests.conftest import REPOSITORY
from tests.ui.screens.test_enrolment import shown

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk

ELSEWHERE = "did:ethr:besu:0x" + "ab" * 20
NEW_PHONE = "01077778888"


def begin(kiosk: Kiosk) -> FindPet:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    TransferFlow(kiosk.desk).begin()
    return shown(kiosk, FindPet)


def search(kiosk: Kiosk, screen: FindPet, text: str) -> list[RowButton]:
    screen.field.fill(text)
    kiosk.until(lambda: bool(screen.rows.shown) or screen.rows.empty.text().startswith("찾는"))
    return [row for row in screen.rows.shown if isinstance(row, RowButton)]


def put_before_the_camera(kiosk: Kiosk, dog: str) -> None:
    """Put a dog there, and wait until the camera shows it."""
    kiosk.camera.show(dog, GOOD)
    with kiosk.qtbot.waitSignals([kiosk.desk.feed.framed] * 3):
        pass


def verify(kiosk: Kiosk, dog: str) -> VerdictScreen:
    """Say that the dog before the camera is 초코."""
    screen = begin(kiosk)
    put_before_the_camera(kiosk, dog)
    (row,) = search(kiosk, screen, "초코")
    row.click()
    return shown(kiosk, VerdictScreen)


def to_the_new_guardian(kiosk: Kiosk) -> NewGuardian:
    verify(kiosk, "dog-1").main_button.click()
    return shown(kiosk, NewGuardian)


def hold_up(kiosk: Kiosk, text: str) -> None:
    """Hold a QR code before the camera for a frame."""
    code = qr_image(text, 10).convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(code.constBits(), np.uint8).reshape(code.height(), code.bytesPerLine())[:, : code.width()]
    pixels = np.full((720, 1280, 3), 127, np.uint8)
    pixels[100 : 100 + code.height(), 300 : 300 + code.width()] = grey[:, :, None]
    kiosk.desk.feed.framed.emit(Frame(pixels, 0, 1e9))


@pytest.mark.parametrize("text", ["초코", "5678", "010-1234-5678", "410094000000001", "박보호"])
@pytest.mark.usefixtures("choco", "bori")
def test_a_pet_is_found_by_whatever_is_known_of_it(kiosk: Kiosk, text: str) -> None:
    (row,) = search(kiosk, begin(kiosk), text)
    assert row.headline.text() == "초코"
    assert row.below.text() == "말티즈 · 박보호"


@pytest.mark.usefixtures("choco")
def test_what_is_not_there_is_said_in_words(kiosk: Kiosk) -> None:
    screen = begin(kiosk)
    assert not search(kiosk, screen, "없는이름")
    assert "찾는 강아지가 없어요" in screen.rows.empty.text()


def test_a_scanner_that_types_a_pet_did_and_enter_leads_on_by_itself(kiosk: Kiosk, choco: Pet) -> None:
    screen = begin(kiosk)
    kiosk.qtbot.keyClicks(screen.field.line, choco.pet_did + "\r")
    assert "초코" in shown(kiosk, Capture).heading.text()


def test_a_qr_code_before_the_camera_leads_on_by_itself(kiosk: Kiosk, choco: Pet) -> None:
    begin(kiosk)

    def seen() -> bool:
        if isinstance(kiosk.window.screen_shown, FindPet):
            hold_up(kiosk, choco.pet_did)
        return isinstance(kiosk.window.screen_shown, Capture)

    kiosk.until(seen)


def test_a_qr_code_of_something_else_is_said_to_be_none(kiosk: Kiosk) -> None:
    screen = begin(kiosk)

    def seen() -> bool:
        hold_up(kiosk, "https://example.org")
        return "Pet DID가 없어요" in screen.trouble.text()

    kiosk.until(seen)


def test_a_dog_of_another_clinic_that_no_storage_knows_is_refused_in_words(kiosk: Kiosk) -> None:
    screen = begin(kiosk)
    put_before_the_camera(kiosk, "dog-1")
    (row,) = search(kiosk, screen, ELSEWHERE)
    assert "다른 병원" in row.headline.text()
    row.click()
    waiting = shown(kiosk, Waiting)
    kiosk.until(lambda: "ML_4004" in waiting.sentence.text())
    (back,) = (button for button in waiting.findChildren(Button) if button.text() == "뒤로")
    back.click()
    assert not shown(kiosk, Capture).session.photos, "another try begins without the photo that failed"


def test_the_same_dog_is_answered_with_similarity_and_evidence(kiosk: Kiosk, choco: Pet) -> None:
    screen = verify(kiosk, "dog-1")
    assert screen.answer.sentence.text() == "같은 강아지입니다"
    assert screen.similarity.bar.value == pytest.approx(screen.result.comparison.similarity)
    kiosk.until(lambda: not screen.evidence.empty)
    assert "1,721쌍 중 1쌍" in screen.report.text()
    assert screen.main_button.text() == "서명된 결과 만들기"
    (kept,) = kiosk.desk.engine.holdings.records.verifications(choco.pet_did)
    assert (kept.verdict, kept.operator) == ("same", "S1")


@pytest.mark.usefixtures("choco")
def test_another_dog_stops_the_transfer(kiosk: Kiosk) -> None:
    screen = verify(kiosk, "dog-3")
    assert screen.answer.sentence.text() == "다른 강아지입니다"
    assert "소유권 이전을 멈춰" in screen.answer.meaning.text()
    assert screen.main_button.text() == "이전 그만두기"
    screen.main_button.click()
    assert not isinstance(kiosk.window.screen_shown, VerdictScreen)


def test_another_photo_can_be_taken_after_a_verdict(kiosk: Kiosk, choco: Pet) -> None:
    first = verify(kiosk, "dog-3")
    put_before_the_camera(kiosk, "dog-1")
    assert first.other_button is not None
    first.other_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Capture))
    again = shown(kiosk, VerdictScreen)
    assert again.result.verdict == "same"
    assert len(kiosk.desk.engine.holdings.records.verifications(choco.pet_did)) == 2


def test_the_words_about_errors_are_those_of_the_report() -> None:
    text = " ".join((REPOSITORY / "docs" / "biometric-report.md").read_text("utf-8").split())
    assert "called `same` in 1 of 1,721 comparisons, and `review` in 75" in text
    assert "were called `same` in all 107 comparisons" in text
    assert all("1,721" in REPORT[verdict].en for verdict in ("same", "review"))
    assert "107" in REPORT["different"].en


def test_a_signed_result_can_be_checked_by_anyone_who_knows_the_clinic(kiosk: Kiosk, choco: Pet) -> None:
    guardian = to_the_new_guardian(kiosk)
    kiosk.qtbot.keyClicks(guardian.pad, NEW_PHONE)
    guardian.consent.agree(True)
    guardian.sign_button.click()
    screen = shown(kiosk, SignedResult)
    signed = screen.signed.statement
    statement = check(signed.compact, datetime.now(UTC), [key_of(screen)])
    assert (statement.pet, statement.verdict) == (choco.pet_did, "same")
    assert statement.names_guardian("+821077778888") == "to"
    assert statement.names_guardian("+821012345678") == "from"
    assert screen.remaining.text().startswith(("9:", "10:"))
    screen.save_button.click()
    kiosk.until(lambda: bool(screen.written.text()))
    (file,) = kiosk.desk.files.place_for("x").parent.glob("*.json")
    assert json.loads(file.read_bytes())["signature"] == signed.signature


@pytest.mark.usefixtures("choco")
def test_without_consent_no_number_goes_into_the_result(kiosk: Kiosk) -> None:
    guardian = to_the_new_guardian(kiosk)
    kiosk.qtbot.keyClicks(guardian.pad, NEW_PHONE)
    guardian.sign_button.click()
    kiosk.until(guardian.trouble.isVisible)
    assert "동의" in guardian.trouble.text()
    guardian.without_button.click()
    assert shown(kiosk, SignedResult).signed.statement.statement.guardian_to is None


@pytest.mark.usefixtures("choco")
def test_a_number_that_is_none_is_refused_below_its_field(kiosk: Kiosk) -> None:
    guardian = to_the_new_guardian(kiosk)
    kiosk.qtbot.keyClicks(guardian.pad, "12")
    guardian.consent.agree(True)
    guardian.sign_button.click()
    kiosk.until(lambda: "NP_1005" in guardian.phone.complaint)


@pytest.mark.usefixtures("choco")
def test_after_ten_minutes_the_result_is_taken_away(kiosk: Kiosk) -> None:
    to_the_new_guardian(kiosk).without_button.click()
    first = shown(kiosk, SignedResult)
    later = datetime.now(UTC) + timedelta(minutes=10)
    screen = SignedResult(kiosk.desk, "초코", first.signed, kiosk.window.home, clock=lambda: later)
    kiosk.show(screen)
    assert screen.answer.sentence.text() == "유효 시간이 지났어요"
    assert screen.code.empty
    assert not screen.save_button.isEnabled()


@pytest.mark.usefixtures("choco")
def test_a_folder_that_cannot_be_written_is_said_in_words(kiosk: Kiosk, tmp_path: Path) -> None:
    (tmp_path / "papers").write_bytes(b"no folder")
    to_the_new_guardian(kiosk).without_button.click()
    screen = shown(kiosk, SignedResult)
    screen.save_button.click()
    kiosk.until(screen.trouble.isVisible)
    assert "papers" in screen.trouble.text()


@pytest.mark.usefixtures("choco")
def test_a_verdict_that_comes_while_the_kiosk_is_locked_waits_behind_the_lock(kiosk: Kiosk) -> None:
    screen = begin(kiosk)
    put_before_the_camera(kiosk, "dog-1")
    (row,) = search(kiosk, screen, "초코")
    row.click()
    kiosk.qtbot.waitUntil(lambda: isinstance(kiosk.window.screen_shown, Waiting), timeout=20_000)
    lock = Screen(kiosk.desk.face)
    kiosk.window.show_next(lock)
    kiosk.settle()
    assert kiosk.window.screen_shown is lock
    kiosk.window.back()
    shown(kiosk, VerdictScreen)


def key_of(screen: SignedResult) -> bytes:
    return read_bytes(screen.signed.statement.statement.key)
