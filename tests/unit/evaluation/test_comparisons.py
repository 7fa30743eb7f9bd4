"""What full cross-comparison promises: each pair once, the right kind, the right cosine."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.comparisons import Comparisons, compare_all, pair_photos


def _vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)


def _rows(comparisons: Comparisons) -> list[tuple[int, int, float]]:
    rows = zip(comparisons.first, comparisons.second, comparisons.scores.round(6), strict=True)
    return sorted((int(a), int(b), float(score)) for a, b, score in rows)


@given(labels=st.lists(st.sampled_from("cab"), max_size=9))
def test_every_pair_of_photos_is_compared_once_and_lands_with_its_kind(labels: list[str]) -> None:
    vectors = _vectors(len(labels))
    names = sorted(set(labels))
    expected: dict[bool, list[tuple[int, int, float]]] = {True: [], False: []}
    for i, j in combinations(range(len(labels)), 2):
        cosine = float(np.dot(vectors[i], vectors[j]) / np.linalg.norm(vectors[i]) / np.linalg.norm(vectors[j]))
        pair = sorted((names.index(labels[i]), names.index(labels[j])))
        expected[labels[i] == labels[j]].append((pair[0], pair[1], cosine))

    result = compare_all(vectors, labels)

    assert result.identities == tuple(names)
    for kind, comparisons in ((True, result.genuine), (False, result.impostor)):
        assert len(comparisons) == len(expected[kind])
        for got, wanted in zip(_rows(comparisons), sorted(expected[kind]), strict=True):
            assert got == pytest.approx(wanted, abs=1e-5)


def test_scores_never_leave_the_range_of_a_cosine() -> None:
    same = np.full((3, 7), 0.1, dtype=np.float32)

    scores = compare_all(np.vstack([same, -same]), ["a"] * 6).genuine.scores

    assert -1.0 <= scores.min() < -0.999999
    assert 0.999999 < scores.max() <= 1.0


def test_the_length_of_a_vector_does_not_matter() -> None:
    vectors, labels = _vectors(4), ["a", "a", "b", "b"]

    plain, scaled = (compare_all(v, labels) for v in (vectors, vectors * np.array([[1], [9], [0.1], [4]])))

    assert plain.genuine.scores == pytest.approx(scaled.genuine.scores)
    assert plain.impostor.scores == pytest.approx(scaled.impostor.scores)


def test_pairs_that_may_be_one_dog_are_neither_genuine_nor_impostor() -> None:
    labels = ["a", "b", "c", "a"]

    result = compare_all(_vectors(4), labels, may_be_one_dog=[("b", "a"), ("a", "unknown")])

    assert len(result.genuine) == 1
    assert [row[:2] for row in _rows(result.impostor)] == [(0, 2), (0, 2), (1, 2)]


def test_any_score_can_be_laid_on_the_pairs() -> None:
    pairs = pair_photos(["b", "a", "b"], [("c", "a")])

    result = pairs.scored([7, 1, 5])

    assert list(zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert pairs.genuine.tolist() == [False, True, False]
    assert result.genuine.scores.tolist() == [1.0]
    assert result.impostor.scores.tolist() == [7.0, 5.0]


def test_a_pair_without_its_vectors_is_refused() -> None:
    with pytest.raises(NoseprintError) as refused:
        pair_photos(["a", "b", "c"]).cosines(_vectors(2))

    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_identities_are_counted_by_their_part_in_the_comparisons() -> None:
    result = compare_all(_vectors(4), ["a", "a", "b", "c"])

    assert result.genuine.identity_count() == 1
    assert result.impostor.identity_count() == 3


@pytest.mark.parametrize(
    "vectors",
    [np.ones((2, 3)), np.ones(3), np.array([[1.0, 0], [0, 0], [1, 1]]), np.array([[1.0], [np.nan], [np.inf]])],
    ids=["too few rows", "one axis", "a zero vector", "not finite"],
)
def test_vectors_that_cannot_be_compared_are_refused(vectors: np.ndarray) -> None:
    with pytest.raises(NoseprintError) as refused:
        compare_all(vectors, ["a", "b", "c"])

    assert refused.value.code is ErrorCode.INVALID_REQUEST
