"""Looking a found dog up, before the simulated camera and from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.look_up.flow import LookUpFlow
from kiosk_app.screens.look_up.found import Found
from kiosk_app.screens.waiting import Waiting
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.candidate import CandidateLine
from noseprint.clinic import EnrolmentRequest
from noseprint.records.entities import PetFacts
from tests.ui.dogs import photos_of
from tests.ui.screens.test_enrolment import shown
from tests.ui.screens.test_transfer import put_before_the_camera

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk


class Enrolments:
    """How often an enrolment was begun."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1


def begin(kiosk: Kiosk, dog: str, enrolments: Enrolments | None = None) -> None:
    kiosk.sign_in()
    kiosk.show(Screen(kiosk.desk.face))
    put_before_the_camera(kiosk, dog)
    LookUpFlow(kiosk.desk, (enrolments or Enrolments()).begin).begin()


def names(screen: Found) -> list[str]:
    return [line.name.text() for line in screen.candidates.shown if isinstance(line, CandidateLine)]


@pytest.mark.usefixtures("choco", "bori")
def test_an_enrolled_dog_is_named_with_whom_to_call(kiosk: Kiosk) -> None:
    begin(kiosk, "dog-1")
    screen = shown(kiosk, Found)
    assert screen.answer.sentence.text() == "초코입니다"
    assert screen.dog.phone.text() == "010-1234-5678"
    assert not screen.dog.nose.empty
    assert names(screen) == ["초코", "보리"]
    assert screen.main_button.text() == "처음으로"


@pytest.mark.usefixtures("bori")
def test_an_unknown_dog_is_said_calmly_and_can_be_enrolled(kiosk: Kiosk) -> None:
    enrolments = Enrolments()
    begin(kiosk, "dog-1", enrolments)
    screen = shown(kiosk, Found)
    assert screen.answer.sentence.text() == "등록되지 않은 강아지예요"
    assert not screen.dog.phone.isVisible()
    assert names(screen) == ["보리"]
    screen.main_button.click()
    assert enrolments.begun == 1


def test_where_no_dog_is_enrolled_the_answer_is_unknown(kiosk: Kiosk) -> None:
    begin(kiosk, "dog-1")
    screen = shown(kiosk, Found)
    assert screen.answer.sentence.text() == "등록되지 않은 강아지예요"
    assert "비교할 강아지가 아직 없어요" in screen.candidates.empty.text()


@pytest.mark.usefixtures("choco", "bori")
def test_another_photo_can_be_taken(kiosk: Kiosk) -> None:
    begin(kiosk, "dog-3")
    first = shown(kiosk, Found)
    put_before_the_camera(kiosk, "dog-2")
    first.again_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Capture))
    assert shown(kiosk, Found).answer.sentence.text() == "보리입니다"


@pytest.mark.usefixtures("choco", "bori")
def test_a_photo_from_a_file_is_looked_up_as_well(kiosk: Kiosk, noses: Path) -> None:
    kiosk.camera.trouble = None
    begin(kiosk, "dog-3")
    capture = shown(kiosk, Capture)
    capture.take_files([("found.jpg", photos_of(noses, "dog-2")[4])])
    assert shown(kiosk, Found).answer.sentence.text() == "보리입니다"


def test_a_dog_without_a_guardian_is_named_and_the_way_to_the_platform_said(kiosk: Kiosk, noses: Path) -> None:
    request = EnrolmentRequest(photos_of(noses, "dog-1"), 2, PetFacts("길동이"))
    pet: Pet = kiosk.desk.engine.clinic.enrol(request).pet
    begin(kiosk, "dog-1")
    screen = shown(kiosk, Found)
    assert screen.answer.sentence.text() == "길동이입니다"
    assert not screen.dog.phone.isVisible()
    assert pet.pet_did in screen.dog.pet_did.text().replace("\u200b", "")


@pytest.mark.usefixtures("choco")
def test_what_goes_wrong_is_said_and_another_try_offered(kiosk: Kiosk, tmp_path: Path) -> None:
    begin(kiosk, "dog-1")
    shown(kiosk, Capture)
    database = tmp_path / "clinic" / "records.db"
    kiosk.desk.engine.holdings.records.close()
    database.rename(tmp_path / "away")
    database.mkdir()
    waiting = shown(kiosk, Waiting)
    kiosk.until(lambda: "NP_2003" in waiting.sentence.text())
