from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.embedding.aggregate import Aggregate, Sample, aggregate
from noseprint.errors import ErrorCode, NoseprintError

DIMENSION = 16


def around(centre: np.ndarray, rng: np.random.Generator, spread: float, quality: float) -> Sample:
    vector = (centre + spread * rng.normal(size=centre.size) / np.sqrt(centre.size)).astype(np.float32)
    return Sample(rng.bytes(4), vector, quality)


def axis(place: int, sign: int = 1, quality: float = 50.0) -> Sample:
    vector = np.zeros(DIMENSION, np.float32)
    vector[place] = sign
    return Sample(bytes([place, sign % 256]), vector, quality)


def combine(samples: list[Sample], minimum: int = 2, outlier_cosine: float = 0.45) -> Aggregate:
    return aggregate(samples, minimum=minimum, outlier_cosine=outlier_cosine)


@st.composite
def one_noses_samples(draw: st.DrawFn) -> list[Sample]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    centre = rng.normal(size=DIMENSION)
    centre /= np.linalg.norm(centre)
    count = draw(st.integers(2, 7))
    scales = draw(st.lists(st.floats(1e-3, 1e3), min_size=count, max_size=count))
    qualities = draw(st.lists(st.floats(0, 100), min_size=count, max_size=count, unique=True))
    samples = [around(centre, rng, 0.4, quality) for quality in qualities]
    return [
        Sample(s.photo, (s.vector * scale).astype(np.float32), s.quality)
        for s, scale in zip(samples, scales, strict=True)
    ]


@given(one_noses_samples())
def test_a_template_has_unit_length(samples: list[Sample]) -> None:
    template = combine(samples).template
    assert template.dtype == np.float32
    assert template.shape == (DIMENSION,)
    assert np.linalg.norm(template.astype(np.float64)) == pytest.approx(1.0, abs=1e-6)


@given(one_noses_samples(), st.randoms(use_true_random=False))
def test_the_order_of_the_photos_does_not_matter(samples: list[Sample], random: object) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = combine(samples), combine(shuffled)
    assert one.template == pytest.approx(other.template, abs=1e-6)
    assert [s.photo for s in one.samples] == [s.photo for s in other.samples]
    assert {s.photo for s in one.outliers} == {s.photo for s in other.outliers}


@given(one_noses_samples())
def test_no_photo_is_lost_or_doubled(samples: list[Sample]) -> None:
    result = combine(samples)
    assert sorted(s.photo for s in (*result.samples, *result.outliers)) == sorted(s.photo for s in samples)


@given(one_noses_samples())
def test_the_best_photo_comes_first(samples: list[Sample]) -> None:
    qualities = [sample.quality for sample in combine(samples).samples]
    assert qualities == sorted(qualities, reverse=True)


@given(one_noses_samples(), st.floats(-1, 1))
def test_whatever_stays_agrees_with_all_the_others(samples: list[Sample], outlier_cosine: float) -> None:
    try:
        result = combine(samples, outlier_cosine=outlier_cosine)
    except NoseprintError as error:
        refused = error.code
    else:
        refused = None
        rows = [s.vector.astype(float) / np.linalg.norm(s.vector) * max(s.quality, 1.0) for s in result.samples]
        for row in rows:
            others = sum(rows) - row
            assert row @ others / np.linalg.norm(row) / np.linalg.norm(others) >= outlier_cosine - 1e-6
        assert len(result.samples) >= 2
    assert refused in {None, ErrorCode.PHOTOS_DISAGREE}


@given(one_noses_samples())
def test_the_mean_quality_is_that_of_the_photos_in_the_template(samples: list[Sample]) -> None:
    result = combine(samples)
    assert result.quality == pytest.approx(sum(s.quality for s in result.samples) / len(result.samples))
    assert 0 <= result.quality <= 100


def test_the_template_is_the_quality_weighted_mean_of_unit_vectors() -> None:
    long, short = axis(0, quality=30.0), axis(1, quality=40.0)
    samples = [Sample(long.photo, long.vector * 100, long.quality), short]
    assert combine(samples, outlier_cosine=-1.0).template[:2] == pytest.approx([0.6, 0.8])


def test_photos_without_quality_still_count_equally() -> None:
    worthless = [axis(0, quality=0.0), axis(1, quality=0.0)]
    assert combine(worthless, outlier_cosine=-1.0).template[:2] == pytest.approx([0.5**0.5] * 2)


def test_a_strange_photo_is_left_out_and_does_not_drag_the_mean() -> None:
    rng = np.random.default_rng(1)
    centre = np.eye(DIMENSION)[0]
    good = [around(centre, rng, 0.2, 50.0 + n) for n in range(4)]
    strange = axis(5, quality=99.0)
    result = combine([*good[:2], strange, *good[2:]], minimum=3)
    assert [sample.photo for sample in result.outliers] == [strange.photo]
    assert result.template == pytest.approx(combine(good).template, abs=1e-6)


def test_several_strange_photos_are_left_out_one_by_one() -> None:
    same = [axis(0, quality=50.0 + n) for n in range(5)]
    result = combine([axis(3), axis(4, quality=20.0), *same], minimum=3, outlier_cosine=0.7)
    assert {sample.photo for sample in result.outliers} == {axis(3).photo, axis(4).photo}
    assert result.template[0] == pytest.approx(1.0)


def test_two_noses_are_not_one_however_near_their_common_mean_is() -> None:
    with pytest.raises(NoseprintError) as caught:
        combine([axis(0), axis(1)])
    assert caught.value.code is ErrorCode.PHOTOS_DISAGREE


def test_photos_exactly_at_the_threshold_stay() -> None:
    assert len(combine([axis(0), axis(1)], outlier_cosine=0.0).samples) == 2


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_photos_that_disagree_the_better_one_stays(turn: int) -> None:
    better, worse = axis(0, quality=80.0), axis(1, quality=20.0)
    result = combine([better, worse][::turn], minimum=1)
    assert (result.samples, result.outliers) == ((better,), (worse,))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_photos_are_refused_with_both_numbers(count: int) -> None:
    with pytest.raises(NoseprintError, match=rf"Usable photos: {count}\. At least 3") as caught:
        combine([axis(0)] * count, minimum=3)
    assert caught.value.code is ErrorCode.TOO_FEW_PHOTOS


def test_one_photo_is_enough_where_one_is_the_minimum() -> None:
    result = combine([axis(2)], minimum=1)
    assert np.array_equal(result.template, axis(2).vector)


def test_photos_of_different_noses_disagree() -> None:
    with pytest.raises(NoseprintError) as caught:
        combine([axis(0), axis(1), axis(2)], minimum=3, outlier_cosine=0.7)
    assert caught.value.code is ErrorCode.PHOTOS_DISAGREE


@pytest.mark.parametrize("outlier_cosine", [-1.0, -0.5, 0.0, 0.45])
def test_opposite_photos_disagree_whatever_the_threshold(outlier_cosine: float) -> None:
    with pytest.raises(NoseprintError) as caught:
        combine([axis(0), axis(0, sign=-1)], outlier_cosine=outlier_cosine)
    assert caught.value.code is ErrorCode.PHOTOS_DISAGREE
