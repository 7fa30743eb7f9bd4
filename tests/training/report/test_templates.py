"""Templates are made by the product's rule, and no photograph is verified against a template that it is in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.report_crew import FUSION, crew, sightings
from training.report.photographs import Crew, Photograph
from training.report.templates import enrol, repeated_dogs, similarities, verify_templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.report.bench import Bench

LABELS = ("a", "a", "a", "a", "b")


def test_every_choice_of_three_photographs_makes_a_template(make_bench: Callable[..., Bench]) -> None:
    templates = enrol(sightings([0, 10, 20, 30, 170], LABELS), "a", make_bench())

    assert templates.members == ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))
    assert templates.vectors[0] == pytest.approx([np.cos(np.radians(10)), np.sin(np.radians(10))], abs=1e-6)
    assert templates.not_enrolled == 0
    assert templates.without(3).tolist() == [True, False, False, False]


def test_photographs_that_disagree_are_failures_to_enrol(make_bench: Callable[..., Bench]) -> None:
    templates = enrol(sightings([0, 110, 230, 40], ("a", "a", "a", "b")), "a", make_bench())

    assert (templates.members, templates.not_enrolled) == ((), 1)
    assert templates.vectors.shape == (0, 2)


def test_a_dog_needs_one_photograph_more_than_its_template(make_bench: Callable[..., Bench]) -> None:
    assert [each.identity for each in repeated_dogs(sightings([0, 1, 2, 3, 4], LABELS), make_bench())] == ["a"]


def test_verification_is_counted_by_kind(make_bench: Callable[..., Bench]) -> None:
    genuine, impostor = verify_templates(sightings([0, 10, 20, 30, 170], LABELS), make_bench())

    # Each of four photographs against the one template of the other three; the other dog against all four.
    assert (genuine.kind, genuine.embedder.comparisons, genuine.embedder.same) == ("genuine", 4, 4)
    assert (impostor.kind, impostor.embedder.comparisons, impostor.embedder.same) == ("impostor", 4, 0)
    assert genuine.fused is None


def test_shared_points_are_weighed_as_the_clinic_does(make_bench: Callable[..., Bench]) -> None:
    seen = sightings([0, 2, 4, 60, 170], LABELS)
    shared = seen.shared.copy()
    shared[3, 0] = shared[0, 3] = 16

    found = verify_templates(replace(seen, shared=shared), make_bench(FUSION))[0]

    assert found.fused is not None
    assert found.embedder.same < found.fused.same == found.fused.comparisons


def test_the_other_session_is_verified_by_itself(make_bench: Callable[..., Bench]) -> None:
    names = ("01", "02", "03", "06")
    dog = Crew(tuple(Photograph("dog-a", name, name.encode()) for name in names)) + crew("b")
    seen = replace(sightings([0, 1, 2, 30, 170], ["dog-a"] * 4 + ["b"]), crew=dog)

    found = verify_templates(seen, make_bench())[-1]

    assert (found.kind, found.embedder.comparisons) == ("other session", 1)


def test_similarity_is_that_of_the_manifest(make_bench: Callable[..., Bench]) -> None:
    assert similarities([0.5], [16], make_bench())[0] == pytest.approx(0.70)
    assert similarities([0.2], [16], make_bench(FUSION))[0] == pytest.approx(0.85)
