"""What a camera's frames and faults say about it."""

from __future__ import annotations

import numpy as np
import pytest

from noseprint.capture.camera import Frame
from noseprint.capture.camera_state import CameraState, CameraWatch, Patience
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.camera_doubles import frame

RATE = 30.0
RNG = np.random.default_rng(1)


def noisy(mean: float, at: float) -> Frame:
    pixels = RNG.normal(mean, 2.0, (48, 64, 3)).clip(0, 255).astype(np.uint8)
    return Frame(pixels, 1, at)


class Camera:
    """A watch and a clock of 30 frames a second."""

    def __init__(self, *, always_moves: bool = True, warm_up: int = 0) -> None:
        self.watch = CameraWatch(always_moves=always_moves, patience=Patience(warm_up=warm_up))
        self.now = 1000.0
        self.reopen()

    def reopen(self) -> None:
        self.watch.opening(self.now)
        self.watch.opened(self.now)

    def shows(self, seconds: float, mean: float = 120.0, rate: float = RATE) -> CameraState:
        for _ in range(round(seconds * rate)):
            self.now += 1.0 / rate
            self.watch.saw(noisy(mean, self.now))
        return self.watch.state

    def repeats(self, seconds: float, shade: int = 120) -> CameraState:
        for _ in range(round(seconds * RATE)):
            self.now += 1.0 / RATE
            self.watch.saw(frame(shade, at=self.now))
        return self.watch.state

    def is_silent(self, seconds: float) -> CameraState:
        self.now += seconds
        self.watch.tick(self.now)
        return self.watch.state


def test_it_is_opening_until_its_exposure_has_settled() -> None:
    camera = Camera(warm_up=5)
    shown = [camera.watch.saw(noisy(120.0, camera.now)) for _ in range(6)]
    assert shown == [False] * 5 + [True]
    assert camera.watch.state is CameraState.LIVE


def test_silence_is_told_within_two_seconds_and_the_next_frame_ends_it() -> None:
    camera = Camera()
    camera.shows(0.5)
    assert camera.is_silent(1.0) is CameraState.LIVE
    assert camera.is_silent(0.5) is CameraState.UNPLUGGED
    assert camera.shows(0.1) is CameraState.LIVE


def test_a_camera_that_never_opens_is_gone() -> None:
    watch = CameraWatch(always_moves=True)
    watch.opening(0.0)
    watch.tick(4.9)
    assert watch.state is CameraState.OPENING
    watch.tick(5.0)
    assert watch.state is CameraState.UNPLUGGED


def test_the_same_picture_again_and_again_is_frozen() -> None:
    camera = Camera()
    assert camera.repeats(1.4) is CameraState.LIVE
    assert camera.repeats(0.3) is CameraState.FROZEN
    assert camera.shows(0.1) is CameraState.LIVE


def test_a_film_or_a_folder_may_stand_still() -> None:
    assert Camera(always_moves=False).repeats(30.0) is CameraState.LIVE


def test_a_frozen_camera_is_opened_again_and_is_frozen_until_its_picture_changes() -> None:
    camera = Camera()
    camera.repeats(2.0)
    assert not camera.watch.wants_restart(camera.now)
    camera.repeats(1.1)
    assert camera.watch.wants_restart(camera.now)
    camera.reopen()
    assert camera.repeats(0.2) is CameraState.FROZEN
    assert not camera.watch.wants_restart(camera.now)
    assert camera.shows(0.1) is CameraState.LIVE


def test_a_covered_lens_is_black_though_its_noise_moves() -> None:
    camera = Camera()
    camera.shows(0.5)
    assert camera.shows(0.9, mean=4.0) is CameraState.LIVE
    assert camera.shows(0.2, mean=4.0) is CameraState.BLACK
    assert camera.shows(0.1) is CameraState.LIVE


def test_black_that_does_not_change_at_all_is_black_not_frozen() -> None:
    assert Camera().repeats(3.0, shade=0) is CameraState.BLACK


def test_a_dim_picture_is_not_black() -> None:
    assert Camera().shows(3.0, mean=25.0) is CameraState.LIVE


def test_few_frames_a_second_are_slow_until_more_come() -> None:
    camera = Camera()
    assert camera.shows(1.8, rate=5.0) is CameraState.LIVE
    assert camera.shows(1.0, rate=5.0) is CameraState.SLOW
    assert camera.shows(2.0) is CameraState.LIVE


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (ErrorCode.CAMERA_BUSY, CameraState.BUSY),
        (ErrorCode.CAMERA_NOT_ALLOWED, CameraState.NOT_ALLOWED),
        (ErrorCode.CAMERA_NOT_FOUND, CameraState.UNPLUGGED),
        (ErrorCode.CAMERA_LOST, CameraState.UNPLUGGED),
    ],
)
def test_each_fault_is_a_state_that_stays_until_a_frame_comes(code: ErrorCode, state: CameraState) -> None:
    camera = Camera()
    camera.watch.failed(NoseprintError(code, source="0"))
    camera.watch.opening(camera.now)
    camera.is_silent(3.0)
    assert camera.watch.state is state
    camera.reopen()
    assert camera.watch.state is state
    assert camera.shows(0.1) is CameraState.LIVE


def test_only_pictures_that_move_are_worth_looking_at() -> None:
    assert [state for state in CameraState if state.shows_noses] == [CameraState.LIVE, CameraState.SLOW]


@pytest.mark.parametrize("state", CameraState)
def test_every_state_has_words(state: CameraState) -> None:
    assert state.words.ko
    assert state.words.en
