"""The simulated camera before the real finder, quality and embedder: its phases are what they say they are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.bootstrap import load_embedder, nose_finder, simulated_camera
from noseprint.capture.analysis import FrameJudge, FrameReport
from noseprint.capture.camera import Frame
from noseprint.capture.camera_state import CameraState, CameraWatch
from noseprint.capture.instructions import Instruction
from noseprint.capture.session import CaptureSession
from noseprint.capture.simulated_camera import GOOD, LEARNING, RATE, SimulatedCamera, shot_at
from noseprint.capture.taking import CapturedPhoto, Taking
from noseprint.embedding.limits import ImageLimits
from noseprint.matching.similarity import compare
from noseprint.settings import Settings

if TYPE_CHECKING:
    from noseprint.capture.finder import NoseFinder
    from noseprint.embedding.embedder import Embedder

DOGS = tuple(f"dog-{number}" for number in range(1, 7))
SAYS = {
    "far": Instruction.CLOSER,
    "blurred": Instruction.SHARPEN,
    "dark": Instruction.MORE_LIGHT,
    "good": Instruction.GOOD,
}
# A share of a phase's frames: at a cut from shot to shot, something moves.
MOST = 0.9
EVERY = 3


@pytest.fixture(scope="module")
def finder() -> NoseFinder:
    return nose_finder()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(Settings())


@pytest.fixture(scope="module")
def camera() -> SimulatedCamera:
    return simulated_camera()


def reports(camera: SimulatedCamera, finder: NoseFinder, dog: str) -> list[tuple[str, FrameReport]]:
    """Every third frame of the whole script, and the shot's name."""
    judge = FrameJudge(finder, 25.0)
    shown = []
    for number in range(1, sum(shot.frames for shot in LEARNING) + 1, EVERY):
        shot = shot_at(LEARNING, number)
        shown.append((shot.name, judge.look(Frame(camera.picture(number, dog, shot), number, number / RATE))))
    return shown


@pytest.mark.parametrize("dog", DOGS)
def test_each_phase_gets_the_advice_that_mends_it(camera: SimulatedCamera, finder: NoseFinder, dog: str) -> None:
    for name, phase in itertools.groupby(reports(camera, finder, dog), key=lambda pair: pair[0]):
        said = [report.instruction for _, report in phase]
        assert said.count(SAYS[name]) >= MOST * len(said), (name, set(said))


def test_no_phase_is_taken_for_a_camera_in_trouble(camera: SimulatedCamera) -> None:
    watch = CameraWatch(always_moves=True)
    watch.opening(0.0)
    watch.opened(0.0)
    states = set()
    for number in range(1, sum(shot.frames for shot in LEARNING) + 1):
        if watch.saw(Frame(camera.picture(number, "dog-1", shot_at(LEARNING, number)), number, number / RATE)):
            states.add(watch.state)
    assert states == {CameraState.LIVE}


def photos(camera: SimulatedCamera, finder: NoseFinder, dog: str) -> list[CapturedPhoto]:
    """What a capture takes by itself while that dog is held well."""
    session, judge, taking = CaptureSession(), FrameJudge(finder, 25.0), Taking(ImageLimits(), finder, 25.0)
    for number in range(1, sum(shot.frames for shot in GOOD) + 1):
        frame = Frame(camera.picture(number, dog, shot_at(GOOD, number)), number, number / RATE)
        if wanted := session.see(judge.look(frame)):
            photo = taking.frame(wanted.frame)
            assert isinstance(photo, CapturedPhoto)
            session.keep(photo)
        if session.is_complete:
            break
    assert session.is_complete
    return list(session.photos)


def test_what_is_taken_of_a_dog_matches_it_and_no_other(
    camera: SimulatedCamera, finder: NoseFinder, embedder: Embedder
) -> None:
    captured = {dog: photos(camera, finder, dog) for dog in DOGS}
    assert min(photo.quality for taken in captured.values() for photo in taken) >= 75.0
    vectors = {dog: [embedder.embed(photo.jpeg) for photo in taken] for dog, taken in captured.items()}
    for dog, own in vectors.items():
        template = np.mean(own[:4], axis=0, dtype=np.float32)
        template /= np.linalg.norm(template)
        same = compare(template, own[4], embedder.manifest.calibration).similarity
        others = [
            compare(template, vector, embedder.manifest.calibration).similarity
            for other, theirs in vectors.items()
            for vector in theirs
            if other != dog
        ]
        assert same >= 0.85
        assert max(others) < 0.70
