"""Every system is measured on the same pairs, and retakes are pooled without making new dogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.report_crew import FUSION, scores
from training.report.error_rates import count_verdicts, measure_trial, subjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.report.bench import Bench

LABELS = ("a", "a", "b", "b", "c")
# In the order of the pairs: aa, ab, ab, ac, ab, ab, ac, bb, bc, bc.
COSINES = (0.9, 0.1, 0.2, 0.1, 0.3, 0.6, 0.1, 0.4, 0.0, 0.1)
INLIERS = (20, 0, 3, 0, 0, 4, 0, 12, 0, 0)
FUSED = (1.4, 0.1, 0.2, 0.1, 0.3, 0.6, 0.1, 0.7, 0.0, 0.1)


def test_each_system_is_judged_by_its_own_scores(make_bench: Callable[..., Bench]) -> None:
    found = measure_trial(make_bench(FUSION), [scores(LABELS, COSINES, INLIERS, FUSED)], 0)

    rates = {each.system: each for each in found.trial.systems}
    assert list(rates) == ["embedder", "keypoints", "fused"]
    assert (found.trial.genuine, found.trial.impostor, found.trial.genuine_identities) == (2, 8, 2)
    assert (rates["embedder"].least_genuine, rates["embedder"].greatest_impostor) == (0.4, 0.6)
    assert rates["embedder"].fnmr_at_fmr[0].fnmr.value == 0.5
    assert rates["keypoints"].eer.value == rates["fused"].eer.value == 0.0
    assert set(found.curves) == set(rates)


def test_verdicts_follow_the_models_calibration(make_bench: Callable[..., Bench]) -> None:
    found = measure_trial(make_bench(FUSION), [scores(LABELS, COSINES, INLIERS, FUSED)], 0)

    embedder, fused = found.trial.of("embedder"), found.trial.of("fused")
    assert embedder is not None
    assert fused is not None
    assert embedder.genuine is not None
    assert embedder.impostor is not None
    assert fused.genuine is not None
    assert (embedder.genuine.same, embedder.genuine.different) == (1, 1)
    assert (embedder.impostor.same, embedder.impostor.review, embedder.impostor.different) == (0, 1, 7)
    assert fused.genuine.same == 2
    assert found.trial.of("keypoints").genuine is None  # type: ignore[union-attr]


def test_retakes_are_pooled_over_the_same_dogs(make_bench: Callable[..., Bench]) -> None:
    take = scores(LABELS, COSINES, INLIERS)
    found = measure_trial(make_bench(), [take, take], 2)

    assert (found.trial.genuine, found.trial.impostor) == (4, 16)
    assert (found.trial.identities, found.trial.genuine_identities, found.trial.photographs) == (3, 2, 5)
    once = measure_trial(make_bench(), [take], 0).trial.systems[0]
    assert found.trial.systems[0].eer.value == once.eer.value
    assert found.trial.mean_of_retakes is not None
    assert found.trial.mean_of_retakes[0] == pytest.approx(once.eer.value)


def test_photographs_of_the_first_dogs_alone(make_bench: Callable[..., Bench]) -> None:
    found = measure_trial(make_bench(), [scores(LABELS, COSINES, INLIERS).within(4)], 0)

    assert (found.trial.genuine, found.trial.impostor, found.trial.identities) == (2, 4, 2)
    assert found.trial.systems[0].greatest_impostor == 0.6


def test_a_manifest_that_weighs_no_keypoints_leaves_them_alone(make_bench: Callable[..., Bench]) -> None:
    assert [each.system for each in subjects(make_bench())] == ["embedder", "keypoints"]


def test_dogs_of_one_photograph_each_cannot_be_measured(make_bench: Callable[..., Bench]) -> None:
    with pytest.raises(ValueError, match="two photographs"):
        measure_trial(make_bench(), [scores(("a", "b"), (0.1,), (0,))], 0)


def test_verdicts_are_counted_at_their_thresholds() -> None:
    counted = count_verdicts([0.85, 0.8499, 0.70, 0.6999], 0.85, 0.70)

    assert (counted.comparisons, counted.same, counted.review, counted.different) == (4, 1, 2, 1)
