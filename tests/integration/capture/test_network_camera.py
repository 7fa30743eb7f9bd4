"""A real MJPEG camera on the loopback, through everything that befalls it: what people are told within two seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from noseprint.bootstrap import nose_finder, open_camera, simulated_camera
from noseprint.capture.analysis import FrameAnalyst, FrameJudge, FrameReport
from noseprint.capture.camera_state import CameraState
from noseprint.capture.instructions import Instruction
from noseprint.capture.session import CaptureRules, CaptureSession
from noseprint.capture.simulated_camera import Shot
from noseprint.capture.stream import CameraStream
from noseprint.capture.taking import CapturedPhoto, Taking
from noseprint.embedding.limits import ImageLimits
from noseprint.settings import Settings
from tests.support.camera_doubles import Listener
from tests.support.mjpeg_server import MjpegServer
from tests.support.pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.capture.camera import Pixels
    from noseprint.capture.finder import NoseFinder

IN_TIME_S = 2.0
FRAMES = 40


@pytest.fixture(scope="module")
def finder() -> NoseFinder:
    return nose_finder()


@pytest.fixture(scope="module")
def phases() -> dict[str, list[bytes]]:
    """Encoded frames of each phase; they move, as a hand does."""
    camera = simulated_camera()
    shots = {
        "good": Shot("good", 1),
        "dark": Shot("dark", 1, light=0.09),
        "blurred": Shot("blurred", 1, blur=14.0),
        "black": Shot("black", 1, light=0.0),
    }
    return {
        name: [_encoded(camera.picture(number, "dog-1", shot)) for number in range(FRAMES)]
        for name, shot in shots.items()
    }


def _encoded(pixels: Pixels) -> bytes:
    return jpeg(Image.fromarray(pixels), quality=90)


class Station:
    """All that a capture needs, wired as a face wires it; remembers what a person would be told."""

    def __init__(self, finder: NoseFinder, settings: Settings, address: str, wanted: int) -> None:
        self.told = Listener()
        self.faults: list[object] = []
        self.session = CaptureSession(CaptureRules(wanted))
        self._taking = Taking(ImageLimits(), finder, self.session.rules.minimum_quality)
        self.stream = CameraStream(open_camera(settings, address), on_state=self.told)
        judge = FrameJudge(finder, self.session.rules.minimum_quality)
        self.analyst = FrameAnalyst(self.stream, judge, self._see, self.faults.append)

    def _see(self, report: FrameReport) -> None:
        if wanted := self.session.see(report):
            taken = self._taking.frame(wanted.frame)
            if isinstance(taken, CapturedPhoto):
                self.session.keep(taken)
            else:
                self.session.miss()
        self.told(self.session.instruction)

    def says(self, wanted: object, after: Callable[[], None] = lambda: None) -> float:
        """Wait until a person is told that, from before something is done; the seconds that it took."""
        self.told.forget()
        begun = time.monotonic()
        after()
        self.told.wait_for(lambda told: told is wanted)
        return time.monotonic() - begun


@pytest.fixture
def server(phases: dict[str, list[bytes]]) -> Iterator[MjpegServer]:
    with MjpegServer(phases["good"]) as server:
        yield server


@contextmanager
def running(station: Station) -> Iterator[Station]:
    station.stream.start()
    station.analyst.start()
    yield station
    station.analyst.stop()
    station.stream.stop()
    assert station.faults == []


@pytest.fixture
def endless(server: MjpegServer, finder: NoseFinder, tmp_path: Path) -> Iterator[Station]:
    """A capture that is never complete, and goes on telling what to do."""
    with running(Station(finder, Settings(data_dir=tmp_path), server.address, wanted=1000)) as station:
        yield station


def test_each_thing_that_befalls_the_camera_is_told_in_time(
    server: MjpegServer, endless: Station, phases: dict[str, list[bytes]]
) -> None:
    def shows(*jpegs: bytes) -> Callable[[], None]:
        return lambda: setattr(server, "jpegs", jpegs)

    good, dark, blurred, black = (phases[name] for name in ("good", "dark", "blurred", "black"))
    endless.says(Instruction.GOOD)

    assert endless.says(Instruction.MORE_LIGHT, after=shows(*dark)) < IN_TIME_S
    assert endless.says(Instruction.SHARPEN, after=shows(*blurred)) < IN_TIME_S
    assert endless.says(CameraState.FROZEN, after=shows(blurred[0])) < IN_TIME_S
    assert endless.says(CameraState.LIVE, after=shows(*good)) < IN_TIME_S
    assert endless.says(Instruction.GOOD) < IN_TIME_S

    assert endless.says(CameraState.UNPLUGGED, after=server.unplug) < IN_TIME_S
    assert endless.says(CameraState.LIVE, after=server.plug_in) < IN_TIME_S

    assert endless.says(CameraState.BLACK, after=shows(*black)) < IN_TIME_S
    assert endless.says(CameraState.LIVE, after=shows(*good)) < IN_TIME_S

    # The line is held, and nothing comes.
    assert endless.says(CameraState.UNPLUGGED, after=shows()) < IN_TIME_S
    assert endless.says(CameraState.LIVE, after=shows(*good)) < IN_TIME_S
    assert endless.says(Instruction.GOOD) < IN_TIME_S


def test_five_photos_are_taken_by_themselves_and_the_last_says_so(
    server: MjpegServer, finder: NoseFinder, tmp_path: Path
) -> None:
    with running(Station(finder, Settings(data_dir=tmp_path), server.address, wanted=5)) as station:
        station.says(Instruction.DONE)
    assert len(station.session.photos) == 5
    assert all(photo.quality >= 75.0 for photo in station.session.photos)
