"""Generated dogs in great number: a gallery to search, and strangers that are in none. Written once, then reused."""

from __future__ import annotations

import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.folders import GALLERY_SEEDS, Sitting, write_dog
from training.generator import Style
from training.report.work import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from training.report.work import Work

    Embed = Callable[[list[bytes]], NDArray[np.float32]]

SITTING = Sitting(photos=3, size=224, style=Style.SESSIONS)
BLOCK = 250


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedDogs:
    """Generated dogs as a model sees them.

    Attributes:
        folders: of their photographs, one per dog.
        vectors: float32 (dogs, photographs, d), each of unit length.
    """

    folders: tuple[Path, ...]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def first(self) -> NDArray[np.float32]:
        """The vector of each dog's first photograph, float32 (dogs, d)."""
        return self.vectors[:, 0]

    @property
    def templates(self) -> NDArray[np.float32]:
        """The mean of each dog's vectors at unit length, float32 (dogs, d): photographs of equal quality."""
        means = self.vectors.mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)

    def split(self, count: int) -> tuple[GeneratedDogs, GeneratedDogs]:
        """The first dogs, so many, and the others."""
        first = GeneratedDogs(self.folders[:count], self.vectors[:count])
        return first, GeneratedDogs(self.folders[count:], self.vectors[count:])

    @property
    def name(self) -> str:
        """Of the folder of all of them; it changes with the generator."""
        return self.folders[0].parent.name

    def photos_of(self, dog: int) -> list[bytes]:
        """The files of a dog's photographs."""
        return [file.read_bytes() for file in sorted(self.folders[dog].iterdir())]


def write_photographs(work: Work, dogs: int, workers: int) -> Iterator[Path]:
    """Photograph generated dogs, several at a time, and name each one's folder when it is there.

    The folder is named after the first dog's photographs: with another generator, the dogs are photographed again.
    """
    first = work.folder / "first-generated-dog"
    shutil.rmtree(first, ignore_errors=True)
    write_dog(first, GALLERY_SEEDS, SITTING)
    fingerprint = digest(file.read_bytes() for file in sorted(first.iterdir()))
    folder = work.folder / f"generated-{fingerprint[:12]}"
    folder.mkdir(exist_ok=True)
    # A forked copy of a process whose libraries have threads may wait for them for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(partial(_write, folder), range(dogs), chunksize=4)


def embed_photographs(work: Work, folders: list[Path], model: str, embed: Embed) -> Iterator[NDArray[np.float32]]:
    """The vectors of dogs, float32 (up to 250, photographs, d) at a time.

    Args:
        work: where they are kept.
        folders: one per dog.
        model: checksum of the model.
        embed: files to vectors, float32 (n, d).
    """
    for start in range(0, len(folders), BLOCK):
        block = folders[start : start + BLOCK]
        ingredients = [model, block[0].parent.name, block[0].name, block[-1].name]
        yield work.remember("generated-vectors", ingredients, partial(_embed_block, block, embed))


def _write(folder: Path, number: int) -> Path:
    dog = folder / f"dog-{number:05d}"
    if not dog.exists():
        half_written = folder / f"half-dog-{number:05d}"
        write_dog(half_written, GALLERY_SEEDS + number, SITTING)
        half_written.rename(dog)
    return dog


def _embed_block(folders: list[Path], embed: Embed) -> NDArray[np.float32]:
    photos = [file.read_bytes() for folder in folders for file in sorted(folder.iterdir())]
    vectors = embed(photos)
    return vectors.reshape(len(folders), -1, vectors.shape[1])
