"""What the intervals promise: dogs are drawn, not pairs, and zero errors prove only so much."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.comparisons import Comparisons, ComparisonSet, compare_all
from noseprint.evaluation.intervals import Interval, interval, resample_identities, zero_error_upper_bound

if TYPE_CHECKING:
    from noseprint.evaluation.error_rates import RankedScores

NAN = float("nan")


def _dogs(count: int, photos: int, seed: int = 0) -> ComparisonSet:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(count * photos, 6))
    return compare_all(vectors, [f"dog-{index // photos}" for index in range(count * photos)])


def _one_pair_each(count: int) -> ComparisonSet:
    """Genuine score k belongs to dog k, impostor scores come in the order of `combinations`."""
    dogs = np.arange(count, dtype=np.int32)
    pairs = np.array(list(combinations(range(count), 2)), dtype=np.int32)
    scores = np.arange(len(pairs), dtype=np.float64)
    return ComparisonSet(
        tuple(str(dog) for dog in dogs),
        Comparisons(dogs.astype(np.float64), dogs, dogs),
        Comparisons(scores, pairs[:, 0], pairs[:, 1]),
    )


def test_genuine_pairs_weigh_as_their_dog_and_impostor_pairs_as_both_of_theirs() -> None:
    seen = []

    def look(genuine: RankedScores | None, impostor: RankedScores | None) -> list[float]:
        assert genuine is not None
        draws = np.diff(genuine.below)
        products = [int(draws[a] * draws[b]) for a, b in combinations(range(4), 2)]
        assert (np.diff(impostor.below).tolist() if impostor else [0] * 6) == products
        seen.append(draws.tolist())
        return [0.0]

    resample_identities(_one_pair_each(4), look, resamples=200, seed=1)

    assert {sum(draws) for draws in seen} == {4}
    assert len({tuple(draws) for draws in seen}) > 20


def test_a_draw_without_a_kind_of_comparison_hands_over_none() -> None:
    def which(genuine: RankedScores | None, impostor: RankedScores | None) -> list[float]:
        return [float(genuine is None), float(impostor is None)]

    lonely = compare_all(np.eye(3), ["a", "b", "c"])
    absent = resample_identities(lonely, which, resamples=100)

    assert absent[:, 0].all()
    assert 0 < absent[:, 1].mean() < 0.5


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    def statistic(genuine: RankedScores | None, _: RankedScores | None) -> list[float]:
        return [float(genuine.share_below(0.0)) if genuine else NAN]

    one, again, other = (resample_identities(_dogs(5, 3), statistic, resamples=20, seed=seed) for seed in (3, 3, 4))

    assert one.shape == (20, 1)
    assert (one == again).all()
    assert (one != other).any()


def test_no_resamples_give_an_empty_result() -> None:
    assert resample_identities(_dogs(2, 2), lambda *_: [0.0], resamples=0).shape == (0, 0)


def test_many_photos_of_few_dogs_stay_uncertain() -> None:
    """Four dogs, one of them always missed: a hundred photos each make it no surer than the dogs do."""
    dogs = np.repeat(np.arange(4, dtype=np.int32), 4950)
    genuine = Comparisons((dogs > 0).astype(np.float64), dogs, dogs)
    nothing = Comparisons(np.empty(0), np.empty(0, np.int32), np.empty(0, np.int32))

    def fnmr(genuine: RankedScores | None, _: RankedScores | None) -> list[float]:
        assert genuine is not None
        return [float(genuine.share_below(0.5))]

    resampled = resample_identities(ComparisonSet(("a", "b", "c", "d"), genuine, nothing), fnmr, resamples=300)
    result = interval(0.25, resampled[:, 0], identities=4, trials=4)

    assert result == Interval(0.0, 0.75, "bootstrap")


def test_the_interval_holds_the_middle_95_percent_and_leaves_unknown_out() -> None:
    resampled = [*np.linspace(0.0, 1.0, 1001), NAN, NAN]

    result = interval(0.5, resampled, identities=10, trials=10)

    assert result is not None
    assert result.method == "bootstrap"
    assert [result.lower, result.upper] == pytest.approx([0.025, 0.975])


@pytest.mark.parametrize(("identities", "resampled"), [(2, [0.4, 0.6]), (5, []), (5, [NAN])])
def test_too_little_gives_no_interval(identities: int, resampled: list[float]) -> None:
    assert interval(0.5, resampled, identities=identities, trials=identities) is None


def test_zero_errors_are_bounded_by_the_dogs_and_not_taken_for_proof() -> None:
    assert interval(0.0, [0.0, 0.0], identities=20, trials=20) == Interval(
        0.0, zero_error_upper_bound(20), "exact bound"
    )
    assert interval(1.0, [], identities=20, trials=20) == Interval(1.0 - zero_error_upper_bound(20), 1.0, "exact bound")


@given(st.integers(1, 10**9), st.floats(0.5, 0.999))
def test_the_bound_is_where_zero_errors_become_implausible(trials: int, confidence: float) -> None:
    bound = zero_error_upper_bound(trials, confidence)

    assert 0.0 < bound < 1.0
    assert trials * np.log1p(-bound) == pytest.approx(np.log1p(-confidence))


@given(st.integers(30, 10**6))
def test_the_bound_is_the_rule_of_three(trials: int) -> None:
    assert zero_error_upper_bound(trials) == pytest.approx(3.0 / trials, rel=0.06)


@pytest.mark.parametrize(("trials", "confidence"), [(0, 0.95), (5, 0.0), (5, 1.0)])
def test_a_bound_from_nothing_is_refused(trials: int, confidence: float) -> None:
    with pytest.raises(NoseprintError) as refused:
        zero_error_upper_bound(trials, confidence)

    assert refused.value.code is ErrorCode.INVALID_REQUEST
