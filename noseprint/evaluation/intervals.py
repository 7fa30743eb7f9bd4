"""How sure the error rates are: the dogs are the sample, not the pairs of photos."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.error_rates import RankedScores

if TYPE_CHECKING:
    from noseprint.evaluation.comparisons import ComparisonSet

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]
Statistic = Callable[[RankedScores | None, RankedScores | None], Sequence[float]]

CONFIDENCE = 0.95
DEFAULT_RESAMPLES = 1_000
FEWEST_IDENTITIES = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval of a rate.

    Attributes:
        lower: in [0, 1].
        upper: in [lower, 1].
        method: "bootstrap" (over identities) or "exact bound" (one-sided, where no error or nothing but errors
            was seen).
    """

    lower: float
    upper: float
    method: Literal["bootstrap", "exact bound"]


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    scores: Floats
    dogs: tuple[Indices, ...]  # one per genuine comparison, two per impostor comparison

    def drawn(self, draws: npt.NDArray[np.int64]) -> RankedScores | None:
        weights = math.prod(draws[dog] for dog in self.dogs)
        below = np.concatenate(([0], np.cumsum(weights)))
        return RankedScores(self.scores, below) if below[-1] else None


def resample_identities(
    comparisons: ComparisonSet, statistic: Statistic, *, resamples: int = DEFAULT_RESAMPLES, seed: int = 0
) -> Floats:
    """Bootstrap over identities: what a figure would be with other dogs of the same kind.

    Each resample draws as many identities as there are, with replacement. A genuine comparison then counts as
    often as its dog was drawn, an impostor comparison as often as the product of the draws of its two dogs; a
    dog drawn twice is never its own impostor. (R. Bolle, N. Ratha, S. Pankanti, "Error analysis of pattern
    recognition systems: the subsets bootstrap", 2004; for the product of draws A. Owen, "The pigeonhole
    bootstrap", 2007, where it is shown to err on the safe side.)

    A dog with one photo has no genuine comparison and speaks for the impostors only; a dog with many photos
    has as much weight as its pairs have in the rate itself.

    Args:
        comparisons: the comparisons with their identities.
        statistic: gets the resampled genuine and impostor scores (None where a draw holds none of a kind) and
            returns k figures, NaN for one that the draw says nothing about.
        resamples: how many draws.
        seed: the same seed gives the same draws.

    Returns:
        (resamples, k) float64; (0, 0) for no resamples.
    """
    genuine, impostor = comparisons.genuine, comparisons.impostor
    sides = (
        _in_score_order(genuine.scores, genuine.first),
        _in_score_order(impostor.scores, impostor.first, impostor.second),
    )
    count = len(comparisons.identities)
    generator = np.random.default_rng(seed)
    figures = []
    for _ in range(resamples):
        draws = np.bincount(generator.integers(count, size=count), minlength=count)
        figures.append(statistic(*(side.drawn(draws) for side in sides)))
    return np.asarray(figures, dtype=np.float64) if figures else np.empty((0, 0))


def interval(rate: float, resampled: npt.ArrayLike, *, identities: int, trials: int) -> Interval | None:
    """The 95 % confidence interval of a rate.

    Usually the percentile interval of the bootstrap. A rate of exactly 0 or 1 never varies under resampling,
    which proves nothing: there the bound of `zero_error_upper_bound` takes its place.

    Args:
        rate: the rate as measured, in [0, 1].
        resampled: (r,) the same rate in each resample; NaN is left out.
        identities: how many identities have a part in the rate.
        trials: how many comparisons of theirs are independent of each other: the number of identities for
            FNMR, half of it for FMR (pairs of dogs that share no dog).

    Returns:
        None when fewer than three identities have a part in it, or nothing was resampled.
    """
    if rate in {0.0, 1.0}:
        bound = zero_error_upper_bound(trials)
        low, high = (0.0, bound) if rate == 0.0 else (1.0 - bound, 1.0)
        return Interval(low, high, "exact bound")
    samples = np.asarray(resampled, dtype=np.float64)
    samples = samples[~np.isnan(samples)]
    if identities < FEWEST_IDENTITIES or not samples.size:
        return None
    tail = (1.0 - CONFIDENCE) / 2
    lower, upper = np.quantile(samples, [tail, 1.0 - tail])
    return Interval(float(lower), float(upper), "bootstrap")


def zero_error_upper_bound(trials: int, confidence: float = CONFIDENCE) -> float:
    """The greatest error rate that zero errors in so many independent trials leave plausible.

    The one-sided Clopper-Pearson bound at zero errors, 1 - (1 - confidence)^(1 / trials). At 95 % it is about
    3 / trials: the rule of three of ISO/IEC 19795-1.

    Args:
        trials: independent trials, at least 1.
        confidence: in (0, 1).

    Returns:
        In (0, 1).

    Raises:
        NoseprintError: INVALID_REQUEST when there is no trial, or the confidence is not in (0, 1).
    """
    if trials < 1 or not 0.0 < confidence < 1.0:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"no bound from {trials} trials at {confidence}")
    # expm1 and log1p keep their digits where the bound is tiny.
    return float(-np.expm1(np.log1p(-confidence) / trials))


def _in_score_order(scores: Floats, *dogs: Indices) -> _Side:
    order = np.argsort(scores, kind="stable")
    return _Side(scores[order], tuple(dog[order] for dog in dogs))
