"""The camera that needs no hardware."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.capture.pacing import Pacer
from noseprint.capture.simulated_camera import GOOD, LEARNING, PICTURE, RATE, Shot, SimulatedCamera, Trouble, shot_at
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

DARK = (Shot("dark", 1, light=0.09),)


def immediate() -> Pacer:
    return Pacer(RATE, lambda: 0.0, lambda _: None)


@pytest.fixture(scope="module")
def camera(noses: Path) -> SimulatedCamera:
    return SimulatedCamera(noses, pacer=immediate())


def started(camera: SimulatedCamera, dog: str = "dog-1", script: tuple[Shot, ...] = GOOD) -> SimulatedCamera:
    camera.trouble = None
    camera.show(dog, script)
    camera.open()
    return camera


def test_frames_are_determined_by_their_numbers(camera: SimulatedCamera) -> None:
    first = [started(camera).read().pixels for _ in range(2)]
    assert first[0].shape == (PICTURE[1], PICTURE[0], 3)
    np.testing.assert_array_equal(first[0], first[1])


def test_the_hand_is_never_still(camera: SimulatedCamera) -> None:
    frames = [started(camera).read(), *(camera.read() for _ in range(9))]
    assert not any(np.array_equal(a.pixels, b.pixels) for a, b in pairwise(frames))


def test_the_script_goes_from_shot_to_shot_and_begins_again() -> None:
    script = (Shot("one", 2), Shot("two", 1))
    assert [shot_at(script, number).name for number in range(1, 8)] == ["one", "one", "two"] * 2 + ["one"]


def test_everyone_begins_too_far_away_and_ends_with_five_good_photos() -> None:
    assert [shot.name for shot in LEARNING] == ["far", "blurred", "dark", *["good"] * 5]
    assert [shot.photo for shot in GOOD] == [1, 2, 3, 4, 5]


def test_another_dog_and_another_script_are_shown_at_once(camera: SimulatedCamera) -> None:
    one = started(camera).read()
    camera.show("dog-2")
    other = camera.read()
    camera.show("dog-2", DARK)
    dark = camera.read()
    assert np.abs(other.pixels.astype(int) - one.pixels).mean() > 5
    assert dark.pixels.mean() < 0.15 * other.pixels.mean()


def test_a_dog_that_is_not_there_is_refused(camera: SimulatedCamera, noses: Path) -> None:
    assert camera.dogs == tuple(f"dog-{number}" for number in range(1, 7))
    for show in (camera.show, lambda dog: SimulatedCamera(noses, dog)):
        with pytest.raises(NoseprintError) as caught:
            show("cat-1")
        assert caught.value.code is ErrorCode.CAMERA_SOURCE_UNKNOWN


def test_unplugged_it_breaks_off_and_is_not_found(camera: SimulatedCamera) -> None:
    started(camera).trouble = Trouble.UNPLUGGED
    with pytest.raises(NoseprintError) as lost:
        camera.read()
    with pytest.raises(NoseprintError) as gone:
        camera.open()
    assert (lost.value.code, gone.value.code) == (ErrorCode.CAMERA_LOST, ErrorCode.CAMERA_NOT_FOUND)


def test_busy_it_cannot_be_opened(camera: SimulatedCamera) -> None:
    started(camera).trouble = Trouble.BUSY
    for use in (camera.read, camera.open):
        with pytest.raises(NoseprintError) as caught:
            use()
        assert caught.value.code is ErrorCode.CAMERA_BUSY


def test_frozen_it_repeats_itself_and_black_it_shows_nothing(camera: SimulatedCamera) -> None:
    last = started(camera).read()
    camera.trouble = Trouble.FROZEN
    assert all(camera.read().pixels is last.pixels for _ in range(3))
    camera.trouble = Trouble.BLACK
    assert not camera.read().pixels.any()
    camera.trouble = None
    assert camera.read().pixels.any()
