"""Exact 1:N search: every template is looked at, nothing is approximated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noseprint.embedding.model import Vector


class Candidate(NamedTuple):
    """An enrolled pet and the cosine (-1 to 1) of its template to the probe."""

    pet_did: str
    cosine: float


class Gallery:
    """The templates of all enrolled pets under one model.

    Args:
        pet_dids: n Pet DIDs.
        templates: float32 of shape (n, d), in memory or a memory map; rows need not be of unit length.
    """

    def __init__(self, pet_dids: Sequence[str], templates: npt.NDArray[np.float32]) -> None:
        if len(pet_dids) != len(templates):
            raise ValueError(f"{len(pet_dids)} pets, {len(templates)} templates")
        self._pet_dids = pet_dids
        self._templates = templates
        lengths = np.linalg.norm(templates, axis=1) if len(templates) else np.ones(0, np.float32)
        self._lengths = np.where(lengths > 0, lengths, np.inf)

    def __len__(self) -> int:
        return len(self._pet_dids)

    def search(self, probe: Vector, top: int) -> list[Candidate]:
        """The ``top`` most similar pets, best first; equal scores in the gallery's order.

        Raises:
            NoseprintError: VECTOR_DIMENSION_MISMATCH when the probe is of another size.
        """
        if not len(self):
            return []
        if probe.shape != self._templates.shape[1:]:
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"{probe.shape}")
        cosines = self._templates @ (probe / np.linalg.norm(probe)) / self._lengths
        best = _largest(cosines, min(top, len(self)))
        return [Candidate(self._pet_dids[row], float(np.clip(cosines[row], -1.0, 1.0))) for row in best]


def _largest(scores: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.intp]:
    """Indices of the ``count`` largest scores, largest first, without sorting all of them."""
    chosen = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    return chosen[np.argsort(-scores[chosen], kind="stable")][:count]
