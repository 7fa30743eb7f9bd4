"""The rates that a report consists of, each with its interval; what they are called in print is not here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from noseprint.evaluation.error_rates import (
    Floats,
    RankedScores,
    candidate_thresholds,
    equal_error_rate,
    false_match_rate,
    false_non_match_rate,
    fnmr_at_fmr,
    rank,
)
from noseprint.evaluation.intervals import Interval, interval, resample_identities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noseprint.evaluation.comparisons import Comparisons, ComparisonSet


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in [0, 1] and its 95 % confidence interval over identities (None where too few identities)."""

    value: float
    interval: Interval | None


class Figure(NamedTuple):
    """Which rate: the EER (at nothing), FNMR at a target FMR, or FMR and FNMR at a threshold of the score."""

    kind: Literal["EER", "FNMR at FMR", "FMR", "FNMR"]
    at: float


EER = Figure("EER", math.nan)

Rates = dict[Figure, Rate | None]


def measure_rates(
    comparisons: ComparisonSet,
    *,
    target_fmrs: Sequence[float],
    thresholds: Sequence[float],
    resamples: int,
    seed: int,
) -> Rates:
    """Measure the EER, FNMR at each target FMR, and FMR and FNMR at each threshold.

    Args:
        comparisons: all comparisons.
        target_fmrs: each in [0, 1).
        thresholds: of the scores.
        resamples: draws of the bootstrap over identities.
        seed: of the bootstrap.

    Returns:
        Every figure; None for one that these comparisons say nothing about.
    """
    plan = [
        EER,
        *(Figure("FNMR at FMR", target) for target in target_fmrs),
        *(Figure("FMR", threshold) for threshold in thresholds),
        *(Figure("FNMR", threshold) for threshold in thresholds),
    ]
    genuine, impostor = ranked(comparisons.genuine), ranked(comparisons.impostor)
    candidates = candidate_thresholds(genuine, impostor) if genuine and impostor else None

    def values(genuine: RankedScores | None, impostor: RankedScores | None) -> list[float]:
        return [_value(figure, genuine, impostor, candidates) for figure in plan]

    resampled = resample_identities(comparisons, values, resamples=resamples, seed=seed)
    columns = resampled.T if resamples else [()] * len(plan)
    supports = _supports(comparisons)
    return {
        figure: None if math.isnan(value) else Rate(value, interval(value, column, **supports[figure.kind]))
        for figure, value, column in zip(plan, values(genuine, impostor), columns, strict=True)
    }


def ranked(comparisons: Comparisons) -> RankedScores | None:
    """The scores of one kind in order; None where there is none."""
    return rank(comparisons.scores) if len(comparisons) else None


def _value(
    figure: Figure, genuine: RankedScores | None, impostor: RankedScores | None, candidates: Floats | None
) -> float:
    match figure.kind:
        case "FMR":
            return float(false_match_rate(impostor, figure.at)) if impostor else math.nan
        case "FNMR":
            return float(false_non_match_rate(genuine, figure.at)) if genuine else math.nan
    if not genuine or not impostor:
        return math.nan
    if figure.kind == "EER":
        return equal_error_rate(genuine, impostor, candidates).rate
    return fnmr_at_fmr(genuine, impostor, figure.at).fnmr


def _supports(comparisons: ComparisonSet) -> dict[str, dict[str, int]]:
    dogs = comparisons.genuine.identity_count()
    crowd = comparisons.impostor.identity_count()
    genuine = {"identities": dogs, "trials": dogs}
    # Pairs of dogs are independent of each other only where they share no dog.
    impostor = {"identities": crowd, "trials": crowd // 2}
    both = {key: min(genuine[key], impostor[key]) for key in genuine}
    return {"EER": both, "FNMR at FMR": genuine, "FMR": impostor, "FNMR": genuine}
