"""What one frame of a camera shows: the nose, its quality, and what to do next; as many frames as the time allows."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from noseprint.capture.framing import CLOSER_BELOW, FARTHER_ABOVE, Advice, advise
from noseprint.capture.instructions import Instruction, instruction_for
from noseprint.capture.movement import movement
from noseprint.capture.nose import NoseBox
from noseprint.capture.quality import LITTLE_HARM, Flaw, Quality, judge
from noseprint.capture.region import JudgedRegion, judged_region
from noseprint.errors import NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.capture.camera import Frame
    from noseprint.capture.finder import NoseFinder
    from noseprint.capture.nose import FoundNose
    from noseprint.capture.stream import CameraStream

# A nose that is large enough to be taken keeps 200 pixels of a picture this low, and is judged at 160.
_LEAST_HEIGHT: Final = 540
_FRAME_S: Final = 1.0 / 30.0
# Between frames that lie farther apart the nose moved somewhere, but how fast nobody can tell.
_LONGEST_GAP_S: Final = 0.15
# Where no nose is sure to be, the light is that of the middle, where it is wanted.
_MIDDLE: Final = NoseBox(0.5, 0.5, 0.5, 0.7)
_WAIT_S: Final = 0.2
_STOPS_WITHIN_S: Final = 2.0
_LONGEST_REST_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Meters:
    """How far the picture is where it should be, each 0 (worthless) to 1 (good)."""

    sharpness: float
    light: float
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class FrameReport:
    """What one frame shows.

    Attributes:
        frame: that was looked at.
        found: the nose, where the finder is sure of one.
        may_show_nose: whether one may be in it, as for a photo that somebody hands over.
        advice: for the framing.
        quality: of the nose that is or may be there, movement included.
        meters: for people.
        instruction: the one thing to do; GOOD when there is nothing.
    """

    frame: Frame
    found: FoundNose | None
    may_show_nose: bool
    advice: Advice
    quality: Quality
    meters: Meters
    instruction: Instruction


@dataclass(frozen=True, slots=True)
class _Looked:
    """A frame made smaller, once for all who look at it; ``factor`` times its pixels are the frame's."""

    colour: Image.Image
    grey: Image.Image
    factor: float
    at: float


class FrameJudge:
    """Looks at frames one after the other; remembers the last one, to see what moved.

    Args:
        finder: finds the nose.
        minimum_quality: the score, 0 to 100, from which a photo counts.
    """

    def __init__(self, finder: NoseFinder, minimum_quality: float) -> None:
        self._finder = finder
        self._minimum_quality = minimum_quality
        self._last: _Looked | None = None

    def look(self, frame: Frame) -> FrameReport:
        """Report on a frame.

        Raises:
            NoseprintError: INFERENCE_ERROR.
        """
        looked, before = _made_small(frame), self._last
        self._last = looked
        seen = self._finder.look(looked.colour)
        found = seen if self._finder.is_sure(seen) else None
        region = judged_region(looked.grey, seen.box if found else _MIDDLE)
        full_size = JudgedRegion(region.grey, region.side * looked.factor)
        quality = judge(full_size, found, _moved(before, looked, found, region) if found else None)
        may_show_nose = self._finder.may_be_a_nose(seen)
        advice = _advice(found, seen if may_show_nose else None, frame.size)
        return FrameReport(
            frame=frame,
            found=found,
            may_show_nose=may_show_nose,
            advice=advice,
            quality=quality,
            meters=_meters(quality, found),
            instruction=instruction_for(advice, _to_mend(quality, self._minimum_quality)),
        )


