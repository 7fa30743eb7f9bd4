"""Shared points only add to a similarity, only so far, and their absence from a store costs no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.embedding.manifest import FusedCalibration, KeypointFusion
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.fusion import MOST_PHOTOS, Evidence, Unweighed, Weigher, fused_scores, fused_similarity
from tests.support.point_finder import SharesPoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KNOTS = FusedCalibration(score=(-1.0, 0.5, 0.75, 2.0), similarity=(0.0, 0.7, 0.85, 1.0))
FUSION = KeypointFusion(weight=0.05, by_chance=4, most_inliers=24, calibration=KNOTS)
COSINES = st.floats(-1, 1)
INLIERS = st.integers(0, 1000)


class TestFusedScores:
    @pytest.mark.parametrize(("inliers", "score"), [(0, 0.1), (4, 0.1), (5, 0.15), (24, 1.1), (500, 1.1)])
    def test_count_inliers_from_chance_to_plenty(self, inliers: int, score: float) -> None:
        assert fused_scores(0.1, inliers, FUSION) == pytest.approx(score)

    @given(COSINES, COSINES, INLIERS, INLIERS)
    def test_never_fall_as_cosine_and_inliers_rise(self, cosine: float, other: float, few: int, many: int) -> None:
        low, high = sorted((cosine, other))
        fewer, more = sorted((few, many))
        for worth in (fused_scores, fused_similarity):
            assert worth(low, fewer, FUSION) <= worth(low, more, FUSION) <= worth(high, more, FUSION)

    @given(COSINES, INLIERS)
    def test_mean_a_similarity_whatever_they_are(self, cosine: float, inliers: int) -> None:
        assert 0.0 <= fused_similarity(cosine, inliers, FUSION) <= 1.0

    def test_take_whole_arrays(self) -> None:
        scores = fused_scores(np.zeros((2, 3)), np.full((2, 3), 14), FUSION)
        assert scores.shape == (2, 3)
        assert scores.dtype == np.float64
        assert scores == pytest.approx(0.5)


def finder() -> SharesPoints:
    return SharesPoints({b"0": 0, b"3": 3, b"7": 7, b"9": 9, b"24": 24, b"bad": None})


def fetched(photos: Sequence[bytes]) -> Iterator[bytes]:
    """Photos from a store that goes away at ``gone``."""
    for photo in photos:
        if photo == b"gone":
            raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR)
        yield photo


class TestWeighing:
    def test_takes_the_photo_that_shares_most(self) -> None:
        found = Weigher(b"probe", finder(), FUSION).weigh(0.2, [b"3", b"9", b"7"])
        assert found == Evidence(float(fused_similarity(0.2, 9, FUSION)), 9, 0.25, 2)

    def test_stops_at_plenty_and_after_the_most_photos(self) -> None:
        looking = finder()
        assert Weigher(b"probe", looking, FUSION).weigh(0.2, fetched([b"3", b"24", b"gone"])) is not None
        assert looking.looked_at == [b"probe", b"3", b"24"]
        Weigher(b"probe", looking, FUSION).weigh(0.2, [b"0"] * 20)
        assert len(looking.looked_at) == 3 + 1 + MOST_PHOTOS

    def test_looks_at_the_probe_once_for_all_enrolments(self) -> None:
        looking = finder()
        weigher = Weigher(b"probe", looking, FUSION)
        assert {weigher.weigh(0.2, [photo]) for photo in (b"3", b"9")}
        assert looking.looked_at == [b"probe", b"3", b"9"]

    def test_needs_a_calibration_a_finder_and_a_photo(self) -> None:
        assert Weigher(b"probe", finder(), None).weigh(0.2, [b"9"]) is Unweighed.NOT_CALIBRATED
        assert Weigher(b"probe", None, FUSION).weigh(0.2, [b"9"]) is Unweighed.NOT_INSTALLED
        assert Weigher(b"probe", finder(), FUSION).weigh(0.2, []) is Unweighed.NO_PHOTO

    @pytest.mark.provokes_warnings
    def test_keeps_what_it_found_before_the_store_went_away(self) -> None:
        found = Weigher(b"probe", finder(), FUSION).weigh(0.2, fetched([b"9", b"gone"]))
        assert isinstance(found, Evidence)
        assert found.inliers == 9

    @pytest.mark.provokes_warnings
    def test_asks_a_store_that_went_away_no_second_time(self) -> None:
        weigher = Weigher(b"probe", finder(), FUSION)
        asked = fetched([b"9"])
        assert weigher.weigh(0.2, fetched([b"gone"])) is Unweighed.STORE_UNREACHABLE
        assert weigher.weigh(0.2, asked) is Unweighed.STORE_UNREACHABLE
        assert next(asked) == b"9"

    @pytest.mark.provokes_warnings
    def test_passes_over_an_enrolment_photo_that_cannot_be_decoded(self) -> None:
        found = Weigher(b"probe", finder(), FUSION).weigh(0.2, [b"bad", b"9"])
        assert isinstance(found, Evidence)
        assert (found.inliers, found.photo) == (9, 2)

    def test_says_that_the_probe_itself_cannot_be_decoded(self) -> None:
        with pytest.raises(NoseprintError) as refused:
            Weigher(b"bad", finder(), FUSION).weigh(0.2, [b"9"])
        assert refused.value.code is ErrorCode.INVALID_IMAGE
