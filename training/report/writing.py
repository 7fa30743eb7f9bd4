"""Writes the report, its pictures and its figures, all or nothing of each file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from noseprint.evaluation.det_plot import det_plot
from training.report.figures import encode
from training.report.plots import Panel, draw
from training.report.text import render
from training.report.words import percent, system_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from noseprint.evaluation.error_rates import DetCurve
    from training.report.figures import Figures, System
    from training.report.measure import Result


def write_report(result: Result, folder: Path) -> None:
    """Write `biometric-report.md` into a folder, and all that belongs to it into `biometric-report` beside it."""
    beside = folder / "biometric-report"
    beside.mkdir(parents=True, exist_ok=True)
    for name, text in _pictures(result):
        _write(beside / name, text.encode())
    _write(beside / "figures.json", encode(result.figures))
    _write(folder / "biometric-report.md", render(result.figures).encode())


def _pictures(result: Result) -> Iterator[tuple[str, str]]:
    figures = result.figures
    yield "det-photographs.svg", _det(result.det_of_photographs, figures, "Photographs of the test dogs")
    yield "det-retaken.svg", _det(result.det_of_retakes, figures, "Every photograph taken again")
    yield "conditions.svg", _conditions_plot(figures)
    yield "error-versus-discard.svg", _discard_plot(figures)


def _det(curves: Mapping[System, DetCurve], figures: Figures, title: str) -> str:
    return det_plot({system_name(system, figures).replace("`", ""): curve for system, curve in curves.items()}, title)


def _conditions_plot(figures: Figures) -> str:
    panels = []
    for kind, group in groupby(figures.conditions, lambda each: each.degradation):
        grades = [figures.undegraded, *group]
        lines = {
            "median": [each.median_similarity for each in grades],
            "tenth percentile": [each.lower_similarity for each in grades],
            "share refused": [each.refused for each in grades],
        }
        panels.append(Panel(kind, grades[1].unit, ["none", *(f"{each.strength:g}" for each in grades[1:])], lines))
    return draw(panels, columns=3, up="similarity of genuine pairs, or share")


def _discard_plot(figures: Figures) -> str:
    panels = [
        Panel(
            curve.of,
            "discarded",
            [percent(share) for share in curve.discards],
            {"by quality": curve.fnmr, "by knowing the errors": curve.best},
            top=max(*curve.fnmr, *curve.best, 0.01),
        )
        for curve in figures.discards
    ]
    return draw(panels, columns=2, up="FNMR")


def _write(file: Path, content: bytes) -> None:
    half_written = file.with_name(f"{file.name}.new")
    half_written.write_bytes(content)
    half_written.replace(file)
