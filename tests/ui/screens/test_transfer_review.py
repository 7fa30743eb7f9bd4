"""The review band: another photo, or a second person's word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from kiosk_app.screens.approval import ApproveByAnother
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.transfer.new_guardian import NewGuardian
from kiosk_app.screens.transfer.signed import SignedResult
from kiosk_app.screens.transfer.verdict import VerdictScreen
from kiosk_app.shell.screen import Screen
from noseprint.attestation.signing import check
from noseprint.records.approval import Approval, ApprovalReason
from noseprint.records.staff import Operator, Role
from noseprint.settings import Settings
from noseprint.vault.key_ring import KeyRing
from tests.ui.screens.test_enrolment import shown
from tests.ui.screens.test_transfer import key_of, verify

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk

OTHER_PIN = "583920"


@pytest.fixture
def kiosk_settings(tmp_path: Path) -> Settings:
    """A clinic that believes hardly any nose at once."""
    return Settings(
        data_dir=tmp_path / "clinic",
        master_key=KeyRing.generate().written(),
        grpc_host="127.0.0.1",
        grpc_port=0,
        same_similarity=1.0,
        review_similarity=0.5,
    )


def add_a_colleague(kiosk: Kiosk) -> Operator:
    return kiosk.desk.engine.operators.add(kiosk.desk.session.signed_in, "이테크", Role.STAFF, OTHER_PIN)


def ask_for_approval(kiosk: Kiosk) -> ApproveByAnother:
    screen = verify(kiosk, "dog-1")
    add_a_colleague(kiosk)
    assert screen.answer.sentence.text() == "한 번 더 확인이 필요합니다"
    assert screen.main_button.text() == "다시 찍기"
    assert screen.other_button is not None
    screen.other_button.click()
    approval = shown(kiosk, ApproveByAnother)
    kiosk.until(lambda: bool(approval.people))
    return approval


def enter(kiosk: Kiosk, screen: ApproveByAnother, pin: str) -> None:
    kiosk.until(screen.entry.pad.isEnabled)
    kiosk.qtbot.keyClicks(screen.entry.pad, pin)
    screen.entry.pad.confirmed.emit()


@pytest.mark.usefixtures("choco")
def test_an_open_verdict_asks_for_another_photo_first(kiosk: Kiosk) -> None:
    verify(kiosk, "dog-1").main_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Capture))


def test_a_colleague_approves_and_the_record_and_the_result_say_so(kiosk: Kiosk, choco: Pet) -> None:
    approval = ask_for_approval(kiosk)
    assert [button.text() for button in approval.people] == ["이테크"], "who is signed in is not offered"
    enter(kiosk, approval, OTHER_PIN)
    screen = shown(kiosk, VerdictScreen)
    assert "승인했어요" in screen.answer.meaning.text()
    (kept,) = kiosk.desk.engine.holdings.records.verifications(choco.pet_did)
    assert (kept.verdict, kept.approval) == ("review", Approval("S2", ApprovalReason.REVIEW_BAND))
    assert kiosk.desk.session.staff_id == "S1", "who is signed in stays so"
    screen.main_button.click()
    shown(kiosk, NewGuardian).without_button.click()
    signed = shown(kiosk, SignedResult)
    statement = check(signed.signed.statement.compact, datetime.now(UTC), [key_of(signed)])
    assert (statement.verdict, statement.approved) == ("review", "review_band")


@pytest.mark.usefixtures("choco")
def test_a_wrong_pin_approves_nothing(kiosk: Kiosk) -> None:
    approval = ask_for_approval(kiosk)
    enter(kiosk, approval, "999999")
    kiosk.until(approval.trouble.isVisible)
    assert "NP_1012" in approval.trouble.text()
    assert kiosk.window.screen_shown is approval
    enter(kiosk, approval, OTHER_PIN)
    shown(kiosk, VerdictScreen)


def test_nobody_approves_of_their_own_work(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    colleague = add_a_colleague(kiosk)
    given: list[Approval] = []
    screen = ApproveByAnother(kiosk.desk, ApprovalReason.REVIEW_BAND, kiosk.window.back, given.append)
    kiosk.show(Screen(kiosk.desk.face))
    kiosk.window.show_next(screen)
    kiosk.until(lambda: bool(screen.people))
    # Who was chosen has signed in meanwhile.
    kiosk.desk.session.begin(kiosk.desk.engine.operators.sign_in(colleague.staff_id, OTHER_PIN), colleague)
    enter(kiosk, screen, OTHER_PIN)
    kiosk.until(screen.trouble.isVisible)
    assert "NP_1019" in screen.trouble.text()
    assert not given


def test_where_nobody_else_works_it_is_said(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    screen = ApproveByAnother(kiosk.desk, ApprovalReason.TOO_FEW_GOOD_FRAMES, kiosk.window.back, lambda _: None)
    kiosk.show(screen)
    kiosk.until(screen.trouble.isVisible)
    assert "다른 직원이 없어요" in screen.trouble.text()
    assert not screen.people