class FrameAnalyst:
    """Looks at the newest frame of a stream whenever the last one is done, in a thread of its own.

    After each frame it rests for as long as it looked: an idle machine sees every frame all the same, on a busy one the
    preview and the embedder come first.

    Args:
        stream: gives the frames.
        judge: looks at them; used by this thread alone.
        on_report: told each report, from the thread; it must return soon. A Qt bridge emits a signal in it.
        on_fault: told when looking failed; the frame is passed over.
    """

    def __init__(
        self,
        stream: CameraStream,
        judge: FrameJudge,
        on_report: Callable[[FrameReport], None],
        on_fault: Callable[[NoseprintError], None],
    ) -> None:
        self._stream = stream
        self._judge = judge
        self._on_report = on_report
        self._on_fault = on_fault
        self._before: Frame | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="frame analyst", daemon=True)

    def start(self) -> None:
        """Begin, once, with the next frame: the one before may show the dog before this one."""
        self._before = self._stream.newest()
        self._thread.start()

    def leave(self) -> None:
        """End after the frame that is being looked at, without waiting for it; nothing is reported any more."""
        self._stopping.set()

    def stop(self) -> None:
        """End, after the frame that is being looked at."""
        self.leave()
        if self._thread.ident is not None:
            self._thread.join(_STOPS_WITHIN_S)

    def _look_on(self) -> None:
        last = self._before
        while not self._stopping.is_set():
            frame = self._stream.newest(after=last, timeout_s=_WAIT_S)
            if frame is None:
                continue
            last = frame
            begun = time.monotonic()
            self._report_on(frame)
            self._stopping.wait(min(time.monotonic() - begun, _LONGEST_REST_S))

    def _report_on(self, frame: Frame) -> None:
        try:
            report = self._judge.look(frame)
        except NoseprintError as fault:
            self._on_fault(fault)
            return
        if not self._stopping.is_set():
            self._on_report(report)


def _made_small(frame: Frame) -> _Looked:
    """A whole fraction of the frame, averaged, that keeps 540 rows."""
    width, height = frame.size
    factor = max(1, min(width, height) // _LEAST_HEIGHT)
    small = frame.pixels
    if factor > 1:
        size = (width // factor, height // factor)
        small = cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    return _Looked(Image.fromarray(small), Image.fromarray(grey), float(factor), frame.at)


def _moved(before: _Looked | None, now: _Looked, found: FoundNose, region: JudgedRegion) -> float | None:
    """How far the nose moved in the time of one frame; None where that cannot be told."""
    if before is None or before.grey.size != now.grey.size:
        return None
    gap = now.at - before.at
    if not 0.0 < gap <= _LONGEST_GAP_S:
        return None
    return movement(judged_region(before.grey, found.box).grey, region.grey) * min(_FRAME_S / gap, 1.0)


def _advice(found: FoundNose | None, doubtful: FoundNose | None, size: tuple[int, int]) -> Advice:
    """The advice for a nose that was found; one that is small is doubted for that, and is to come closer as well."""
    if found is None and advise(doubtful, size) is Advice.CLOSER:
        return Advice.CLOSER
    return advise(found, size)


def _to_mend(quality: Quality, minimum: float) -> tuple[Flaw, ...]:
    """The main flaws, but those that do little harm to a picture that counts."""
    if quality.score < minimum:
        return quality.main_flaws
    return tuple(flaw for flaw in quality.main_flaws if _score(quality, flaw) < LITTLE_HARM)


def _score(quality: Quality, flaw: Flaw) -> float:
    return next((part.score for part in quality.components if part.flaw is flaw), 100.0)


def _meters(quality: Quality, found: FoundNose | None) -> Meters:
    light = min(_score(quality, flaw) for flaw in (Flaw.DARK, Flaw.OVEREXPOSED, Flaw.GLARING)) / 100.0
    if found is None:
        return Meters(0.0, light, 0.0)
    sharpness = min(_score(quality, flaw) for flaw in (Flaw.BLURRED, Flaw.SMEARED, Flaw.MOVING)) / 100.0
    return Meters(sharpness, light, _distance(max(found.box.width, found.box.height)))


def _distance(extent: float) -> float:
    """Full where the nose's extent is right, less the smaller it is, or the closer to the picture's edges."""
    if extent > FARTHER_ABOVE:
        return max(0.0, 1.0 - (extent - FARTHER_ABOVE) / (1.0 - FARTHER_ABOVE))
    return min(1.0, extent / CLOSER_BELOW)
