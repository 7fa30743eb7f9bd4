from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.search import Candidate, Gallery
from noseprint.matching.similarity import cosine

if TYPE_CHECKING:
    from pathlib import Path


def names(count: int) -> list[str]:
    return [f"did:ethr:besu:0x{number:040x}" for number in range(count)]


def brute_force(pet_dids: list[str], templates: np.ndarray, probe: np.ndarray, top: int) -> list[Candidate]:
    """Every cosine by the comparison that verdicts use, sorted; equal ones in the gallery's order."""
    scores = [cosine(template, probe) for template in templates]
    order = sorted(range(len(scores)), key=lambda row: -scores[row])
    return [Candidate(pet_dids[row], scores[row]) for row in order[:top]]


def seeded(count: int, dimension: int, seed: int = 1) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [1, 2, 7, 500])
@pytest.mark.parametrize("top", [1, 2, 10, 1000])
def test_the_answer_is_that_of_a_sort_of_everything(count: int, top: int) -> None:
    templates, probe = seeded(count, 32), seeded(1, 32, seed=2)[0]
    found = Gallery(names(count), templates).search(probe, top)
    expected = brute_force(names(count), templates, probe, top)
    assert [candidate.pet_did for candidate in found] == [candidate.pet_did for candidate in expected]
    assert [candidate.cosine for candidate in found] == pytest.approx(
        [candidate.cosine for candidate in expected], abs=1e-5
    )


# Whole numbers and an axis as the probe: every score is exact, so ties are ties.
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.sampled_from([-1, 0, 1])),
    st.integers(0, 40),
)
def test_ties_come_in_the_gallerys_order(templates: np.ndarray, top: int) -> None:
    probe = np.array([1, 0, 0], np.float32)
    lengths = np.linalg.norm(templates, axis=1)
    scores = templates[:, 0] / np.where(lengths > 0, lengths, 1)
    order = sorted(range(len(templates)), key=lambda row: -scores[row])[:top]
    found = Gallery(names(len(templates)), templates).search(probe, top)
    assert [candidate.pet_did for candidate in found] == [names(len(templates))[row] for row in order]


@given(
    arrays.arrays(np.float32, (12, 8), elements=st.floats(-100, 100, width=16)),
    arrays.arrays(np.float32, 8, elements=st.floats(-100, 100, width=16)).filter(
        lambda probe: np.abs(probe).max() > 0.1
    ),
    st.integers(1, 12),
)
def test_scores_fall_and_stay_within_bounds(templates: np.ndarray, probe: np.ndarray, top: int) -> None:
    found = Gallery(names(12), templates).search(probe, top)
    scores = [candidate.cosine for candidate in found]
    assert len(found) == len({candidate.pet_did for candidate in found}) == top
    assert scores == sorted(scores, reverse=True)
    assert all(-1.0 <= score <= 1.0 for score in scores)


def test_rows_and_probe_may_have_any_length() -> None:
    templates, probe = seeded(50, 16), seeded(1, 16, seed=3)[0]
    scales = np.random.default_rng(4).uniform(1e-3, 1e3, (50, 1)).astype(np.float32)
    found = Gallery(names(50), templates * scales).search(probe * 37, 5)
    assert [candidate.pet_did for candidate in found] == [
        candidate.pet_did for candidate in brute_force(names(50), templates, probe, 5)
    ]


def test_a_template_finds_itself_first() -> None:
    templates = seeded(200, 64)
    gallery = Gallery(names(200), templates)
    for row in (0, 99, 199):
        (best,) = gallery.search(templates[row], 1)
        assert best.pet_did == names(200)[row]
        assert best.cosine == pytest.approx(1.0, abs=1e-6)


def test_a_template_without_direction_is_never_like_anything() -> None:
    templates = np.stack([np.zeros(4), np.ones(4)]).astype(np.float32)
    found = Gallery(names(2), templates).search(np.ones(4, np.float32), 2)
    assert [candidate.cosine for candidate in found] == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize("templates", [np.zeros((0, 8), np.float32), np.zeros(0, np.float32)])
def test_an_empty_gallery_has_no_candidates(templates: np.ndarray) -> None:
    gallery = Gallery([], templates)
    assert len(gallery) == 0
    assert gallery.search(np.ones(8, np.float32), 5) == []


def test_asking_for_none_gives_none() -> None:
    assert Gallery(names(3), seeded(3, 4)).search(np.ones(4, np.float32), 0) == []


@pytest.mark.parametrize("probe", [np.ones(7, np.float32), np.ones((1, 8), np.float32), np.ones(0, np.float32)])
def test_a_probe_of_another_size_is_refused(probe: np.ndarray) -> None:
    with pytest.raises(NoseprintError) as caught:
        Gallery(names(3), seeded(3, 8)).search(probe, 1)
    assert caught.value.code is ErrorCode.VECTOR_DIMENSION_MISMATCH


def test_names_and_templates_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 pets, 3 templates"):
        Gallery(names(2), seeded(3, 8))


def test_a_memory_map_is_searched_like_memory(tmp_path: Path) -> None:
    templates, probe = seeded(300, 32), seeded(1, 32, seed=5)[0]
    templates.tofile(tmp_path / "templates.f32")
    mapped = np.memmap(tmp_path / "templates.f32", np.float32, mode="r", shape=(300, 32))
    assert Gallery(names(300), mapped).search(probe, 10) == Gallery(names(300), templates).search(probe, 10)


def test_a_hundred_thousand_pets_are_all_looked_at() -> None:
    count, dimension = 100_000, 512
    templates = np.random.default_rng(6).random((count, dimension), dtype=np.float32) - np.float32(0.5)
    gallery = Gallery(range(count), templates)  # type: ignore[arg-type]
    for row in (0, 50_000, count - 1):
        best, second = gallery.search(templates[row], 2)
        assert best.pet_did == row
        assert best.cosine == pytest.approx(1.0, abs=1e-5)
        assert second.cosine < 0.5
