"""Searches follow the clinic's rule: the threshold, the margin, and only the nearest are candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.report_crew import FUSION, crew, sightings
from training.report.gallery import GeneratedDogs
from training.report.look_up import Candidates, Gallery, Rule, look_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.report.bench import Bench

NOBODY = [0.1, 0.0, 0.0, 0.0, 0.0]


def candidates(cosines: list[float], inliers: list[int] | None = None) -> Candidates:
    return Candidates(np.array([cosines]), np.array([inliers or [0] * len(cosines)], np.int32))


def dogs(folder: Path, angles: list[float]) -> GeneratedDogs:
    radians = np.radians(angles)
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1)[:, None].astype(np.float32)
    return GeneratedDogs(tuple(folder / f"dog-{number}" for number in range(len(angles))), vectors)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (0.9, NOBODY, [1, 0, 0, 1, 1, 0]),
        (0.6, NOBODY, [1, 0, 1, 1, 0, 0]),
        (0.72, [0.71, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0]),
        (0.72, [0.9, 0, 0, 0, 0], [0, 1, 1, 0, 0, 1]),
        (0.89, [0.9, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]),
        (0.2, [0.9, 0.9, 0.9, 0.9, 0.9], [0, 1, 1, 0, 0, 0]),
    ],
    ids=["clear", "below same", "no lead", "another leads", "another without lead", "not listed"],
)
def test_a_search_is_counted_by_what_the_clinic_would_say(
    own: float, others: list[float], expected: list[int], make_bench: Callable[..., Bench]
) -> None:
    rule = Rule(make_bench(), (0.5, 0.7))

    assert rule.shares(candidates([own]), candidates(others)).tolist() == expected


def test_shared_points_rank_the_candidates_again(make_bench: Callable[..., Bench]) -> None:
    rule = Rule(make_bench(FUSION), (0.5, 0.7))

    first, _, _, weighed, right, wrong = rule.shares(candidates([0.4], [16]), candidates([0.5, 0, 0, 0, 0]))

    assert (first, weighed, right, wrong) == (0, 1, 1, 0)


def test_templates_of_one_dog_are_averaged(make_bench: Callable[..., Bench]) -> None:
    shares = Rule(make_bench(), (0.5, 0.7)).shares(candidates([0.9, 0.05]), candidates(NOBODY))

    assert shares.tolist() == [0.5, 0.5, 0.5, 0.5, 0.5, 0]


def test_a_dogs_own_template_is_left_out_of_its_strangers_search(
    tmp_path: Path, make_bench: Callable[..., Bench]
) -> None:
    seen = sightings([0, 90], ["a", "b"])
    gallery = Gallery(dogs(tmp_path, [185, 190, 200, 210]), seen, make_bench())

    cosines, found = gallery.nearest(seen.crew, seen.vectors)

    assert cosines[:, 0] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert found[:, 0].tolist() == [5, 4]


def test_the_whole_look_up_counts_enrolled_dogs_and_strangers(tmp_path: Path, make_bench: Callable[..., Bench]) -> None:
    seen = sightings([0, 2, 4, 6, 90], ["a", "a", "a", "a", "b"])
    crowd = dogs(tmp_path, [180, 200, 220, 240, 260])

    found = look_up(seen, [seen], (crowd, crowd.split(0)[0]), make_bench())

    (photographs,) = found.identification
    assert (photographs.probes, photographs.dogs, photographs.templates) == (4, 1, 4)
    assert (photographs.rank_1, photographs.named_right, photographs.named_wrong) == (1.0, 1.0, 0.0)
    assert [(each.kind, each.probes, each.named) for each in found.strangers] == [
        ("photographs", 5, 0),
        ("retakes", 5, 0),
    ]
    assert (found.gallery_generated, found.gallery_real, found.impostor_probes) == (5, 2, 10)


def test_a_gallery_photograph_is_read_for_its_points(tmp_path: Path, make_bench: Callable[..., Bench]) -> None:
    crowd = dogs(tmp_path, [0])
    crowd.folders[0].mkdir()
    (crowd.folders[0] / "01.jpg").write_bytes(b"photo")

    assert crowd.photos_of(0) == [b"photo"]
    assert crowd.name == tmp_path.name
    assert len(crew("a")) == 1
    assert make_bench().embedder.manifest.keypoints is None
