"""Pairs every photo with every other: which pairs are genuine, which impostor, whose they are, and their scores."""

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
        scores: (p,) float64, greater is more alike.
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


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPairs:
    """Every unordered pair of photos once, never a photo with itself, without the doubtful ones.

    Attributes:
        identities: names of the m identities, sorted.
        rows: (p,) int32, the one photo's place in the crew.
        columns: (p,) int32, the other's; greater than its row.
        first: (p,) int32, the lesser index of the two identities.
        second: (p,) int32, the greater one.
    """

    identities: tuple[str, ...]
    rows: Indices
    columns: Indices
    first: Indices
    second: Indices

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def genuine(self) -> npt.NDArray[np.bool_]:
        """(p,) which pairs show one identity; the others are impostors of each other."""
        mask: npt.NDArray[np.bool_] = self.first == self.second
        return mask

    def cosines(self, vectors: npt.NDArray[np.floating]) -> Floats:
        """The cosine of each pair, (p,) float64 in [-1, 1].

        Args:
            vectors: (n, d) floats, one row per photo of the crew, of any length above zero.

        Raises:
            NoseprintError: INVALID_REQUEST when a photo has no row, or a vector is zero or not finite.
        """
        unit = _unit_rows(vectors)
        if len(self) and len(unit) <= self.columns.max():
            raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{len(unit)} vectors for more photos")
        scores: Floats = np.clip(unit @ unit.T, -1.0, 1.0)[self.rows, self.columns]
        return scores

    def scored(self, scores: npt.ArrayLike) -> ComparisonSet:
        """The comparisons that these pairs become with a score each, (p,), greater is more alike."""
        values = np.asarray(scores, dtype=np.float64)
        genuine = self.genuine
        return ComparisonSet(self.identities, self._chosen(values, genuine), self._chosen(values, ~genuine))

    def _chosen(self, scores: Floats, mask: npt.NDArray[np.bool_]) -> Comparisons:
        return Comparisons(scores[mask], self.first[mask], self.second[mask])


def pair_photos(labels: Sequence[str], may_be_one_dog: Iterable[tuple[str, str]] = ()) -> PhotoPairs:
    """Pair the photos of a crew, each with every other.

    Args:
        labels: n identity names, one per photo.
        may_be_one_dog: pairs of identity names, in either order, that may be one dog: their pairs are neither
            genuine nor impostor and left out. A name that no photo carries has no effect.

    Returns:
        All n (n - 1) / 2 pairs but the ones left out.
    """
    identities, identity_of = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
    names = tuple(identities.tolist())
    rows, columns = (index.astype(np.int32) for index in np.triu_indices(len(labels), k=1))
    one, other = (identity_of[index].astype(np.int32) for index in (rows, columns))
    pairs = PhotoPairs(names, rows, columns, np.minimum(one, other), np.maximum(one, other))
    kept = ~_doubtful(pairs, may_be_one_dog)
    return PhotoPairs(names, rows[kept], columns[kept], pairs.first[kept], pairs.second[kept])


def compare_all(
    vectors: npt.NDArray[np.floating],
    labels: Sequence[str],
    may_be_one_dog: Iterable[tuple[str, str]] = (),
) -> ComparisonSet:
    """Compare all photos with each other by the cosine of their vectors (full cross-comparison).

    Args:
        vectors: (n, d) floats, one row per photo, of any length above zero.
        labels: n identity names, one per row.
        may_be_one_dog: as in `pair_photos`.

    Raises:
        NoseprintError: INVALID_REQUEST when the shapes disagree, or a vector is zero or not finite.
    """
    if np.ndim(vectors) != 2 or len(vectors) != len(labels):  # noqa: PLR2004
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{len(labels)} labels for vectors of shape {vectors.shape}")
    pairs = pair_photos(labels, may_be_one_dog)
    return pairs.scored(pairs.cosines(vectors))


def _unit_rows(vectors: npt.NDArray[np.floating]) -> Floats:
    rows = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a vector is zero or not finite")
    unit: Floats = rows / norms
    return unit


def _doubtful(pairs: PhotoPairs, may_be_one_dog: Iterable[tuple[str, str]]) -> npt.NDArray[np.bool_]:
    index_of = {name: index for index, name in enumerate(pairs.identities)}
    known = [sorted((index_of[a], index_of[b])) for a, b in may_be_one_dog if {a, b} <= index_of.keys()]
    doubtful = np.zeros(len(pairs), dtype=np.bool_)
    for low, high in known:
        doubtful |= (pairs.first == low) & (pairs.second == high)
    return doubtful
