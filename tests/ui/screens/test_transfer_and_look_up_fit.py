"""The screens of a transfer and a look-up, with what they show in earnest: nothing is clipped, nothing overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from kiosk_app.design.theme import Theme
from kiosk_app.face import Face
from kiosk_app.screens.approval import ApproveByAnother
from kiosk_app.screens.look_up.flow import LookUpFlow
from kiosk_app.screens.look_up.found import Found
from kiosk_app.screens.transfer.find_pet import FindPet
from kiosk_app.screens.transfer.flow import TransferFlow
from kiosk_app.screens.transfer.new_guardian import NewGuardian
from kiosk_app.screens.transfer.signed import SignedResult
from kiosk_app.screens.transfer.verdict import VerdictScreen
from kiosk_app.screens.waiting import Waiting
from kiosk_app.shell.head import Head
from kiosk_app.shell.screen import Screen
from kiosk_app.speech.speaker import Speaker
from noseprint.records.approval import ApprovalReason
from noseprint.records.staff import Role
from tests.ui.geometry import PseudoSpeaker, faults_of
from tests.ui.screens.test_enrolment import shown
from tests.ui.screens.test_transfer import ELSEWHERE, put_before_the_camera

if TYPE_CHECKING:
    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk

SIZES = [(1024, 768), (1280, 800), (1920, 1080), (800, 1280)]


@pytest.fixture(params=["ko", "en", "longer"])
def face(request: pytest.FixtureRequest, _fonts: None) -> Face:
    return Face(Theme(), PseudoSpeaker() if request.param == "longer" else Speaker(request.param))


def require_fit(kiosk: Kiosk) -> None:
    """The screen that is shown fits in every window."""
    faults: dict[tuple[int, int], list[str]] = {}
    for size in SIZES:
        kiosk.window.resize(*size)
        kiosk.rest()
        if found := faults_of(kiosk.window):
            faults[size] = found
    assert not faults


def open_window(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    kiosk.window.put_head(Head(kiosk.desk.face, kiosk.desk.session, "서울동물병원", kiosk.window.home))
    kiosk.show(Screen(kiosk.desk.face))


def find(kiosk: Kiosk, text: str) -> None:
    """Search, and choose the one row."""
    screen = shown(kiosk, FindPet)
    screen.field.fill(text)
    kiosk.until(lambda: bool(screen.rows.shown))
    require_fit(kiosk)
    (row,) = screen.rows.shown
    assert isinstance(row, QPushButton)
    row.click()


def test_from_the_search_to_the_signed_result(kiosk: Kiosk, choco: Pet) -> None:
    open_window(kiosk)
    put_before_the_camera(kiosk, "dog-1")
    TransferFlow(kiosk.desk).begin()
    find(kiosk, choco.facts.name)
    verdict = shown(kiosk, VerdictScreen)
    kiosk.until(lambda: bool(verdict.points.text()))
    require_fit(kiosk)
    verdict.main_button.click()
    guardian = shown(kiosk, NewGuardian)
    require_fit(kiosk)
    guardian.without_button.click()
    shown(kiosk, SignedResult)
    require_fit(kiosk)


@pytest.mark.usefixtures("choco")
def test_another_dog(kiosk: Kiosk) -> None:
    open_window(kiosk)
    put_before_the_camera(kiosk, "dog-3")
    TransferFlow(kiosk.desk).begin()
    find(kiosk, "초코")
    verdict = shown(kiosk, VerdictScreen)
    kiosk.until(lambda: bool(verdict.points.text()))
    require_fit(kiosk)


def test_a_dog_of_another_clinic(kiosk: Kiosk) -> None:
    open_window(kiosk)
    put_before_the_camera(kiosk, "dog-1")
    TransferFlow(kiosk.desk).begin()
    find(kiosk, ELSEWHERE)
    waiting = shown(kiosk, Waiting)
    kiosk.until(lambda: "ML_4004" in waiting.sentence.text())
    require_fit(kiosk)


@pytest.mark.parametrize("reason", ApprovalReason)
def test_a_second_person(kiosk: Kiosk, reason: ApprovalReason) -> None:
    open_window(kiosk)
    operators, admin = kiosk.desk.engine.operators, kiosk.desk.session.signed_in
    operators.add(admin, "이테크", Role.STAFF, "583920")
    operators.add(admin, "Maximiliana Featherstonehaugh", Role.STAFF, "583921")
    screen = ApproveByAnother(kiosk.desk, reason, kiosk.window.back, lambda _: None)
    kiosk.window.show_next(screen)
    kiosk.until(lambda: bool(screen.people))
    screen.people[1].click()
    require_fit(kiosk)


@pytest.mark.usefixtures("choco", "bori")
@pytest.mark.parametrize("dog", ["dog-1", "dog-3"])
def test_a_look_up(kiosk: Kiosk, dog: str) -> None:
    open_window(kiosk)
    put_before_the_camera(kiosk, dog)
    LookUpFlow(kiosk.desk, kiosk.window.home).begin()
    shown(kiosk, Found)
    require_fit(kiosk)
