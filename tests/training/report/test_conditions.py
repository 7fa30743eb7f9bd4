"""Worse photographs are compared with what their dogs' other photographs were, and quality may or may not foretell."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from noseprint.evaluation.degrade import Degradation
from tests.support.report_crew import scores, sightings
from training.report import conditions
from training.report.conditions import UNDEGRADED, Grade, discard_curves, worsen
from training.report.photographs import Crew

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.report.bench import Bench


def test_worse_photographs_are_compared_with_the_others_of_their_dog(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "GRADES", {Degradation.SIZE: conditions.GRADES[Degradation.SIZE]})
    monkeypatch.setattr(conditions, "Degradation", (Degradation.SIZE,))
    picture = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)).save(picture, "PNG")
    seen = sightings([50, 51, 140], ["a", "a", "b"])
    photographs = tuple(replace(each, content=picture.getvalue()) for each in seen.crew.photographs)
    bench = make_bench()

    found = list(worsen(replace(seen, crew=Crew(photographs)), bench))

    assert found[0].grade == UNDEGRADED
    assert len(found) == 1 + len(conditions.GRADES[Degradation.SIZE].strengths)
    for each in found:
        # Two photographs of the repeated dog: each with the other, and each with the other dog's.
        assert (len(each.genuine), len(each.impostor), len(each.qualities)) == (2, 2, 2)
    figures = found[-1].figures(bench)
    assert figures.unit == conditions.GRADES[Degradation.SIZE].unit
    assert figures.comparisons == 2
    assert 0.0 <= figures.different <= figures.not_same <= 1.0


def test_a_photograph_that_is_left_as_it_is_stays_the_same_file(make_bench: Callable[..., Bench]) -> None:
    assert UNDEGRADED.apply(b"photo", 0, make_bench().limits) == b"photo"
    assert (UNDEGRADED.name, UNDEGRADED.unit) == ("none", "")
    assert Grade(Degradation.BLUR, 1.0).name == "blur"


def test_curves_discard_the_worse_photographs_pairs(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    take = scores(["a", "a", "a", "b"], [0.9, 0.2, 0.0, 0.2, 0.0, 0.0], [0] * 6)
    poor = np.array([90.0, 90.0, 10.0, 90.0])
    worse = conditions.Worsened(UNDEGRADED, np.array([0.9, 0.5]), np.array([80.0, 20.0]), np.array([0.1]), poor)

    retakes, degraded = discard_curves([take], [poor], [worse], bench)

    assert (retakes.of, retakes.comparisons) == ("retakes", 3)
    assert retakes.fnmr[0] == pytest.approx(2 / 3)
    assert retakes.fnmr[-1] < retakes.fnmr[0]
    assert retakes.area < retakes.area_without_quality
    assert (degraded.comparisons, degraded.fnmr[0]) == (2, 0.5)
