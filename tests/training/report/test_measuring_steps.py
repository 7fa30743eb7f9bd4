"""The smaller steps: what a clinic would refuse, how long things take, what the bench keeps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.support.report_crew import FUSION
from training.report.__main__ import show_progress
from training.report.acquiring import as_taken_in, present
from training.report.photographs import Crew, Photograph
from training.report.speed import measure_speed, processor

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from training.report.bench import Bench


def _pictures(*seeds: int) -> Crew:
    photographs = []
    for seed in seeds:
        file = io.BytesIO()
        grain = np.random.default_rng(seed).integers(0, 255, (96, 96, 3), np.uint8)
        Image.fromarray(grain).resize((192, 192)).save(file, "PNG")
        photographs.append(Photograph(f"dog-{seed}", "01", file.getvalue()))
    return Crew(tuple(photographs), ("gone/01",))


def test_refusals_are_counted_apart(make_bench: Callable[..., Bench]) -> None:
    found = present("singles", _pictures(1, 2), make_bench())

    assert (found.crew, found.presented, found.unreadable, found.no_nose) == ("singles", 3, 1, None)
    assert 0 <= found.least_quality <= found.median_quality <= 100


def test_every_step_is_timed(make_bench: Callable[..., Bench]) -> None:
    steps = list(measure_speed(_pictures(1, 2), make_bench(), repetitions=1))

    assert [each.step for each in steps] == [
        "embedding",
        "keypoints of a photograph",
        "matching the keypoints of a pair",
        "quality",
    ]
    assert all(each.milliseconds >= 0 for each in steps)
    assert processor()


def test_the_bench_compares_each_pair_by_every_system_and_keeps_it(make_bench: Callable[..., Bench]) -> None:
    bench, crew = make_bench(FUSION), _pictures(1, 2, 3)

    found = bench.score(crew)

    assert len(found.cosines) == len(found.inliers) == 3
    assert found.fused is not None
    assert found.reference is None
    assert len(list(bench.work.folder.iterdir())) == 2
    assert bench.score(crew).inliers.tolist() == found.inliers.tolist()


def test_progress_says_when_all_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    step = show_progress("dogs", 2)
    step()
    step()

    assert "dogs: 2 of 2" in capsys.readouterr().err


def test_photographs_are_taken_in_as_the_clinic_stores_them(make_bench: Callable[..., Bench]) -> None:
    crew = _pictures(1, 2)

    stored = as_taken_in(crew, make_bench())

    assert stored.labels == crew.labels
    assert all(content.startswith(b"\xff\xd8") for content in stored.contents)
