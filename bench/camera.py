"""What looking at a camera's frame costs, against encoding the same frame as JPEG three times with OpenCV.

    python bench/camera.py [--rounds N]

Frames of 1920 x 1080 of the simulated camera, as they are and with a sensor's noise; both sides take turns on the
same frame. "Looking" is all that a frame's report needs: reducing it, finding the nose, quality and movement. What is
compared are the medians of wall time and the processor time of the whole process, other threads of OpenCV and ONNX
Runtime included. The aim is at most 0.6.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from noseprint.bootstrap import nose_finder, simulated_camera
from noseprint.capture.analysis import FrameJudge
from noseprint.capture.camera import Frame
from noseprint.capture.simulated_camera import LEARNING, PICTURE, RATE, SimulatedCamera, shot_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.capture.camera import Pixels

SIZE = (1920, 1080)
ENCODINGS = 3
AIM = 0.6
NOISE = 3.0


@dataclass
class Times:
    """Wall and processor times of one side, in milliseconds."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def time(self, work: Callable[[], object]) -> None:
        """Do the work once."""
        processor, wall = time.process_time(), time.perf_counter()
        work()
        self.wall.append(1000.0 * (time.perf_counter() - wall))
        self.processor.append(1000.0 * (time.process_time() - processor))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="what looking at a frame costs")
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    camera = simulated_camera()
    _print_pictures(camera, rounds)
    for name, sigma in (("as simulated", 0.0), ("with a sensor's noise", NOISE)):
        _compare(name, [_frame(camera, number, sigma) for number in range(1, 61)], rounds)


def _print_pictures(camera: SimulatedCamera, rounds: int) -> None:
    times = Times()
    for shot in LEARNING:
        camera.picture(1, "dog-1", shot)
    for number in range(1, rounds + 1):
        times.time(lambda number=number: camera.picture(number, "dog-1", shot_at(LEARNING, number)))  # type: ignore[misc]
    print(
        f"simulated camera: {median(times.wall):.2f} ms a frame of {PICTURE[0]} x {PICTURE[1]}, "
        f"worst {max(times.wall):.2f}"
    )


def _compare(name: str, frames: list[Frame], rounds: int) -> None:
    judge, looking, encoding = FrameJudge(nose_finder(), 25.0), Times(), Times()
    for number in range(rounds):
        frame = frames[number % len(frames)]
        now = Frame(frame.pixels, number + 1, number / RATE)
        looking.time(lambda now=now: judge.look(now))  # type: ignore[misc]
        encoding.time(lambda now=now: _encode(now.pixels))  # type: ignore[misc]
    wall, processor = median(looking.wall), median(looking.processor)
    ratio = wall / median(encoding.wall)
    print(
        f"{name}: looking {wall:.2f} ms ({processor:.2f} ms of processor), encoding {ENCODINGS} times "
        f"{median(encoding.wall):.2f} ms ({median(encoding.processor):.2f}): {ratio:.2f} of it, aim {AIM}"
    )


def _encode(pixels: Pixels) -> None:
    for _ in range(ENCODINGS):
        cv2.imencode(".jpg", pixels)


def _frame(camera: SimulatedCamera, number: int, noise: float) -> Frame:
    shot = shot_at(LEARNING, number * 7)
    pixels = cv2.resize(camera.picture(number, "dog-1", shot), SIZE, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(number).normal(0.0, noise, pixels.shape)
    return Frame((pixels + grain).clip(0, 255).astype(np.uint8), number, number / RATE)


if __name__ == "__main__":
    main()
