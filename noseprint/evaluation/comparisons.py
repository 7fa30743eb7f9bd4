"""Compares every photo with every other: genuine and impostor scores, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of one kind (genuine or impostor) with the two identities of each.

    Attributes:
        scores: (p,) float64, cosines in [-1, 1].
        first: (p,) int32, index of the one identity in `ComparisonSet.identities`.
        second: (p,) int32, index of the other; equal to `first` in a genuine comparison, greater otherwise.
    """

    scores: Floats
    first: Indices
    second: Indices

    def __len__(self) -> int:
        return len(self.scores)

    def identity_count(self) -> int:
        """How many identities take part in at least one of these comparisons."""
        return len(np.union1d(self.first, self.second))


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonSet:
    """Every comparison of a test crew, each unordered pair of photos once, never a photo with itself.

    Attributes:
        identities: names of the m identities, sorted.
        genuine: comparisons of two photos of one identity.
        impostor: comparisons of photos of two identities.
    """

    identities: tuple[str, ...]
    genuine: Comparisons
    impostor: Comparisons


def compare_all(
    vectors: npt.NDArray[np.floating],
    labels: Sequence[str],
    may_be_one_dog: Iterable[tuple[str, str]] = (),
) -> ComparisonSet:
    """Compare all photos with each other by the cosine of their vectors (full cross-comparison).

    Args:
        vectors: (n, d) floats, one row per photo, of any length above zero.
        labels: n identity names, one per row.
        may_be_one_dog: pairs of identity names, in either order, that may be one dog: their comparisons are
            neither genuine nor impostor. A name that no photo carries has no effect.

    Returns:
        All n (n - 1) / 2 comparisons but the ones left out, in no order that means anything.

    Raises:
        NoseprintError: INVALID_REQUEST when the shapes disagree, or a vector is zero or not finite.
    """
    unit = _unit_rows(vectors, len(labels))
    identities, identity_of = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
    names = tuple(identities.tolist())
    rows, columns = np.triu_indices(len(unit), k=1)
    scores = np.clip(unit @ unit.T, -1.0, 1.0)[rows, columns]
    one, other = (identity_of[index].astype(np.int32) for index in (rows, columns))
    pairs = Comparisons(scores, np.minimum(one, other), np.maximum(one, other))
    genuine = pairs.first == pairs.second
    impostor = ~genuine & ~_doubtful(pairs, names, may_be_one_dog)
    return ComparisonSet(names, _chosen(pairs, genuine), _chosen(pairs, impostor))


def _unit_rows(vectors: npt.NDArray[np.floating], count: int) -> Floats:
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != count:  # noqa: PLR2004
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{count} labels for vectors of shape {rows.shape}")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a vector is zero or not finite")
    unit: Floats = rows / norms
    return unit


def _doubtful(
    pairs: Comparisons, names: tuple[str, ...], may_be_one_dog: Iterable[tuple[str, str]]
) -> npt.NDArray[np.bool_]:
    index_of = {name: index for index, name in enumerate(names)}
    known = [sorted((index_of[a], index_of[b])) for a, b in may_be_one_dog if {a, b} <= index_of.keys()]
    doubtful = np.zeros(len(pairs), dtype=np.bool_)
    for low, high in known:
        doubtful |= (pairs.first == low) & (pairs.second == high)
    return doubtful


def _chosen(pairs: Comparisons, mask: npt.NDArray[np.bool_]) -> Comparisons:
    return Comparisons(pairs.scores[mask], pairs.first[mask], pairs.second[mask])
