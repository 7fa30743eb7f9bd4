"""Matching error rates after ISO/IEC 19795-1: FMR, FNMR, EER and the DET curve.

Everywhere a comparison is a match when its score is at or above the threshold.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterable

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RankedScores:
    """Scores of one kind in ascending order, each with the number of times that it counts; from `rank`.

    Attributes:
        scores: (n,) float64, ascending, finite.
        below: (n + 1,) int64, `below[k]` is how often the k lowest scores count together; `below[n]` > 0.
    """

    scores: Floats
    below: Counts

    def share_below(self, thresholds: npt.ArrayLike) -> Floats:
        """Share of the scores under each threshold, in [0, 1], float64 of the thresholds' shape."""
        return np.asarray(self._count_below(thresholds) / self.below[-1], dtype=np.float64)

    def share_at_least(self, thresholds: npt.ArrayLike) -> Floats:
        """Share of the scores at or above each threshold, in [0, 1], float64 of the thresholds' shape."""
        count = self.below[-1] - self._count_below(thresholds)
        return np.asarray(count / self.below[-1], dtype=np.float64)

    def _count_below(self, thresholds: npt.ArrayLike) -> Counts:
        return np.asarray(self.below[np.searchsorted(self.scores, thresholds, side="left")])


@dataclass(frozen=True, slots=True)
class EqualErrorRate:
    """Where FMR and FNMR meet.

    Attributes:
        rate: in [0, 1].
        threshold: the smallest observed score (or the first number above all of them) at which FNMR >= FMR.
    """

    rate: float
    threshold: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Both error rates (in [0, 1]) at one threshold."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True, eq=False)
class DetCurve:
    """The detection error trade-off, one point per distinct observed score and one above all of them.

    Attributes:
        thresholds: (k,) float64, strictly ascending.
        fmr: (k,) float64, falling from 1 to 0.
        fnmr: (k,) float64, rising from 0 to 1.
    """

    thresholds: Floats
    fmr: Floats
    fnmr: Floats


def rank(scores: npt.ArrayLike) -> RankedScores:
    """Sort scores once for all that is asked of them.

    Args:
        scores: (n,) numbers, n >= 1, greater is more alike.

    Raises:
        NoseprintError: INVALID_REQUEST when there is none, or one is not finite.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64), axis=None)
    if not ordered.size or not np.isfinite(ordered).all():
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "error rates need scores, all of them finite")
    return RankedScores(ordered, np.arange(len(ordered) + 1, dtype=np.int64))


def false_match_rate(impostor: RankedScores, thresholds: npt.ArrayLike) -> Floats:
    """FMR: the share of impostor comparisons that match, s >= t (ISO/IEC 19795-1, false match rate).

    Returns:
        In [0, 1], float64 of the thresholds' shape, never rising with the threshold.
    """
    return impostor.share_at_least(thresholds)


def false_non_match_rate(genuine: RankedScores, thresholds: npt.ArrayLike) -> Floats:
    """FNMR: the share of genuine comparisons that do not match, s < t (ISO/IEC 19795-1).

    Returns:
        In [0, 1], float64 of the thresholds' shape, never falling with the threshold.
    """
    return genuine.share_below(thresholds)


def rates_at(genuine: RankedScores, impostor: RankedScores, thresholds: Iterable[float]) -> tuple[OperatingPoint, ...]:
    """FMR and FNMR at each of the thresholds, in their order."""
    return tuple(
        OperatingPoint(t, float(false_match_rate(impostor, t)), float(false_non_match_rate(genuine, t)))
        for t in thresholds
    )


def threshold_at_fmr(impostor: RankedScores, target: float) -> float:
    """The smallest threshold at which FMR <= target.

    FMR only falls right above an observed impostor score, so this is the first float64 above one of them. A
    target under one divided by the number of comparisons lets no impostor match.

    Args:
        impostor: the impostor scores.
        target: the greatest FMR wanted, in [0, 1).

    Raises:
        NoseprintError: INVALID_REQUEST when the target is outside [0, 1).
    """
    if not 0.0 <= target < 1.0:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"FMR {target} is not in [0, 1)")
    total = impostor.below[-1]
    refused = bisect_left(
        range(len(impostor.below)),
        x=True,
        key=lambda count: bool((total - impostor.below[count]) / total <= target),
    )
    return float(np.nextafter(impostor.scores[refused - 1], np.inf))


def fnmr_at_fmr(genuine: RankedScores, impostor: RankedScores, target: float) -> OperatingPoint:
    """FNMR at the smallest threshold at which FMR <= target (see `threshold_at_fmr`, which may raise).

    Returns:
        That threshold, the FMR reached there (at most the target) and the FNMR.
    """
    return rates_at(genuine, impostor, [threshold_at_fmr(impostor, target)])[0]


def equal_error_rate(genuine: RankedScores, impostor: RankedScores, candidates: Floats | None = None) -> EqualErrorRate:
    """EER: the rate at which FMR = FNMR.

    Both rates are step functions and seldom meet at a threshold. The EER is read where the straight line
    between the last point of the DET curve with FNMR < FMR and the first with FNMR >= FMR crosses FMR = FNMR
    (linear in the rates, not in probits; not the convex hull). It therefore depends on the order of the scores
    alone, not on their scale.

    Args:
        genuine: the genuine scores.
        impostor: the impostor scores.
        candidates: `candidate_thresholds` of both, where they are at hand already.
    """
    steps = candidate_thresholds(genuine, impostor) if candidates is None else candidates

    def rates(index: int) -> tuple[float, float]:
        t = steps[index]
        return float(impostor.share_at_least(t)), float(genuine.share_below(t))

    def has_crossed(index: int) -> bool:
        fmr, fnmr = rates(index)
        return fnmr >= fmr

    after = bisect_left(range(len(steps)), x=True, key=has_crossed)
    rate = _diagonal_crossing(rates(after - 1), rates(after))
    return EqualErrorRate(rate, float(steps[after]))


def candidate_thresholds(genuine: RankedScores, impostor: RankedScores) -> Floats:
    """Every threshold at which a rate can change: the distinct scores, ascending, and one above them all."""
    scores = np.union1d(genuine.scores, impostor.scores)
    return np.append(scores, np.nextafter(scores[-1], np.inf))


def det_curve(genuine: RankedScores, impostor: RankedScores) -> DetCurve:
    """The DET curve (ISO/IEC 19795-1): (FMR, FNMR) at every threshold where one of them changes."""
    thresholds = candidate_thresholds(genuine, impostor)
    return DetCurve(thresholds, false_match_rate(impostor, thresholds), false_non_match_rate(genuine, thresholds))


def _diagonal_crossing(before: tuple[float, float], after: tuple[float, float]) -> float:
    (fmr, fnmr), (next_fmr, next_fnmr) = before, after
    gap, next_gap = fmr - fnmr, next_fnmr - next_fmr
    if next_gap == 0:
        return next_fmr
    return fmr + gap / (gap + next_gap) * (next_fmr - fmr)
