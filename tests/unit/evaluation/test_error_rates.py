"""What the error rates promise, against definitions written out pair by pair."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.error_rates import (
    det_curve,
    equal_error_rate,
    false_match_rate,
    false_non_match_rate,
    fnmr_at_fmr,
    rank,
    rates_at,
    threshold_at_fmr,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# Few distinct values, so that ties within and between the kinds are common.
SCORES = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=40)
TARGETS = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9])


def _fmr(impostor: list[float], t: float) -> float:
    return sum(score >= t for score in impostor) / len(impostor)


def _fnmr(genuine: list[float], t: float) -> float:
    return sum(score < t for score in genuine) / len(genuine)


def _exact_eer(genuine: list[float], impostor: list[float]) -> Fraction:
    scores = sorted({*genuine, *impostor})
    points = [
        (
            Fraction(sum(s >= t for s in impostor), len(impostor)),
            Fraction(sum(s < t for s in genuine), len(genuine)),
        )
        for t in [*scores, scores[-1] + 1]
    ]
    for (fmr, fnmr), (next_fmr, next_fnmr) in itertools.pairwise(points):
        if next_fnmr >= next_fmr:
            along = (fmr - fnmr) / ((fmr - fnmr) + (next_fnmr - next_fmr))
            return fmr + along * (next_fmr - fmr)
    raise AssertionError


@given(SCORES, SCORES, st.floats(-30, 30))
def test_the_rates_are_the_definitions_of_the_standard(genuine: list[float], impostor: list[float], t: float) -> None:
    point = rates_at(rank(genuine), rank(impostor), [t])[0]

    assert (point.threshold, point.fmr, point.fnmr) == (t, _fmr(impostor, t), _fnmr(genuine, t))


def test_a_score_equal_to_the_threshold_is_a_match() -> None:
    assert false_match_rate(rank([0.5]), 0.5) == 1.0
    assert false_non_match_rate(rank([0.5]), 0.5) == 0.0


@given(SCORES, st.lists(st.floats(-30, 30), min_size=2))
def test_the_rates_are_bounded_and_monotone_in_the_threshold(scores: list[float], thresholds: list[float]) -> None:
    ordered = sorted(thresholds)
    fmr, fnmr = false_match_rate(rank(scores), ordered), false_non_match_rate(rank(scores), ordered)

    assert ((fmr >= 0) & (fmr <= 1) & (fnmr >= 0) & (fnmr <= 1)).all()
    assert (np.diff(fmr) <= 0).all()
    assert (np.diff(fnmr) >= 0).all()


@given(SCORES, SCORES, TARGETS)
@example([0.0], [float(n) for n in range(100)], 0.29)
def test_the_threshold_at_an_fmr_is_the_smallest_that_keeps_it(
    genuine: list[float], impostor: list[float], target: float
) -> None:
    point = fnmr_at_fmr(rank(genuine), rank(impostor), target)

    assert point.threshold == threshold_at_fmr(rank(impostor), target)
    assert point.fmr == _fmr(impostor, point.threshold) <= target
    assert _fmr(impostor, float(np.nextafter(point.threshold, -np.inf))) > target
    assert point.fnmr == _fnmr(genuine, point.threshold)


@pytest.mark.parametrize("target", [-0.1, 1.0, float("nan")])
def test_an_fmr_that_means_nothing_is_refused(target: float) -> None:
    with pytest.raises(NoseprintError) as refused:
        threshold_at_fmr(rank([0.0]), target)

    assert refused.value.code is ErrorCode.INVALID_REQUEST


@given(SCORES, SCORES)
def test_the_equal_error_rate_is_the_linear_crossing_of_the_curve(genuine: list[float], impostor: list[float]) -> None:
    result = equal_error_rate(rank(genuine), rank(impostor))

    assert 0.0 <= result.rate <= 1.0
    assert result.rate == pytest.approx(float(_exact_eer(genuine, impostor)), abs=1e-12)
    assert _fnmr(genuine, result.threshold) >= _fmr(impostor, result.threshold)


@pytest.mark.parametrize(
    ("genuine", "impostor", "rate", "threshold"),
    [
        ([3, 4], [1, 2], 0.0, 3.0),
        ([1, 2], [3, 4], 1.0, 3.0),
        ([2, 4, 6, 8], [1, 3, 3, 5], 0.25, 4.0),
        ([1, 3, 4], [0, 1, 2, 2], 1 / 3, 3.0),
        ([1], [1], 0.5, float(np.nextafter(1.0, 2.0))),
    ],
    ids=["apart", "upside down", "meeting at a threshold", "meeting on a step", "all alike"],
)
def test_the_equal_error_rate_of_known_scores(
    genuine: list[float], impostor: list[float], rate: float, threshold: float
) -> None:
    result = equal_error_rate(rank(genuine), rank(impostor))

    assert result.rate == pytest.approx(rate)
    assert result.threshold == threshold


@pytest.mark.parametrize("rising", [lambda x: 2 * x + 1, lambda x: x**3, lambda x: np.exp(x / 7), np.arctan])
@given(genuine=SCORES, impostor=SCORES, target=TARGETS)
def test_a_strictly_increasing_map_of_the_scores_changes_no_rate(
    rising: Callable[[np.ndarray], np.ndarray], genuine: list[float], impostor: list[float], target: float
) -> None:
    plain = rank(genuine), rank(impostor)
    mapped = rank(rising(np.array(genuine))), rank(rising(np.array(impostor)))

    assert equal_error_rate(*plain).rate == equal_error_rate(*mapped).rate
    here, there = fnmr_at_fmr(*plain, target), fnmr_at_fmr(*mapped, target)
    assert (here.fmr, here.fnmr) == (there.fmr, there.fnmr)
    assert (det_curve(*plain).fmr == det_curve(*mapped).fmr).all()
    assert (det_curve(*plain).fnmr == det_curve(*mapped).fnmr).all()


@given(SCORES, SCORES)
def test_better_separation_never_raises_the_equal_error_rate(genuine: list[float], impostor: list[float]) -> None:
    assume(min(genuine) < max(impostor))
    closer = equal_error_rate(rank(genuine), rank(impostor)).rate

    assert equal_error_rate(rank(np.array(genuine) + 5), rank(impostor)).rate <= closer + 1e-12


@given(SCORES, SCORES)
def test_the_det_curve_runs_from_accepting_all_to_accepting_none(genuine: list[float], impostor: list[float]) -> None:
    curve = det_curve(rank(genuine), rank(impostor))

    assert (curve.fmr[0], curve.fnmr[0]) == (1.0, 0.0)
    assert (curve.fmr[-1], curve.fnmr[-1]) == (0.0, 1.0)
    assert (np.diff(curve.thresholds) > 0).all()
    assert curve.fmr.tolist() == [_fmr(impostor, t) for t in curve.thresholds]
    assert curve.fnmr.tolist() == [_fnmr(genuine, t) for t in curve.thresholds]


@pytest.mark.parametrize("scores", [[], [0.1, float("nan")], [float("inf")]])
def test_scores_that_cannot_be_ranked_are_refused(scores: list[float]) -> None:
    with pytest.raises(NoseprintError) as refused:
        rank(scores)

    assert refused.value.code is ErrorCode.INVALID_REQUEST
