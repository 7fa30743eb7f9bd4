"""Generate the pictures to train on, ahead of time, as two arrays on disk.

Run as `python -m training.make_training_noses OUT --identities N --captures M`. `OUT/pictures.npy` is a NumPy array,
(identities, captures, 224, 224) uint8 grey; `OUT/places.npy`, (identities, captures, 2, 3) float32, says where the nose
is in each (see `generator.Take`). Writing the same range again gives the same bytes, and a broken-off run continues
where it stopped.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.lib.format import open_memmap

from training.generator import build, take

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.darkroom import Photo

SIDE = 224
"""Side of the exported model's input in pixels."""


def as_model_input(photo: Photo) -> NDArray[np.uint8]:
    """Resize a grey (size, size, 1) picture to the model's input, (224, 224) uint8."""
    how = cv2.INTER_AREA if photo.shape[0] > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo[:, :, 0], (SIDE, SIDE), interpolation=how), dtype=np.uint8)


def captures_of(identity: int, captures: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Photograph one identity; sensors between 140 and 270 px, as nose crops from phones have."""
    rng = np.random.default_rng([9, identity])
    nose = build(identity)
    sizes = np.exp(rng.uniform(np.log(140), np.log(270), captures)).astype(int)
    takes = [take(nose, number, int(size)) for number, size in enumerate(sizes)]
    return np.stack([as_model_input(t.photo) for t in takes]), np.stack([t.place for t in takes])


def _fill(folder: Path, first: int, number: int) -> int:
    cv2.setNumThreads(1)
    places = open_memmap(folder / "places.npy", mode="r+")
    if not places[number].any():
        pictures = open_memmap(folder / "pictures.npy", mode="r+")
        # The places last: an identity counts as ready when they are there.
        pictures[number], places[number] = captures_of(first + number, pictures.shape[1])
    return number


def _create(folder: Path, identities: int, captures: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    open_memmap(folder / "pictures.npy", mode="w+", dtype=np.uint8, shape=(identities, captures, SIDE, SIDE))
    open_memmap(folder / "places.npy", mode="w+", dtype=np.float32, shape=(identities, captures, 2, 3))


def main() -> None:
    """Create the arrays, or go on filling them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--identities", type=int, default=3600)
    parser.add_argument("--captures", type=int, default=16)
    parser.add_argument("--first", type=int, default=0, help="the first identity's seed, a multiple of six")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    if not (arguments.out / "places.npy").exists():
        _create(arguments.out, arguments.identities, arguments.captures)
    with ProcessPoolExecutor(arguments.workers) as workers:
        jobs = [workers.submit(_fill, arguments.out, arguments.first, n) for n in range(arguments.identities)]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if done % 200 == 0:
                print(f"{done} identities", flush=True)


if __name__ == "__main__":
    main()
