"""No text is clipped and nothing overlaps: in Korean, in English and in a language that is longer, at every size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from kiosk_app.design.theme import Theme
from kiosk_app.face import Face
from kiosk_app.kiosk import Kiosk as Program
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.diagnostics import Diagnostics
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.gateway import Gateway
from kiosk_app.screens.home import Errands, Home
from kiosk_app.screens.outbox.outbox import Outbox
from kiosk_app.screens.records.search import RecordSearch
from kiosk_app.screens.settings.group import GroupScreen
from kiosk_app.screens.settings.settings import SettingsScreen
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.screens.staff.new_operator import NewOperator
from kiosk_app.screens.staff.operator import OperatorScreen
from kiosk_app.screens.staff.staff import Staff
from kiosk_app.screens.waiting import Waiting
from kiosk_app.speech.speaker import Speaker
from kiosk_app.work.sync_news import SyncNews
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.settings_words import GROUPS
from tests.ui.geometry import PseudoSpeaker, faults_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.screen import Screen
    from tests.ui.conftest import Kiosk

SIZES = [(1024, 768), (1280, 800), (1920, 1080), (800, 1280)]
TITLE = Words("초코의 코를 찍어요", "Photograph Choco's nose")


def nowhere(*_: object) -> None:
    pass


def in_trouble(desk: Desk) -> Screen:
    screen = Waiting(desk.face, TITLE, nowhere)
    screen.stop(NoseprintError(ErrorCode.DISK_FULL, path="/clinic"))
    return screen


SCREENS: dict[str, Callable[[Desk], Screen]] = {
    "first-start": lambda desk: FirstStart(desk, nowhere),
    "sign-in": lambda desk: SignIn(desk, nowhere),
    "home": lambda desk: Home(desk, Errands(*[nowhere] * 8)),
    "phone": lambda desk: AskPhone(desk, EnrolmentForm(), nowhere, nowhere, nowhere),
    "consent": lambda desk: AskConsent(desk, EnrolmentForm(), [], nowhere, nowhere),
    "pet": lambda desk: PetForm(desk.face, EnrolmentForm(), nowhere, nowhere),
    "capture": lambda desk: Capture(desk, TITLE, 5, nowhere, nowhere),
    "trouble": in_trouble,
    "records": RecordSearch,
    "outbox": lambda desk: Outbox(desk, SyncNews()),
    "gateway": Gateway,
    "diagnostics": Diagnostics,
    "settings": lambda desk: SettingsScreen(desk, nowhere, nowhere),
    **{f"settings-{group.name.en}": partial(GroupScreen, group=group) for group in GROUPS},
    "staff": Staff,
    "operator": lambda desk: OperatorScreen(desk, desk.engine.operators.all()[0]),
    "new-operator": NewOperator,
}


@pytest.fixture(params=["ko", "en", "longer"])
def face(request: pytest.FixtureRequest, _fonts: None) -> Face:
    speaker = PseudoSpeaker() if request.param == "longer" else Speaker(request.param)
    return Face(Theme(), speaker)


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_is_clipped_and_nothing_overlaps(kiosk: Kiosk, name: str) -> None:
    kiosk.sign_in()
    Program(kiosk.desk, kiosk.window, SyncNews())
    kiosk.show(SCREENS[name](kiosk.desk))
    faults: dict[tuple[int, int], list[str]] = {}
    for size in SIZES:
        kiosk.window.resize(*size)
        kiosk.rest()
        assert kiosk.window.size().toTuple() == size
        if found := faults_of(kiosk.window):
            faults[size] = found
    assert not faults
