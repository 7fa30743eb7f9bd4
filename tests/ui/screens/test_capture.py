"""The capture screen: what it says of camera and nose, and that photos can be retaken, forced or brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk_app.screens.capture.screen import Capture
from noseprint.capture.camera_state import CameraState
from noseprint.capture.instructions import Instruction
from noseprint.capture.simulated_camera import GOOD, Shot, Trouble
from noseprint.errors import Words

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.conftest import Kiosk

TITLE = Words("코를 찍어요", "Photograph the nose")
FAR = (Shot("far", 3000, nose=0.35),)
DARK = (Shot("dark", 3000, light=0.06),)


class Taken:
    def __init__(self) -> None:
        self.photos: list[bytes] = []

    def __call__(self, photos: list[bytes], needs_approval: bool) -> None:
        assert not needs_approval
        self.photos = photos


def capture(kiosk: Kiosk, wanted: int = 5) -> tuple[Capture, Taken]:
    taken = Taken()
    screen = Capture(kiosk.desk, TITLE, wanted, lambda: None, taken)
    kiosk.window.begin_with(screen)
    return screen, taken


@pytest.mark.parametrize(("script", "says"), [(FAR, Instruction.CLOSER), (DARK, Instruction.MORE_LIGHT)])
def test_it_says_what_to_do(kiosk: Kiosk, script: tuple[Shot, ...], says: Instruction) -> None:
    kiosk.camera.show("dog-1", script)
    screen, _ = capture(kiosk)
    kiosk.until(lambda: screen.sentence.text() == says.words.ko)
    assert not screen.session.photos


def test_five_good_photos_are_taken_by_themselves_and_it_moves_on(kiosk: Kiosk) -> None:
    kiosk.camera.show("dog-1", GOOD)
    screen, taken = capture(kiosk)
    kiosk.qtbot.waitUntil(lambda: len(taken.photos) == 5, timeout=40_000)
    assert all(place.taken for place in screen.thumbnails.places)
    assert len(set(taken.photos)) == 5


def test_a_photo_that_is_pressed_is_taken_again(kiosk: Kiosk) -> None:
    kiosk.camera.show("dog-1", GOOD)
    screen, _ = capture(kiosk, wanted=3)
    kiosk.qtbot.waitUntil(lambda: len(screen.session.photos) >= 2, timeout=20_000)
    first = screen.session.photos[0]
    screen.thumbnails.places[0].click()
    assert first not in screen.session.photos
    kiosk.qtbot.waitUntil(lambda: len(screen.session.photos) == 3, timeout=20_000)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (Trouble.UNPLUGGED, CameraState.UNPLUGGED),
        (Trouble.FROZEN, CameraState.FROZEN),
        (Trouble.BLACK, CameraState.BLACK),
    ],
)
def test_a_camera_in_trouble_is_said_and_heals_by_itself(kiosk: Kiosk, trouble: Trouble, state: CameraState) -> None:
    kiosk.camera.show("dog-1", FAR)
    screen, _ = capture(kiosk)
    kiosk.until(lambda: screen.sentence.text() == Instruction.CLOSER.words.ko)
    kiosk.camera.trouble = trouble
    kiosk.until(lambda: screen.sentence.text() == state.words.ko)
    kiosk.camera.trouble = None
    kiosk.until(lambda: screen.sentence.text() == Instruction.CLOSER.words.ko)


def test_photos_from_files_count_and_those_that_do_not_are_named(kiosk: Kiosk, noses: Path) -> None:
    kiosk.camera.show("dog-1", DARK)
    screen, taken = capture(kiosk, wanted=2)
    files = [(f"{name}.jpg", (noses / "dog-2" / f"{name}.jpg").read_bytes()) for name in ("01", "02")]
    screen.take_files([*files, ("notes.txt", b"not a photo")])
    kiosk.until(lambda: len(screen.session.photos) == 2)
    assert "notes.txt" in screen.trouble.text()
    screen.next_button.click()
    assert len(taken.photos) == 2


def test_the_shutter_says_why_there_is_nothing_to_take(kiosk: Kiosk) -> None:
    kiosk.camera.show("dog-1", DARK)
    screen, _ = capture(kiosk)
    kiosk.until(lambda: screen.sentence.text() == Instruction.MORE_LIGHT.words.ko)
    screen.shutter_button.click()
    assert screen.trouble.isVisible()
    assert not screen.session.photos


def test_no_frame_is_analysed_after_the_screen_was_left(kiosk: Kiosk) -> None:
    kiosk.camera.show("dog-1", GOOD)
    screen, _ = capture(kiosk)
    kiosk.until(lambda: len(screen.session.photos) >= 1)
    screen.left()
    seen = len(screen.session.photos)
    frames: list[object] = []
    kiosk.desk.feed.framed.connect(frames.append)
    kiosk.until(lambda: len(frames) > 40)
    assert len(screen.session.photos) <= seen + 1  # one may have been on its way
