"""What calibration promises: the thresholds mean their FMR, and the map is always strictly increasing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.calibration import CalibrationKnots, calibrate


def _impostors(count: int, seed: int = 0) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(0.1, 0.15, count), -1.0, 1.0)


def _fmr(cosines: np.ndarray, knots: CalibrationKnots, similarity: float) -> float:
    return float((np.interp(cosines, knots.score, knots.similarity) >= similarity).mean())


@pytest.mark.parametrize("count", [3_000, 9_999, 10_000, 50_000])
def test_the_thresholds_keep_their_fmr_on_the_impostors_given(count: int) -> None:
    cosines = _impostors(count)
    knots = calibrate(cosines)

    assert 0.009 < _fmr(cosines, knots, 0.70) <= 0.01
    assert _fmr(cosines, knots, 0.85) <= 0.001
    assert _fmr(cosines, knots, 0.25) == pytest.approx(0.5, abs=0.001)


def test_with_many_impostors_the_tail_is_theirs() -> None:
    cosines = _impostors(50_000)

    assert _fmr(cosines, calibrate(cosines), 0.85) == pytest.approx(0.001, abs=0.0001)


def test_with_few_impostors_the_tail_still_holds_for_others() -> None:
    others = _impostors(200_000, seed=99)

    reached = [_fmr(others, calibrate(_impostors(3_000, seed)), 0.85) for seed in range(20)]

    assert 0.0007 < np.mean(reached) < 0.0012
    assert max(reached) < 0.003


def test_with_few_impostors_an_outlier_counts_at_least_as_observed() -> None:
    cosines = np.concatenate([_impostors(3_000), [0.97] * 5])

    assert calibrate(cosines).score[3] > 0.97


def test_the_knots_are_the_documented_similarities_between_the_ends() -> None:
    knots = calibrate(_impostors(4_000))

    assert knots.similarity == (0.0, 0.25, 0.70, 0.85, 1.0)
    assert (knots.score[0], knots.score[-1]) == (-1.0, 1.0)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=6),
    st.sampled_from([3_000, 10_000]),
)
def test_the_map_is_strictly_increasing_whatever_the_impostors(few: list[float], count: int) -> None:
    knots = calibrate(np.resize(few, count))

    assert (np.diff(knots.score) >= 0.0000999).all()
    assert (np.diff(knots.similarity) > 0).all()
    assert len(knots.score) == len(knots.similarity)


def test_shuffled_impostors_give_the_same_knots() -> None:
    cosines = _impostors(5_000)

    assert calibrate(cosines) == calibrate(np.random.default_rng(1).permutation(cosines))


@pytest.mark.parametrize(
    "cosines",
    [_impostors(2_999), np.full(3_000, 1.1), np.full(3_000, -1.1), np.full(3_000, np.nan)],
    ids=["too few", "above a cosine", "below a cosine", "not a number"],
)
def test_impostors_that_say_nothing_of_the_tail_are_refused(cosines: np.ndarray) -> None:
    with pytest.raises(NoseprintError) as refused:
        calibrate(cosines)

    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_scores_may_end_higher_than_a_cosine() -> None:
    scores = _impostors(5_000) + 0.5

    knots = calibrate(scores, highest=1.75)

    assert knots.score[-1] == 1.75
    assert _fmr(scores, knots, 0.85) <= 0.001
    assert 0.009 < _fmr(scores, knots, 0.70) <= 0.01
