"""Generate the pictures to train on, ahead of time, as one array on disk.

Run as `python -m training.make_training_noses OUT.npy --identities N --captures M`. The file is a plain NumPy array,
(identities, captures, 112, 112) uint8 grey; writing the same range again gives the same bytes, and a broken-off run
continues where it stopped.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from training.darkroom import Photo
from training.generator import build, photograph

SIDE = 112
"""Side of what the network's first layer sees, in pixels."""
_INPUT = 224


def as_network_sees(photo: Photo) -> NDArray[np.uint8]:
    """Reduce a grey (size, size, 1) picture the way the exported model's input is: to 224 px, then averaged to 112 px."""
    resized = cv2.resize(photo[:, :, 0], (_INPUT, _INPUT), interpolation=cv2.INTER_AREA if photo.shape[0] > _INPUT else cv2.INTER_CUBIC)
    return np.asarray(cv2.resize(resized, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def captures_of(identity: int, captures: int) -> NDArray[np.uint8]:
    """Photograph one identity; sensors between 130 and 260 px, as nose crops from phones have."""
    rng = np.random.default_rng([9, identity])
    nose = build(identity)
    sizes = np.exp(rng.uniform(np.log(130), np.log(260), captures)).astype(int)
    return np.stack([as_network_sees(photograph(nose, number, int(size))) for number, size in enumerate(sizes)])


def _fill(path: Path, identity: int) -> int:
    cv2.setNumThreads(1)
    pool = open_memmap(path, mode="r+")
    if not pool[identity, -1].any():
        pool[identity] = captures_of(identity, pool.shape[1])
    return identity


def main() -> None:
    """Create the array, or go on filling it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--identities", type=int, default=3600)
    parser.add_argument("--captures", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    if not arguments.out.exists():
        open_memmap(arguments.out, mode="w+", dtype=np.uint8, shape=(arguments.identities, arguments.captures, SIDE, SIDE))
    with ProcessPoolExecutor(arguments.workers) as workers:
        jobs = [workers.submit(_fill, arguments.out, identity) for identity in range(arguments.identities)]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if done % 200 == 0:
                print(f"{done} identities", flush=True)


if __name__ == "__main__":
    main()
