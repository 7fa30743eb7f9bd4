"""A camera read by a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.capture.camera_state import CameraState, Patience
from noseprint.capture.stream import CameraStream
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.camera_doubles import PATIENCE_S, Listener, ScriptedCamera, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_FOUND = NoseprintError(ErrorCode.CAMERA_NOT_FOUND, source="0")
LOST = NoseprintError(ErrorCode.CAMERA_LOST)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """A scripted camera on a stream, and what the stream tells."""

    def __init__(self) -> None:
        self.camera = ScriptedCamera()
        self.states, self.preview = Listener(), Listener()
        self.clock = Clock()
        self.stream = CameraStream(
            self.camera, self.states, patience=Patience(warm_up=1), pauses=(0.0,), clock=self.clock
        )
        self.unsubscribe = self.stream.subscribe(self.preview)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.camera.hand(LOST)  # for a read that waits
    rig.stream.stop()


def test_warm_up_frames_are_shown_to_nobody_and_all_others_to_the_preview(rig: Rig) -> None:
    frames = [frame(100 + number, number=number) for number in (1, 2, 3)]
    rig.camera.hand(*frames)
    rig.stream.start()
    rig.preview.wait_for(lambda it: it is frames[2])
    assert rig.preview.heard == frames[1:]


def test_only_the_newest_frame_is_kept(rig: Rig) -> None:
    frames = [frame(100 + number, number=number) for number in range(10)]
    rig.camera.hand(*frames)
    rig.stream.start()
    rig.preview.wait_for(lambda it: it is frames[-1])
    assert rig.stream.newest() is frames[-1]
    assert rig.stream.newest(after=frames[-1]) is None


def test_who_waits_for_the_next_frame_gets_it(rig: Rig) -> None:
    first, second, third = (frame(100 + number, number=number) for number in (1, 2, 3))
    rig.camera.hand(first, second)
    rig.stream.start()
    assert rig.stream.newest(timeout_s=PATIENCE_S) is second
    rig.camera.hand(third)
    assert rig.stream.newest(after=second, timeout_s=PATIENCE_S) is third


def test_a_preview_that_ended_hears_no_more(rig: Rig) -> None:
    later = Listener()
    rig.unsubscribe()
    rig.stream.subscribe(later)
    rig.camera.hand(frame(101), frame(102))
    rig.stream.start()
    later.wait_for(lambda _: True)
    assert rig.preview.heard == []


def test_a_camera_that_breaks_off_is_opened_again_and_heals(rig: Rig) -> None:
    rig.camera.hand(frame(101), frame(102), LOST, frame(103), frame(104))
    rig.stream.start()
    rig.preview.wait_for(lambda it: it.pixels[0, 0, 0] == 104)  # type: ignore[attr-defined]
    assert rig.states.heard[:4] == [
        CameraState.OPENING,
        CameraState.LIVE,
        CameraState.UNPLUGGED,
        CameraState.LIVE,
    ]
    assert rig.camera.opened == 2


def test_while_a_camera_is_gone_there_is_no_newest_frame(rig: Rig) -> None:
    rig.camera.hand(frame(101), frame(102), LOST)
    rig.camera.hand()
    rig.stream.start()
    rig.states.wait_for(lambda it: it is CameraState.UNPLUGGED)
    assert rig.stream.newest() is None


def test_a_camera_that_comes_later_is_found(rig: Rig) -> None:
    rig.camera.fault_at_opening = NOT_FOUND
    rig.stream.start()
    rig.states.wait_for(lambda it: it is CameraState.UNPLUGGED)
    rig.camera.fault_at_opening = None
    rig.camera.hand(frame(101), frame(102))
    rig.states.wait_for(lambda it: it is CameraState.LIVE)
    assert rig.camera.closed >= 1


def test_a_camera_that_stays_away_is_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    rig.camera.fault_at_opening = NOT_FOUND
    rig.stream.start()
    rig.camera.wait_for_openings(5)
    assert [record.getMessage() for record in caplog.records] == ["camera failed"]


def test_a_read_that_hangs_is_told_as_well(rig: Rig) -> None:
    rig.camera.hand(frame(101), frame(102))
    rig.stream.start()
    rig.states.wait_for(lambda it: it is CameraState.LIVE)
    rig.clock.now = 1.6
    rig.states.wait_for(lambda it: it is CameraState.UNPLUGGED)


def test_stopping_closes_the_camera_and_says_so() -> None:
    rig = Rig()
    rig.camera.hand(frame(101), frame(102))
    rig.stream.start()
    rig.states.wait_for(lambda it: it is CameraState.LIVE)
    rig.camera.hand(LOST)
    rig.stream.stop()
    assert rig.states.heard[-1] is CameraState.CLOSED
    assert rig.stream.state is CameraState.CLOSED
    assert rig.camera.closed == rig.camera.opened


def test_stopping_does_not_wait_for_a_read_that_hangs_and_hears_no_more_of_it() -> None:
    rig = Rig()
    rig.camera.hand(frame(101), frame(102))
    rig.stream.start()
    rig.states.wait_for(lambda it: it is CameraState.LIVE)
    rig.stream.stop()
    rig.camera.hand(frame(103))
    assert rig.states.heard[-1] is CameraState.CLOSED


def test_a_stream_that_never_began_can_be_stopped() -> None:
    rig = Rig()
    rig.stream.stop()
    assert rig.camera.opened == 0
