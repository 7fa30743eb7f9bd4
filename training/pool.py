"""The pictures that training draws from, as `make_training_noses` and `make_retaken_noses` left them on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Draw:
    """Pictures (n, 224, 224) uint8, where the nose is in each (n, 2, 3) float32, and whose it is (n,) int64."""

    pictures: NDArray[np.uint8]
    places: NDArray[np.float32]
    identities: NDArray[np.int64]

    def __add__(self, other: Draw) -> Draw:
        """Put two draws into one."""
        return Draw(
            np.concatenate([self.pictures, other.pictures]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.identities, other.identities]),
        )


class Pool:
    """Pictures of identities that stand in families; each identity's mirror image is another identity.

    `first_label` is the number of its first identity among all that a training knows.
    """

    def __init__(self, folder: Path, family_size: int, first_label: int = 0) -> None:
        self._pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self._places = np.load(folder / "places.npy")
        self._family_size = family_size
        self._first_label = first_label

    @property
    def identities(self) -> int:
        """How many identities there are, mirror images included."""
        return 2 * len(self._pictures)

    @property
    def families(self) -> int:
        """How many families there are, mirror images not counted."""
        return len(self._pictures) // self._family_size

    def any_pictures(self, rng: np.random.Generator, count: int) -> Draw:
        """Draw single pictures."""
        identities = rng.integers(0, len(self._pictures), count)
        captures = rng.integers(0, self._pictures.shape[1], count)
        return self._pick(identities, captures, rng.random(count) < 0.5)

    def relatives(self, rng: np.random.Generator, families: int, strangers: int, captures: int) -> Draw:
        """Draw so many captures each of whole families and of single members of others."""
        members, mirrored = [], []
        for order, family in enumerate(rng.choice(self.families, families + strangers, replace=False)):
            whole = order < families
            chosen = np.arange(self._family_size) if whole else rng.integers(self._family_size, size=1)
            members += [int(family) * self._family_size + int(k) for k in chosen]
            mirrored += [bool(rng.random() < 0.5)] * len(chosen)
        return self._several(rng, np.array(members), np.array(mirrored), captures)

    def members(self, rng: np.random.Generator, identities: Sequence[int], *, mirrored: bool) -> Draw:
        """Draw two pictures of each given identity, one after the other."""
        return self._several(rng, np.array(identities), np.full(len(identities), mirrored), 2)

    def _several(
        self, rng: np.random.Generator, identities: NDArray[np.int64], mirrored: NDArray[np.bool_], captures: int
    ) -> Draw:
        every = self._pictures.shape[1]
        chosen = [rng.choice(every, captures, replace=False) for _ in identities]
        return self._pick(identities.repeat(captures), np.concatenate(chosen), mirrored.repeat(captures))

    def _pick(self, identities: NDArray[np.int64], captures: NDArray[np.int64], mirrored: NDArray[np.bool_]) -> Draw:
        pictures = np.stack([self._pictures[i, c] for i, c in zip(identities, captures, strict=True)])
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        places = self._places[identities, captures].copy()
        # In a mirror, across changes its sign in the picture and on the nose.
        places[mirrored] *= np.array([[1, -1, -1], [-1, 1, 1]], np.float32)
        labels = self._first_label + identities + mirrored * len(self._pictures)
        return Draw(pictures, places, labels.astype(np.int64))
