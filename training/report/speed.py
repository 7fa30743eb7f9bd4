"""How much of the processor at hand each step takes."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from noseprint.matching.keypoints import extract, match
from training.report.use_figures import Speed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from training.report.bench import Bench
    from training.report.photographs import Crew

_REPETITIONS = 40


def measure_speed(crew: Crew, bench: Bench, repetitions: int = _REPETITIONS) -> Iterator[Speed]:
    """Time every step on the crew's photographs in turn."""

    def timed(step: str, run: Callable[[int], object]) -> Speed:
        return _timed(step, run, repetitions)

    photos = crew.contents
    points = [extract(photo, bench.limits) for photo in photos[:2]]
    yield timed("embedding", lambda turn: bench.embedder.embed(_turn(photos, turn)))
    if (reference := bench.reference) is not None:
        yield timed("embedding, central server's model", lambda turn: reference.embed(_turn(photos, turn)))
    yield timed("keypoints of a photograph", lambda turn: extract(_turn(photos, turn), bench.limits))
    yield timed("matching the keypoints of a pair", lambda _: match(*points))
    if (finder := bench.finder) is not None:
        yield timed("finding the nose", lambda turn: finder.find_in_photo(_turn(photos, turn), bench.limits))
    yield timed("quality", lambda turn: bench.qualities([_turn(photos, turn)]))


def processor() -> str:
    """The name of the processor, as the system gives it."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text("utf-8").splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _turn(photos: list[bytes], turn: int) -> bytes:
    return photos[turn % len(photos)]


def _timed(step: str, run: Callable[[int], object], repetitions: int) -> Speed:
    run(0)
    took = []
    for turn in range(repetitions):
        begun = time.process_time()
        run(turn)
        took.append(time.process_time() - begun)
    return Speed(step=step, milliseconds=1000 * float(np.median(took)), repetitions=repetitions)
