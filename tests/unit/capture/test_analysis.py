"""What one frame shows, and looking at the newest one only."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from noseprint.capture.analysis import FrameAnalyst, FrameJudge
from noseprint.capture.camera import Frame
from noseprint.capture.camera_state import Patience
from noseprint.capture.finder import FinderManifest, NoseFinder
from noseprint.capture.framing import Advice
from noseprint.capture.instructions import Instruction
from noseprint.capture.quality import Flaw, assess_frame
from noseprint.capture.stream import CameraStream
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.camera_doubles import Listener, ScriptedCamera, frame

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.capture.camera import Pixels

SIZE = (1280, 960)
MINIMUM = 25.0


class SaysTheSame:
    """A session that finds a nose at one place of every picture, with one confidence."""

    def __init__(self, confidence: float, extent: float = 0.6) -> None:
        low, high = 0.5 - extent / 2, 0.5 + extent / 2
        self.answer = np.array([[confidence, low, low, high, high, 0.0, 1.0, 10.0]], np.float32)

    def get_inputs(self) -> list[Any]:
        return [type("Input", (), {"name": "image"})]

    def run(self, _outputs: None, _inputs: dict[str, object]) -> list[object]:
        return [self.answer]


def finder(confidence: float = 0.9, extent: float = 0.6) -> NoseFinder:
    manifest = FinderManifest(
        schema=1, name="f", version="1", file="f.onnx", sha256="0" * 64, side=96, confidence=0.6, refusal=0.2
    )
    return NoseFinder(SaysTheSame(confidence, extent), manifest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def nose(noses: Path) -> Pixels:
    """A frame with a nose that fills 600 x 600 pixels in the middle."""
    picture = Image.new("RGB", SIZE, (170, 170, 160))
    with Image.open(noses / "dog-1" / "01.jpg") as photo:
        picture.paste(photo.resize((700, 700)), (290, 130))
    return np.asarray(picture)


def test_a_good_nose_needs_nothing(nose: Pixels) -> None:
    report = FrameJudge(finder(), MINIMUM).look(Frame(nose, 1, 0.0))
    assert report.instruction is Instruction.GOOD
    assert report.advice is Advice.HOLD
    assert report.found is not None
    assert report.meters.sharpness == report.meters.light == report.meters.distance == 1.0


def test_the_score_is_that_of_the_whole_frame(nose: Pixels) -> None:
    report = FrameJudge(finder(), MINIMUM).look(Frame(np.repeat(np.repeat(nose, 2, 0), 2, 1), 1, 0.0))
    grey = np.asarray(Image.fromarray(nose).convert("L"))
    whole = assess_frame(np.repeat(np.repeat(grey, 2, 0), 2, 1), report.found)
    assert report.quality.value(Flaw.SMALL) == pytest.approx(whole.value(Flaw.SMALL), rel=0.002)
    assert report.quality.value(Flaw.BLURRED) == pytest.approx(whole.value(Flaw.BLURRED), abs=0.05)
    assert report.quality.score == pytest.approx(whole.score, abs=1.0)


def test_darkness_is_told_though_no_nose_can_be_found(nose: Pixels) -> None:
    report = FrameJudge(finder(0.1), MINIMUM).look(Frame((nose * 0.05).astype(np.uint8), 1, 0.0))
    assert report.instruction is Instruction.MORE_LIGHT
    assert report.meters.light < 0.2
    assert not report.may_show_nose


def test_a_doubtful_nose_may_be_one(nose: Pixels) -> None:
    report = FrameJudge(finder(0.4), MINIMUM).look(Frame(nose, 1, 0.0))
    assert report.found is None
    assert report.may_show_nose
    assert report.instruction is Instruction.SHOW_NOSE
    assert report.meters.distance == 0.0


def test_a_doubtful_nose_that_is_small_is_to_come_closer(nose: Pixels) -> None:
    assert FrameJudge(finder(0.4, 0.2), MINIMUM).look(Frame(nose, 1, 0.0)).instruction is Instruction.CLOSER
    assert FrameJudge(finder(0.1, 0.2), MINIMUM).look(Frame(nose, 1, 0.0)).instruction is Instruction.SHOW_NOSE


def test_the_distance_meter_falls_on_either_side(nose: Pixels) -> None:
    meters = [
        FrameJudge(finder(extent=extent), MINIMUM).look(Frame(nose, 1, 0.0)).meters.distance
        for extent in (0.1, 0.2, 0.7, 0.99)
    ]
    assert meters[0] < meters[1] < meters[2] == 1.0 > meters[3]


def test_a_nose_that_moves_is_to_be_held_still(nose: Pixels) -> None:
    judge = FrameJudge(finder(), MINIMUM)
    judge.look(Frame(nose, 1, 0.0))
    report = judge.look(Frame(np.roll(nose, 60, axis=1), 2, 1 / 30))
    assert report.instruction is Instruction.HOLD_STILL
    assert report.quality.value(Flaw.MOVING) > 5.0


def test_movement_is_that_of_one_frame_however_many_were_missed(nose: Pixels) -> None:
    def moved(gap: float) -> float:
        judge = FrameJudge(finder(), MINIMUM)
        judge.look(Frame(nose, 1, 0.0))
        return judge.look(Frame(np.roll(nose, 30, axis=1), 2, gap)).quality.value(Flaw.MOVING)

    assert moved(3 / 30) == pytest.approx(moved(1 / 30) / 3)
    assert np.isnan(moved(0.5))


def test_a_picture_that_would_not_count_is_never_good(nose: Pixels) -> None:
    soft = np.asarray(Image.fromarray(nose).filter(ImageFilter.GaussianBlur(10)))
    lenient = FrameJudge(finder(), 0.0).look(Frame(soft, 1, 0.0))
    demanding = FrameJudge(finder(), 100.0).look(Frame(soft, 1, 0.0))
    assert demanding.quality.score < 100.0
    assert demanding.instruction is not Instruction.GOOD
    assert lenient.quality.score == demanding.quality.score


class HoldsUp:
    """A judge that looks at one frame until it is let go."""

    def __init__(self) -> None:
        self.looking, self.go_on = threading.Event(), threading.Event()
        self.fault: NoseprintError | None = None
        self.seen: list[Frame] = []

    def look(self, shown: Frame) -> object:
        self.seen.append(shown)
        self.looking.set()
        assert self.go_on.wait(20.0)
        if self.fault:
            raise self.fault
        return shown


def test_frames_that_come_while_it_looks_are_passed_over_but_the_newest() -> None:
    camera, judge, reports, preview = ScriptedCamera(), HoldsUp(), Listener(), Listener()
    stream = CameraStream(camera, patience=Patience(warm_up=0), pauses=(0.0,), clock=lambda: 0.0)
    stream.subscribe(preview)
    analyst = FrameAnalyst(stream, judge, reports, reports)  # type: ignore[arg-type]
    frames = [frame(100 + number, number=number) for number in range(5)]
    stream.start()
    analyst.start()
    camera.hand(frames[0])
    assert judge.looking.wait(20.0)
    camera.hand(*frames[1:])
    preview.wait_for(lambda it: it is frames[-1])
    judge.go_on.set()
    reports.wait_for(lambda it: it is frames[-1])
    analyst.stop()
    camera.hand(NoseprintError(ErrorCode.CAMERA_LOST))
    stream.stop()
    assert judge.seen == [frames[0], frames[-1]]


def test_a_frame_that_cannot_be_looked_at_is_told_and_passed_over() -> None:
    camera, judge, reports, faults = ScriptedCamera(), HoldsUp(), Listener(), Listener()
    stream = CameraStream(camera, patience=Patience(warm_up=0), pauses=(0.0,), clock=lambda: 0.0)
    analyst = FrameAnalyst(stream, judge, reports, faults)  # type: ignore[arg-type]
    judge.fault = NoseprintError(ErrorCode.INFERENCE_ERROR)
    judge.go_on.set()
    stream.start()
    analyst.start()
    camera.hand(frame(100, number=1))
    faults.wait_for(lambda it: it is judge.fault)
    judge.fault = None
    camera.hand(second := frame(101, number=2))
    reports.wait_for(lambda it: it is second)
    analyst.stop()
    camera.hand(NoseprintError(ErrorCode.CAMERA_LOST))
    stream.stop()


def test_a_frame_from_before_it_began_is_not_looked_at() -> None:
    camera, judge, reports, preview = ScriptedCamera(), HoldsUp(), Listener(), Listener()
    stream = CameraStream(camera, patience=Patience(warm_up=0), pauses=(0.0,), clock=lambda: 0.0)
    stream.subscribe(preview)
    judge.go_on.set()
    camera.hand(first := frame(100, number=1))
    stream.start()
    preview.wait_for(lambda it: it is first)
    analyst = FrameAnalyst(stream, judge, reports, reports)  # type: ignore[arg-type]
    analyst.start()
    camera.hand(second := frame(101, number=2))
    reports.wait_for(lambda it: it is second)
    analyst.stop()
    camera.hand(NoseprintError(ErrorCode.CAMERA_LOST))
    stream.stop()
    assert judge.seen == [second]
