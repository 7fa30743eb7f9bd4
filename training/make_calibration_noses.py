"""Write generated identities as folders of photographs, for computing a model's calibration.

Run as `python -m training.make_calibration_noses OUT --dogs N --photos M`. Identities come in families of six that
differ only in their beads, and none of them was trained on.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2

from training.folders import CALIBRATION_SEEDS, Sitting, write_dog
from training.generator import Style


def _write(number: int, arguments: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    sitting = Sitting(arguments.photos, arguments.size, Style(arguments.style))
    write_dog(arguments.out / f"dog-{number + 1:04d}", CALIBRATION_SEEDS + arguments.first + number, sitting)


def main() -> None:
    """Write the identity folders `dog-0001`, `dog-0002` and so on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dogs", type=int, default=120)
    parser.add_argument("--photos", type=int, default=5)
    parser.add_argument("--size", type=int, default=320, help="side of a photograph in pixels")
    parser.add_argument("--first", type=int, default=0, help="how many identities to skip")
    parser.add_argument("--style", choices=[s.value for s in Style], default=Style.SESSIONS.value)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    write = partial(_write, arguments=arguments)
    with ProcessPoolExecutor(arguments.workers) as workers:
        list(workers.map(write, range(arguments.dogs), chunksize=8))


if __name__ == "__main__":
    main()
