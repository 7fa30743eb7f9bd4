from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from noseprint.embedding.manifest import Calibration
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.similarity import Thresholds, compare, cosine, least_cosine, similarity

ANY_FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
COSINES = st.floats(-1, 1)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    """Any calibration that is accepted: knots anywhere, as near to each other as they may be."""
    places = st.integers(-(10**8), 10**8) | st.integers(-10, 10)
    cosines = [place / 10**8 for place in draw(st.lists(places, min_size=2, max_size=8, unique=True))]
    similarities = draw(st.lists(st.floats(0, 1), min_size=len(cosines), max_size=len(cosines)))
    return Calibration(cosine=tuple(sorted(cosines)), similarity=tuple(sorted(similarities)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two vectors of one size with a direction each, with any finite float32 in them."""
    size = draw(st.integers(1, 40))
    vectors = arrays.arrays(np.float32, size, elements=ANY_FLOAT32).filter(lambda vector: vector.any())
    return draw(vectors), draw(vectors)


def around_knots(calibration: Calibration) -> list[float]:
    """The knots and their nearest neighbours: where rounding would show."""
    return [
        float(near) for knot in calibration.cosine for near in (np.nextafter(knot, -2), knot, np.nextafter(knot, 2))
    ]


class TestSimilarity:
    @given(calibrations(), st.lists(COSINES | st.floats(-1e-300, 1e-300), max_size=30))
    @example(Calibration(cosine=(-1.0, 0.0, 2e-9, 1.0), similarity=(0.0, 0.0, 1.0, 1.0)), [1e-9])
    def test_never_falls_as_the_cosine_rises(self, calibration: Calibration, cosines: list[float]) -> None:
        rising = np.sort([*cosines, *around_knots(calibration), -1.0, 1.0])
        assert (np.diff(similarity(rising, calibration)) >= 0).all()

    @given(calibrations(), st.lists(st.floats(allow_nan=False), min_size=1, max_size=30))
    def test_stays_within_0_and_1_whatever_it_is_asked(self, calibration: Calibration, cosines: list[float]) -> None:
        values = similarity([*cosines, *around_knots(calibration)], calibration)
        assert values.min() >= calibration.similarity[0] >= 0.0
        assert values.max() <= calibration.similarity[-1] <= 1.0

    @given(calibrations())
    def test_is_exact_at_the_knots(self, calibration: Calibration) -> None:
        assert tuple(similarity(calibration.cosine, calibration)) == calibration.similarity

    @given(calibrations(), st.floats(-1, 1))
    def test_lies_between_the_knots_on_a_straight_line(self, calibration: Calibration, where: float) -> None:
        low, high = calibration.cosine[0], calibration.cosine[-1]
        inside = min(max(where, low), high)
        place = int(np.searchsorted(calibration.cosine, inside, side="right"))
        left, right = max(place - 1, 0), min(place, len(calibration.cosine) - 1)
        span = calibration.cosine[right] - calibration.cosine[left]
        share = (inside - calibration.cosine[left]) / span if span else 0.0
        rise = calibration.similarity[right] - calibration.similarity[left]
        assert similarity(where, calibration) == pytest.approx(calibration.similarity[left] + share * rise, abs=1e-9)

    def test_keeps_the_shape_of_what_it_is_given(self) -> None:
        assert similarity(np.zeros((3, 4)), Calibration()).shape == (3, 4)
        assert similarity(0.5, Calibration()).shape == ()
        assert similarity([], Calibration()).shape == (0,)

    def test_of_no_number_is_no_number(self) -> None:
        assert math.isnan(similarity(math.nan, Calibration()))

    def test_of_the_default_does_not_let_a_negative_cosine_pass(self) -> None:
        assert similarity([-1.0, -0.005, 0.0, 0.3, 1.0], Calibration()).tolist() == [0.0, 0.0, 0.0, 0.3, 1.0]


class TestComparison:
    @given(pairs(), calibrations())
    def test_is_symmetric_to_the_bit(self, pair: tuple[np.ndarray, np.ndarray], calibration: Calibration) -> None:
        assert compare(*pair, calibration) == compare(*reversed(pair), calibration)

    @given(pairs(), calibrations())
    def test_is_bounded(self, pair: tuple[np.ndarray, np.ndarray], calibration: Calibration) -> None:
        result = compare(*pair, calibration)
        assert 0.0 <= result.similarity <= 1.0
        assert -1.0 <= result.cosine_similarity <= 1.0
        assert 0.0 <= result.euclidean_distance < math.inf

    @given(pairs(), pairs(), calibrations())
    def test_never_ranks_against_the_cosine(
        self,
        one: tuple[np.ndarray, np.ndarray],
        other: tuple[np.ndarray, np.ndarray],
        calibration: Calibration,
    ) -> None:
        nearer, farther = sorted(
            (compare(*one, calibration), compare(*other, calibration)),
            key=lambda result: (-result.cosine_similarity, -result.similarity),
        )
        assert nearer.similarity >= farther.similarity

    @given(pairs())
    def test_of_a_vector_with_itself_is_perfect(self, pair: tuple[np.ndarray, np.ndarray]) -> None:
        result = compare(pair[0], pair[0].copy(), Calibration())
        assert result.cosine_similarity == pytest.approx(1.0, abs=1e-12)
        assert result.euclidean_distance == 0.0

    @given(pairs(), st.integers(-20, 20))
    def test_does_not_depend_on_the_length_of_a_vector(
        self, pair: tuple[np.ndarray, np.ndarray], exponent: int
    ) -> None:
        one = pair[0] / np.abs(pair[0]).max()
        one[np.abs(one) < 1e-6] = 0.0
        scaled = (one * np.float32(2.0**exponent)).astype(np.float32)
        assert cosine(scaled, pair[1]) == pytest.approx(cosine(one, pair[1]), abs=1e-12)

    @pytest.mark.parametrize("scale", [1e-45, 1e-38, 1e-20, 1.0, 1e20, 3.4e38])
    def test_holds_at_the_ends_of_float32(self, scale: float) -> None:
        one, other = np.array([scale, 0], np.float32), np.array([scale, scale], np.float32)
        assert cosine(one, other) == pytest.approx(0.5**0.5, abs=1e-12)
        assert cosine(one, -one) == -1.0

    def test_gives_the_distance_of_the_vectors_as_they_are(self) -> None:
        one, other = np.array([3, 0], np.float32), np.array([0, 4], np.float32)
        result = compare(one, other, Calibration())
        assert (result.similarity, result.cosine_similarity, result.euclidean_distance) == (0.0, 0.0, 5.0)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (np.ones(3), np.ones(4)),
            (np.ones((1, 3)), np.ones((1, 3))),
            (np.float32(1.0).reshape(()), np.float32(1.0).reshape(())),
            (np.zeros(3), np.ones(3)),
            (np.ones(3), np.zeros(3)),
            (np.array([np.nan, 1, 1]), np.ones(3)),
            (np.array([np.inf, 1, 1]), np.ones(3)),
            (np.array([np.inf, 1, 1]), np.zeros(3)),
            (np.zeros(0), np.zeros(0)),
        ],
    )
    def test_of_what_cannot_be_compared_is_refused(self, one: np.ndarray, other: np.ndarray) -> None:
        for pair in ((one, other), (other, one)):
            with pytest.raises(NoseprintError) as caught:
                compare(*(vector.astype(np.float32) for vector in pair), Calibration())
            assert caught.value.code is ErrorCode.VECTOR_DIMENSION_MISMATCH


class TestVerdict:
    @pytest.mark.parametrize(
        ("value", "verdict"),
        [
            (1.0, "same"),
            (0.85, "same"),
            (math.nextafter(0.85, 0), "review"),
            (0.70, "review"),
            (math.nextafter(0.70, 0), "different"),
            (0.0, "different"),
        ],
    )
    def test_boundaries_are_exact(self, value: float, verdict: str) -> None:
        assert Thresholds().verdict(value) == verdict

    @given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
    def test_never_gets_worse_as_similarity_rises(self, a: float, b: float, one: float, other: float) -> None:
        ranks = {"different": 0, "review": 1, "same": 2}
        thresholds = Thresholds(same=max(a, b), review=min(a, b))
        assert ranks[thresholds.verdict(min(one, other))] <= ranks[thresholds.verdict(max(one, other))]

    def test_has_nothing_to_review_where_the_thresholds_are_one(self) -> None:
        thresholds = Thresholds(same=0.8, review=0.8)
        assert thresholds.verdict(0.8) == "same"
        assert thresholds.verdict(math.nextafter(0.8, 0)) == "different"


@pytest.mark.parametrize("wanted", [0.1, 0.25, 0.5, 0.7, 0.85, 1.0])
def test_the_least_cosine_of_a_similarity_reaches_it(wanted: float) -> None:
    calibration = Calibration(cosine=(-1.0, 0.1, 0.6, 0.8, 1.0), similarity=(0.0, 0.25, 0.7, 0.85, 1.0))
    assert similarity(least_cosine(wanted, calibration), calibration) == pytest.approx(wanted)
