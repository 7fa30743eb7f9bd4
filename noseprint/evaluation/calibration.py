"""Computes the monotone map from score to similarity that gives the platform's thresholds a meaning.

The map is applied elsewhere; here only its knots are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.error_rates import RankedScores, rank, threshold_at_fmr

FEWEST_IMPOSTORS = 3_000
ENOUGH_FOR_EMPIRICAL_TAIL = 10_000

_SIMILARITIES = (0.0, 0.25, 0.70, 0.85, 1.0)
_MILLIONTHS = 1_000_000
_NARROWEST = 100  # millionths of a score between two knots


@dataclass(frozen=True, slots=True)
class CalibrationKnots:
    """A piecewise-linear map from score to similarity.

    Attributes:
        score: strictly increasing from -1 to the highest score there is.
        similarity: strictly increasing from 0 to 1, as many as scores.
    """

    score: tuple[float, ...]
    similarity: tuple[float, ...]


def calibrate(impostor_scores: npt.ArrayLike, highest: float = 1.0) -> CalibrationKnots:
    """Find the knots that put similarity 0.70 at FMR 1 % and 0.85 at FMR 0.1 %.

    The five knots: score -1 is similarity 0, the impostors' median 0.25, the smallest score at which
    FMR <= 1 % is 0.70, the one at FMR <= 0.1 % is 0.85, the highest score is 1. Only impostors decide, so that
    the map is never tuned towards the dogs that it accepts.

    With at least 10,000 comparisons the 0.1 % tail is read off them. With fewer, that would rest on three to
    nine comparisons, and an exponential tail is fitted to those above the score at FMR 1 %: score(0.1 %) =
    score(1 %) + ln(10) times their mean excess. (Peaks over threshold with shape 0: S. Coles, "An Introduction
    to Statistical Modeling of Extreme Values", 2001, ch. 4. Scores have an end, so the true tail is rather
    shorter, and this errs towards refusing.) The greater of the fitted and the observed score is taken.

    Knots stand at whole millionths, rounded up, and at least 0.0001 apart whatever the input; only impostors
    within 0.0003 of the highest score can make that lower a knot.

    Args:
        impostor_scores: (n,) scores of photos of different dogs, in [-1, highest], n >= 3,000: cosines, or what
            cosines and keypoints give together.
        highest: the highest score there can be, in whole millionths.

    Raises:
        NoseprintError: INVALID_REQUEST when there are fewer, or one is no such score.
    """
    impostor = _checked(impostor_scores, highest)
    at_one_percent = threshold_at_fmr(impostor, 0.01)
    wanted = (float(np.median(impostor.scores)), at_one_percent, _tail(impostor, at_one_percent))
    return CalibrationKnots((-1.0, *_spread(wanted, round(highest * _MILLIONTHS)), highest), _SIMILARITIES)


def _checked(scores: npt.ArrayLike, highest: float) -> RankedScores:
    values = np.asarray(scores, dtype=np.float64)
    if values.size < FEWEST_IMPOSTORS:
        problem = f"{values.size} impostor comparisons; FMR 0.1 % needs {FEWEST_IMPOSTORS:,} or more"
        raise NoseprintError(ErrorCode.INVALID_REQUEST, problem)
    impostor = rank(values)
    if impostor.scores[0] < -1.0 or impostor.scores[-1] > highest:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"a score outside [-1, {highest}]")
    return impostor


def _tail(impostor: RankedScores, at_one_percent: float) -> float:
    observed = threshold_at_fmr(impostor, 0.001)
    if len(impostor.scores) >= ENOUGH_FOR_EMPIRICAL_TAIL:
        return observed
    excess = impostor.scores[impostor.scores >= at_one_percent] - at_one_percent
    fitted = at_one_percent + math.log(10.0) * float(excess.mean()) if excess.size else at_one_percent
    return max(observed, fitted)


def _spread(wanted: tuple[float, ...], end: int) -> tuple[float, ...]:
    knots = []
    lowest = -_MILLIONTHS + _NARROWEST
    for index, score in enumerate(wanted):
        highest = end - _NARROWEST * (len(wanted) - index)
        knot = min(max(math.floor(score * _MILLIONTHS) + 1, lowest), highest)
        knots.append(knot / _MILLIONTHS)
        lowest = knot + _NARROWEST
    return tuple(knots)
