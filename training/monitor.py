"""The check on real photographs during training, on dogs that are neither trained on nor tested on.

There is one photograph of each of these dogs. Genuine pairs are mild re-photographs of it (another angle, light, lens,
treatment); impostor pairs are different dogs. Real skin, so this says when a training starts to learn the generator's
peculiarities instead of noses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import nn

from training.rates import Rates, pair_scores, rates
from training.retake import rephotograph

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

_RETAKES = 6


@dataclass(frozen=True)
class Monitor:
    """Pictures (n, 224, 224) uint8 grey, whose dog each is, and which dogs may be one."""

    pictures: NDArray[np.uint8]
    names: list[str]
    same: dict[str, str]

    def rates(self, network: nn.Module) -> Rates:
        """Measure a network that maps (n, 1, 224, 224) to embeddings."""
        return rates(*pair_scores(embed(network, self.pictures), self.names, self.same))


def from_photographs(folder: Path, seed: int = 0, without: Collection[str] = ()) -> Monitor:
    """Build the check from a folder with one JPEG file for each dog, named `<photographer>-<id>.jpg`.

    Two photographs of one photographer may be one dog: no impostor pairs are made of them. `without` names files
    (no suffix) to leave out, for they are trained on.
    """
    paths = sorted(folder.glob("*.jpg"))
    pictures, names, same = [], [], {}
    for number, path in enumerate(paths):
        if path.stem in without:
            continue
        original = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if original is None:
            raise ValueError(f"{path.name} is no picture")
        same[path.stem] = "-".join(path.stem.split("-")[:2])
        for take in range(_RETAKES):
            rng = np.random.default_rng([seed, number, take])
            pictures.append(rephotograph(np.asarray(original, dtype=np.uint8), rng))
            names.append(path.stem)
    return Monitor(np.stack(pictures), names, same)


def embed(network: nn.Module, pictures: NDArray[np.uint8], batch: int = 96) -> NDArray[np.float32]:
    """Return unit embeddings (n, dimension) float32 of grey pictures (n, 224, 224) uint8."""
    network.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            grey = torch.from_numpy(pictures[start : start + batch, None].astype(np.float32) / 255)
            parts.append(nn.functional.normalize(network(grey).float(), dim=1).numpy())
    return np.concatenate(parts)
