"""What the scales promise: every similarity has its score, on whichever scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.embedding.manifest import Calibration, FusedCalibration, KeypointFusion
from noseprint.evaluation.scales import INLIERS, Scale, cosine_scale, fused_scale, score_at_similarity

if TYPE_CHECKING:
    from collections.abc import Callable


def _similarity(cosine: float) -> float:
    return (cosine + 1) / 2


@pytest.mark.parametrize(
    ("similarity", "threshold", "cosine"),
    [
        (lambda c: (c + 1) / 2, 0.85, 0.7),
        (lambda c: c if c >= 0 else (c + 1) / 2, 0.85, 0.85),
        (lambda c: float(c >= 0.3), 0.5, 0.3),
        (lambda _: 1.0, 0.5, -1.0),
        (lambda _: 0.0, 0.5, math.nextafter(1.0, 2.0)),
    ],
    ids=["linear", "the platform's", "a step", "all alike", "never alike"],
)
def test_a_similarity_threshold_is_found_on_the_cosine(
    similarity: Callable[[float], float], threshold: float, cosine: float
) -> None:
    assert score_at_similarity(Scale("cosine", -1.0, 1.0, similarity), threshold) == pytest.approx(cosine, abs=1e-15)


@given(st.floats(0.01, 1.0))
def test_the_cosine_found_is_the_smallest_that_reaches_the_threshold(threshold: float) -> None:
    cosine = score_at_similarity(Scale("cosine", -1.0, 1.0, _similarity), threshold)

    assert _similarity(cosine) >= threshold
    assert _similarity(cosine - 1e-12) < threshold


def test_the_models_own_knots_are_found_again() -> None:
    knots = Calibration(cosine=(-1.0, 0.0, 0.5, 0.7, 1.0), similarity=(0.0, 0.25, 0.7, 0.85, 1.0))
    fused = KeypointFusion(
        weight=0.05,
        by_chance=6,
        most_inliers=16,
        calibration=FusedCalibration(score=(-1.0, 0.1, 0.6, 0.9, 1.5), similarity=(0.0, 0.25, 0.7, 0.85, 1.0)),
    )

    assert score_at_similarity(cosine_scale(knots), 0.85) == pytest.approx(0.7)
    assert score_at_similarity(fused_scale(fused), 0.70) == pytest.approx(0.6)
    assert score_at_similarity(fused_scale(fused), 1.0) == pytest.approx(1.5)


def test_inliers_alone_have_no_similarity() -> None:
    with pytest.raises(ValueError, match="no similarity"):
        score_at_similarity(INLIERS, 0.5)
