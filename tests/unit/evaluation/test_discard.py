"""What the error-versus-discard curve promises: counts that a hand can check, whatever the order and the ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.discard import area_under, error_versus_discard, pair_quality

GENUINE = [0.1, 0.9, 0.2, 0.8, 0.7]
COMPARISONS = st.lists(
    st.tuples(st.floats(-1, 1), st.integers(0, 4).map(float)),
    min_size=1,
    max_size=30,
)


def test_discarding_the_worst_leaves_the_errors_of_the_others() -> None:
    curve = error_versus_discard(GENUINE, [1, 2, 3, 4, 5], 0.5, (0.0, 0.2, 0.4, 0.6))
    assert curve.fnmr == pytest.approx([2 / 5, 1 / 4, 1 / 3, 0.0])
    assert curve.kept_above.tolist() == [1, 2, 3, 4]


def test_a_perfect_quality_reaches_the_best_curve() -> None:
    curve = error_versus_discard(GENUINE, GENUINE, 0.5, (0.0, 0.1, 0.2, 0.4, 0.6))
    assert curve.fnmr == pytest.approx(curve.best)
    assert curve.best == pytest.approx([0.4, 1.5 / 4.5, 1 / 4, 0.0, 0.0])


def test_a_score_at_the_threshold_is_a_match() -> None:
    assert error_versus_discard([0.5], [1.0], 0.5, (0.0,)).fnmr.tolist() == [0.0]


def test_equal_qualities_are_discarded_in_equal_parts() -> None:
    curve = error_versus_discard(GENUINE, [7] * 5, 0.5, (0.0, 0.3, 0.9))
    assert curve.fnmr == pytest.approx([0.4, 0.4, 0.4])


@given(COMPARISONS, st.randoms(use_true_random=False), st.floats(-1, 1))
def test_the_order_of_the_comparisons_does_not_matter(
    comparisons: list[tuple[float, float]], shuffler: st.DataObject, threshold: float
) -> None:
    shuffled = comparisons[:]
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (error_versus_discard(*zip(*rows, strict=True), threshold).fnmr for rows in (comparisons, shuffled))
    assert one == pytest.approx(other)


@given(COMPARISONS, st.floats(-1, 1))
def test_no_quality_beats_the_best_curve(comparisons: list[tuple[float, float]], threshold: float) -> None:
    genuine, qualities = zip(*comparisons, strict=True)
    curve = error_versus_discard(genuine, qualities, threshold)
    assert (curve.fnmr >= curve.best - 1e-9).all()
    assert ((curve.fnmr >= 0) & (curve.fnmr <= 1)).all()


def test_a_comparison_is_as_good_as_its_worse_photo() -> None:
    assert pair_quality([80.0, 10.0], [30.0, 90.0]).tolist() == [30.0, 10.0]


def test_the_area_is_the_mean_error_over_the_shares() -> None:
    assert area_under(error_versus_discard(GENUINE, [1] * 5, 0.5, (0.0, 0.2))) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("genuine", "qualities", "discards"),
    [
        ([], [], (0.0,)),
        ([0.5, 0.6], [1.0], (0.0,)),
        ([np.nan], [1.0], (0.0,)),
        ([0.5], [np.inf], (0.0,)),
        ([0.5], [1.0], (1.0,)),
        ([0.5], [1.0], (-0.1,)),
    ],
)
def test_what_cannot_be_counted_is_refused(
    genuine: list[float], qualities: list[float], discards: tuple[float, ...]
) -> None:
    with pytest.raises(NoseprintError) as refused:
        error_versus_discard(genuine, qualities, 0.5, discards)
    assert refused.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("discards", [(0.1,), (0.2, 0.1)])
def test_an_area_needs_ascending_shares(discards: tuple[float, ...]) -> None:
    with pytest.raises(NoseprintError):
        area_under(error_versus_discard(GENUINE, GENUINE, 0.5, discards))
