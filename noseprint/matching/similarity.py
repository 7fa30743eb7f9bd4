"""How alike two vectors are: cosine, distance, and the platform's similarity by the model's calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.embedding.manifest import Calibration
    from noseprint.embedding.model import Vector

Verdict = Literal["same", "review", "different"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The scores of one comparison.

    Attributes:
        similarity: calibrated, 0 to 1; verdicts are about this one.
        cosine_similarity: -1 to 1.
        euclidean_distance: of the vectors as they are, at least 0.
    """

    similarity: float
    cosine_similarity: float
    euclidean_distance: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Similarities from which two nose prints are one dog's (same), or need a person's look (review)."""

    same: float = 0.85
    review: float = 0.70

    def verdict(self, similarity: float) -> Verdict:
        """What a similarity means."""
        if similarity >= self.same:
            return "same"
        return "review" if similarity >= self.review else "different"


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors, -1 to 1, computed in float64; the order does not matter.

    Raises:
        NoseprintError: VECTOR_DIMENSION_MISMATCH, also for vectors without direction.
    """
    if one.shape != other.shape or one.ndim != 1:
        raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"{one.shape} against {other.shape}")
    a, b = one.astype(np.float64), other.astype(np.float64)
    lengths = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    if lengths == 0.0 or not np.isfinite(lengths):
        raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, "a vector has no direction")
    return float(np.clip(np.dot(a, b) / lengths, -1.0, 1.0))


def similarity(cosines: npt.ArrayLike, calibration: Calibration) -> npt.NDArray[np.float64]:
    """Map cosines of any shape onto the platform's scale: monotone, within 0 and 1, linear between the knots."""
    return between_knots(cosines, calibration.cosine, calibration.similarity)


def between_knots(
    scores: npt.ArrayLike, at: tuple[float, ...], similarities: tuple[float, ...]
) -> npt.NDArray[np.float64]:
    """Read a piecewise-linear map at scores of any shape; beyond its ends it stays level."""
    where, knots = np.asarray(scores, np.float64), np.asarray(similarities)
    after = np.searchsorted(at, where, side="right")
    # Rounding can carry an interpolated value past the knot that it lies before.
    lowest, highest = knots[np.maximum(after - 1, 0)], knots[np.minimum(after, knots.size - 1)]
    mapped: npt.NDArray[np.float64] = np.clip(np.interp(where, at, knots), lowest, highest)
    return mapped


def least_cosine(wanted: float, calibration: Calibration) -> float:
    """The cosine (-1 to 1) at which the similarity reaches a value in 0 to 1."""
    return float(np.interp(wanted, calibration.similarity, calibration.cosine))


def compare(one: Vector, other: Vector, calibration: Calibration) -> Comparison:
    """Compare two vectors of one model; symmetric.

    Raises:
        NoseprintError: VECTOR_DIMENSION_MISMATCH.
    """
    angle = cosine(one, other)
    distance = float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64)))
    return Comparison(float(similarity(angle, calibration)), angle, distance)
