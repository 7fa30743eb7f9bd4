"""Who comes in sees what is theirs: the first start, an idle lock, a draft that a crash left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

from kiosk_app.kiosk import Kiosk as Program
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.guardian import AskPhone
from kiosk_app.screens.enrolment.resume import Resume
from kiosk_app.screens.home import Home
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.shell.idle import IdleWatch
from kiosk_app.work.sync_news import SyncNews
from noseprint.capture.simulated_camera import GOOD, Shot
from noseprint.disk import locked
from noseprint.errors import ErrorCode
from noseprint.records.entities import ConsentKind, PetFacts, Sex
from noseprint.records.staff import Operator, Role
from tests.ui.conftest import PIN, Kiosk

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from kiosk_app.face import Face
    from kiosk_app.shell.screen import Screen

Shown = TypeVar("Shown", bound="Screen")
FAR = (Shot("far", 3000, nose=0.35),)


def shown(kiosk: Kiosk, kind: type[Shown]) -> Shown:
    kiosk.qtbot.waitUntil(lambda: isinstance(kiosk.window.screen_shown, kind), timeout=20_000)
    kiosk.settle()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, kind)
    return screen


def admin(kiosk: Kiosk, name: str = "김수의") -> Operator:
    return kiosk.desk.engine.operators.add(kiosk.desk.session.signed_in, name, Role.ADMIN, PIN)


def enter_pin(kiosk: Kiosk) -> None:
    screen = shown(kiosk, SignIn)
    kiosk.until(screen.entry.pad.isEnabled)
    kiosk.qtbot.keyClicks(screen.entry.pad, PIN)
    screen.entry.pad.confirmed.emit()


def begin(kiosk: Kiosk) -> Program:
    program = Program(kiosk.desk, kiosk.window, SyncNews())
    program.begin()
    return program


def test_the_very_first_start_sets_an_admin_up(kiosk: Kiosk) -> None:
    begin(kiosk)
    shown(kiosk, FirstStart)


def test_every_other_start_asks_who_is_there(kiosk: Kiosk) -> None:
    admin(kiosk)
    begin(kiosk)
    enter_pin(kiosk)
    shown(kiosk, Home)


def test_what_was_under_way_is_there_again_after_the_idle_lock(kiosk: Kiosk) -> None:
    admin(kiosk)
    program = begin(kiosk)
    enter_pin(kiosk)
    shown(kiosk, Home).enrol.click()
    phone = shown(kiosk, AskPhone)
    phone.phone.fill("010-2345")
    program.lock()
    assert kiosk.desk.session.signed_in is None
    enter_pin(kiosk)
    assert shown(kiosk, AskPhone) is phone
    assert phone.phone.text == "010-2345"


def test_nobody_is_locked_out_of_the_sign_in(kiosk: Kiosk) -> None:
    admin(kiosk)
    program = begin(kiosk)
    before = shown(kiosk, SignIn)
    program.lock()
    assert kiosk.window.screen_shown is before


def test_a_draft_that_a_crash_left_is_offered_and_taken_up_with_its_photos(kiosk: Kiosk, noses: Path) -> None:
    who = admin(kiosk)
    photos = [(noses / "dog-1" / f"0{number}.jpg").read_bytes() for number in (1, 2)]
    facts = PetFacts("초코", breed="Poodle", age_years=3, sex=Sex.FEMALE, neutered=True, weight_kg=4.2)
    left = EnrolmentForm("+821023456789", "이보호", {ConsentKind.IDENTIFICATION}, facts, photos)
    kiosk.desk.engine.drafts.keep(who.staff_id, left.draft())
    kiosk.camera.show("dog-1", FAR)
    begin(kiosk)
    enter_pin(kiosk)
    shown(kiosk, Resume).go_on_button.click()
    capture = shown(kiosk, Capture)
    kiosk.until(lambda: len(capture.session.photos) == 2)
    assert not any(photo.from_file for photo in capture.session.photos)


def test_a_draft_that_is_given_up_is_gone(kiosk: Kiosk) -> None:
    who = admin(kiosk)
    kiosk.desk.engine.drafts.keep(who.staff_id, EnrolmentForm("+821023456789").draft())
    begin(kiosk)
    enter_pin(kiosk)
    shown(kiosk, Resume).give_up_button.click()
    shown(kiosk, Home)
    assert kiosk.desk.engine.drafts.load(who.staff_id) is None


def test_a_draft_holds_everything_that_was_told() -> None:
    facts = PetFacts("초코", breed="Poodle", age_years=3, sex=Sex.FEMALE, neutered=True, weight_kg=4.2, microchip=None)
    form = EnrolmentForm("+821023456789", "이보호", {ConsentKind.IDENTIFICATION}, facts, [b"jpeg"])
    assert EnrolmentForm.of_draft(form.draft()) == form


def test_photos_are_in_the_draft_as_soon_as_they_are_taken(kiosk: Kiosk) -> None:
    who = admin(kiosk)
    kiosk.desk.engine.drafts.keep(who.staff_id, EnrolmentForm(facts=PetFacts("초코")).draft())
    kiosk.camera.show("dog-1", GOOD)
    begin(kiosk)
    enter_pin(kiosk)
    shown(kiosk, Resume).go_on_button.click()
    kiosk.qtbot.waitUntil(lambda: photos_in_draft(kiosk, who) >= 1, timeout=20_000)


def photos_in_draft(kiosk: Kiosk, who: Operator) -> int:
    draft = kiosk.desk.engine.drafts.load(who.staff_id)
    return len(draft.photos) if draft else 0


def test_idleness_is_noticed_and_a_touch_puts_it_off(qtbot: QtBot, face: Face) -> None:
    del face
    idle: list[bool] = []
    watch = IdleWatch(0.05, lambda: idle.append(True))
    qtbot.waitUntil(lambda: bool(idle))
    watch.deleteLater()


def test_a_second_kiosk_on_the_same_folder_says_so(tmp_path: Path) -> None:
    with locked(tmp_path / ".kiosk.lock", wait_s=0.0):
        command = [
            sys.executable,
            "-c",
            "from command_line.entry import run; run()",
            "kiosk",
            "--windowed",
            "--camera",
            "simulated",
        ]
        environment = os.environ | {"NOSEPRINT_DATA_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode != 0
    assert ErrorCode.ALREADY_RUNNING.value in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_kiosk_that_fills_the_screen_is_closed_by_an_admin_alone(kiosk: Kiosk) -> None:
    admin(kiosk)
    program = begin(kiosk)
    kiosk.window.keep_open(locked=True)
    kiosk.window.close()
    assert kiosk.window.isVisible()
    enter_pin(kiosk)
    home = shown(kiosk, Home)
    staff = kiosk.desk.engine.operators.add(kiosk.desk.session.signed_in, "박직원", Role.STAFF, PIN)
    leader = kiosk.desk.session.signed_in, kiosk.desk.session.operator
    kiosk.desk.session.begin(kiosk.desk.engine.operators.sign_in(staff.staff_id, PIN), staff)
    program.leave()
    assert kiosk.window.isVisible()
    assert ErrorCode.NOT_ALLOWED.value in home.trouble.text()
    kiosk.desk.session.begin(*leader)
    program.leave()
    assert not kiosk.window.isVisible()
