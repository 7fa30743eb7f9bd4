"""The generated pictures that training draws from, as `make_training_noses` left them on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from training.generator import FAMILY_SIZE

if TYPE_CHECKING:
    from pathlib import Path


class Pool:
    """Pictures (identities, captures, 224, 224) uint8 and places; each identity's mirror image is another identity."""

    def __init__(self, folder: Path) -> None:
        self._pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self._places = np.load(folder / "places.npy", mmap_mode="r")
        self._ready = 0

    @property
    def identities(self) -> int:
        """How many identities a full pool gives, mirror images included."""
        return 2 * len(self._pictures)

    def ready_families(self) -> int:
        """Return how many families are completely on disk: a pool may still be growing while it is trained on."""
        while self._ready + FAMILY_SIZE <= len(self._pictures) and all(
            self._places[self._ready + k].any() for k in range(FAMILY_SIZE)
        ):
            self._ready += FAMILY_SIZE
        return self._ready // FAMILY_SIZE

    def any_pictures(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """Draw pictures (count, 1, 224, 224) float32 in [0, 1] and their places (count, 2, 3) float32."""
        identities = rng.integers(0, self.ready_families() * FAMILY_SIZE, count)
        captures = rng.integers(0, self._pictures.shape[1], count)
        flips = rng.random(count) < 0.5
        picked = [self._pick(int(i), int(c), bool(f)) for i, c, f in zip(identities, captures, flips, strict=True)]
        places = self._places[identities, captures].copy()
        # In a mirror, across changes its sign in the picture and on the nose.
        places[flips] *= np.array([[1, -1, -1], [-1, 1, 1]], np.float32)
        return _tensor(picked), torch.from_numpy(places)

    def families(self, rng: np.random.Generator, families: int, strangers: int, captures: int) -> tuple[Tensor, Tensor]:
        """Draw whole families and single members of others.

        Returns pictures (n, 1, 224, 224) float32 in [0, 1] and identities (n,) int64.
        """
        pictures, labels = [], []
        drawn = rng.choice(self.ready_families(), families + strangers, replace=False)
        for order, family in enumerate(drawn):
            mirrored = bool(rng.random() < 0.5)
            members = range(FAMILY_SIZE) if order < families else [int(rng.integers(FAMILY_SIZE))]
            for member in members:
                identity = int(family) * FAMILY_SIZE + member
                chosen = rng.choice(self._pictures.shape[1], captures, replace=False)
                pictures += [self._pick(identity, int(c), mirrored) for c in chosen]
                labels += [identity + mirrored * len(self._pictures)] * captures
        return _tensor(pictures), torch.tensor(labels)

    def members(self, rng: np.random.Generator, identities: range, mirrored: bool) -> tuple[Tensor, Tensor]:
        """Draw two pictures of each given identity (2 n, 1, 224, 224), one after the other, and their labels (2 n,)."""
        pictures, labels = [], []
        for identity in identities:
            chosen = rng.choice(self._pictures.shape[1], 2, replace=False)
            pictures += [self._pick(identity, int(c), mirrored) for c in chosen]
            labels += [identity + mirrored * len(self._pictures)] * 2
        return _tensor(pictures), torch.tensor(labels)

    def _pick(self, identity: int, capture: int, mirrored: bool) -> np.ndarray:
        picture: np.ndarray = np.asarray(self._pictures[identity, capture])
        return picture[:, ::-1] if mirrored else picture


def _tensor(pictures: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures)[:, None].astype(np.float32) / 255)
