"""The screens between dogs are filled with what a clinic has, and still nothing is clipped and nothing overlaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk_app.design.theme import Theme
from kiosk_app.face import Face
from kiosk_app.screens.gateway import Gateway
from kiosk_app.screens.outbox.backlog import items
from kiosk_app.screens.outbox.entry import EntryScreen
from kiosk_app.screens.outbox.outbox import Outbox
from kiosk_app.screens.records.correcting import CorrectGuardian, correct_facts
from kiosk_app.screens.records.detail import Detail
from kiosk_app.screens.records.search import RecordSearch
from kiosk_app.screens.staff.operator import NewPin
from kiosk_app.shell.question import Question
from kiosk_app.shell.save_to import SaveTo
from kiosk_app.speech.speaker import Speaker
from kiosk_app.work.sync_news import SyncNews
from noseprint.bootstrap import open_store
from noseprint.errors import Words
from noseprint.records.entities import GuardianDetails, Pet, PetFacts
from tests.ui.dogs import enrol, photos_of
from tests.ui.geometry import PseudoSpeaker, faults_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.screen import Screen
    from tests.ui.conftest import Kiosk

SIZES = [(1024, 768), (1280, 800), (1920, 1080), (800, 1280)]
LONG = Words(
    "{name}의 보호자, 정보, 사진을 이 컴퓨터와 저장소에서 지워요. 되돌릴 수 없어요.",
    "Guardian, facts and photos of {name} are erased here and in the storage, and cannot be brought back.",
)


def new_pin(desk: Desk, _: Pet) -> Screen:
    signed_in, operator = desk.session.signed_in, desk.session.operator
    assert signed_in
    assert operator
    return NewPin(desk, operator, signed_in)


SCREENS: dict[str, Callable[[Desk, Pet], Screen]] = {
    "records": lambda desk, _: RecordSearch(desk),
    "detail": lambda desk, pet: Detail(desk, pet.pet_did),
    "guardian": CorrectGuardian,
    "facts": correct_facts,
    "outbox": lambda desk, _: Outbox(desk, SyncNews()),
    "conflict": lambda desk, _: EntryScreen(desk, items(desk.engine)[0]),
    "erase": lambda desk, pet: Question(desk, LONG, LONG, Words("삭제", "Erase"), list, print, name=pet.facts.name),
    "save-to": lambda desk, _: SaveTo(
        desk, "noseprint-20261121.csv", str, print, lambda: [Path("/media/clinic/STICK")]
    ),
    "new-pin": new_pin,
    "gateway": lambda desk, _: Gateway(desk),
}


@pytest.fixture(params=["ko", "en", "longer"])
def face(request: pytest.FixtureRequest, _fonts: None) -> Face:
    speaker = PseudoSpeaker() if request.param == "longer" else Speaker(request.param)
    return Face(Theme(), speaker)


@pytest.fixture
def pet(kiosk: Kiosk, noses: Path) -> Pet:
    """A dog with long names, of which one photo is in conflict with the storage."""
    engine = kiosk.desk.engine
    assert engine.worker
    engine.worker.pause()
    kiosk.sign_in()
    facts = PetFacts(
        "Sir Barksalot of Gangnam the Third",
        breed="Cavalier King Charles Spaniel",
        colour="갈색과 흰색",
        features="왼쪽 귀 끝이 하얗고 오른쪽 앞발에 작은 흉터가 있으며 사람을 아주 좋아해요 " * 2,
        microchip="410094000000009",
    )
    pet = enrol(engine, photos_of(noses, "dog-1"), facts, GuardianDetails("Alexandra Papadopoulos", "010-1234-5678"))
    open_store(engine.settings).put(pet.photo_keys[0], photos_of(noses, "dog-2")[0], "image/jpeg")
    engine.worker.resume()
    kiosk.until(lambda: engine.holdings.outbox.counts().parked == 1)
    assert engine.server
    for method in ("ExtractNoseVector", "CompareWithStoredImage"):
        for code in ("OK", "INVALID_IMAGE", "STORAGE_CONNECTION_ERROR"):
            engine.server.statistics.note(method, code, 1234.5)
    return pet


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_is_clipped_and_nothing_overlaps(kiosk: Kiosk, pet: Pet, name: str) -> None:
    kiosk.show(SCREENS[name](kiosk.desk, pet))
    faults: dict[tuple[int, int], list[str]] = {}
    for size in SIZES:
        kiosk.window.resize(*size)
        kiosk.rest()
        if found := faults_of(kiosk.window):
            faults[size] = found
    assert not faults
