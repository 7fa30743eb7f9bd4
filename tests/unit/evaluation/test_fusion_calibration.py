"""The thresholds mean their FMR with keypoint evidence too, for any model, and a draw of pairs is a fair one."""

from __future__ import annotations

import numpy as np
import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.calibration import calibrate
from noseprint.evaluation.comparisons import pair_photos
from noseprint.evaluation.fusion_calibration import BY_CHANCE, MOST_INLIERS, calibrate_fusion, drawn_impostors
from noseprint.matching.fusion import fused_scores, fused_similarity


def _impostors(middle: float, spread: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    cosines = np.clip(rng.normal(middle, spread, count), -1.0, 1.0)
    return cosines, rng.poisson(2.0, count) + 40 * (rng.random(count) < 0.0002)


@pytest.mark.parametrize(("middle", "spread"), [(0.0, 0.2), (0.6, 0.1)], ids=["ours", "the central server's"])
def test_the_thresholds_keep_their_fmr(middle: float, spread: float) -> None:
    cosines, inliers = _impostors(middle, spread)
    fusion = calibrate_fusion(cosines, inliers, calibrate(cosines), "today")
    alike = fused_similarity(cosines, inliers, fusion)
    assert 0.009 < (alike >= 0.70).mean() <= 0.01
    assert 0.0008 < (alike >= 0.85).mean() <= 0.001
    assert fusion.calibration.source == "today"
    assert (fusion.calibration.score[0], fusion.calibration.similarity[-1]) == (-1.0, 1.0)
    assert fusion.calibration.score[-1] == fused_scores(1.0, 10**6, fusion)


def test_the_evidence_that_counts_lifts_a_typical_impostors_cosine_to_the_same() -> None:
    cosines, inliers = _impostors(0.0, 0.2)
    knots = calibrate(cosines)
    fusion = calibrate_fusion(cosines, inliers, knots, "today")
    assert (fusion.by_chance, fusion.most_inliers) == (BY_CHANCE, MOST_INLIERS)
    assert fused_scores(np.median(cosines), MOST_INLIERS, fusion) == pytest.approx(knots.score[3], abs=1e-4)


def test_an_impostor_that_is_the_very_same_photo_is_within_the_scale() -> None:
    cosines, inliers = np.append(np.zeros(5_000), 1.0), np.append(np.zeros(5_000), 1_000)
    fusion = calibrate_fusion(cosines, inliers, calibrate(cosines), "today")
    assert fused_similarity(1.0, 1_000, fusion) == 1.0


def test_too_few_impostors_are_refused() -> None:
    enough = np.linspace(-0.5, 0.5, 3_000)
    with pytest.raises(NoseprintError) as refused:
        calibrate_fusion(enough[1:], np.zeros(2_999), calibrate(enough), "today")
    assert refused.value.code is ErrorCode.INVALID_REQUEST


class TestDraw:
    LABELS = tuple(f"dog {number // 2}" for number in range(60))

    def test_of_all_pairs_is_every_impostor_pair(self) -> None:
        pairs = pair_photos(self.LABELS, [("dog 1", "dog 2")])
        drawn = drawn_impostors(pairs)
        assert len(drawn) == 60 * 59 // 2 - 30 - 4
        assert not drawn.genuine.any()
        assert (drawn.first < drawn.second).all()

    def test_of_some_is_the_same_each_time_and_repeats_none(self) -> None:
        pairs = pair_photos(self.LABELS)
        drawn, again = (drawn_impostors(pairs, most=500) for _ in range(2))
        assert len({*zip(drawn.rows.tolist(), drawn.columns.tolist(), strict=True)}) == 500
        assert np.array_equal(drawn.rows, again.rows)
        assert [self.LABELS[row] for row in drawn.rows] != [self.LABELS[column] for column in drawn.columns]

    def test_takes_each_pair_as_likely_as_any_other(self) -> None:
        pairs = pair_photos(self.LABELS)
        met = np.zeros(60)
        for seed in range(40):
            drawn = drawn_impostors(pairs, most=300, seed=seed)
            met += np.bincount(np.concatenate([drawn.rows, drawn.columns]), minlength=60)
        assert met.sum() == 2 * 300 * 40
        assert met == pytest.approx(400, rel=0.2)
