"""What the DET plot promises to who opens it: well-formed, to scale, the same every time."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.det_plot import GRID_PERCENT, det_plot
from noseprint.evaluation.error_rates import DetCurve, det_curve, rank

SVG = "{http://www.w3.org/2000/svg}"
SMALL = det_curve(rank([0.4, 0.8]), rank([0.1, 0.5]))


def _curve(seed: int = 0, shift: float = 2.0) -> DetCurve:
    generator = np.random.default_rng(seed)
    return det_curve(rank(generator.normal(shift, 1, 200)), rank(generator.normal(0, 1, 400)))


def _points(line: ET.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def _lines(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}polyline"))  # noqa: S314 - our own text


def _words(svg: str) -> list[str | None]:
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own text


def _position(percent: float) -> tuple[float, float]:
    """Where the plot puts equal rates: the first corner of a curve that steps there from nothing."""
    rate = percent / 100
    curve = DetCurve(np.array([0.0, 1.0]), np.array([rate, 0.0]), np.array([rate, 1.0]))
    return _points(_lines(det_plot({"one": curve}))[0])[0]


def test_the_plot_is_well_formed_and_names_axes_grid_and_curves() -> None:
    svg = det_plot({"ours": _curve(), "theirs": _curve(1)}, title="Two models")

    words = _words(svg)
    assert "Two models" in words
    assert [f"{percent:g}" for percent in GRID_PERCENT for _ in "xy"] == [w for w in words if w and w[0].isdigit()]
    assert {"False match rate (FMR), %", "False non-match rate (FNMR), %", "ours", "theirs"} <= set(words)
    assert len(_lines(svg)) == 2


@given(st.text(max_size=20))
def test_any_name_and_title_keep_it_well_formed(name: str) -> None:
    words = _words(det_plot({name: SMALL}, title=name))

    shown = "".join(letter for letter in name if letter.isprintable())
    assert (words[0] or "") == (words[-1] or "") == shown


def test_the_same_curves_give_the_same_text() -> None:
    assert det_plot({"a": _curve()}) == det_plot({"a": _curve()})


def test_curves_differ_in_colour_and_dashes_even_when_there_are_many() -> None:
    lines = _lines(det_plot({str(index): _curve(index) for index in range(12)}))

    assert len({(line.attrib["stroke"], line.attrib["stroke-dasharray"]) for line in lines}) == 12


def test_the_axes_are_probit_and_the_curve_lies_on_the_grid_lines() -> None:
    svg = det_plot({"a": _curve()})
    grid = [path.attrib["d"] for path in ET.fromstring(svg).iter(f"{SVG}path")][: len(GRID_PERCENT)]  # noqa: S314

    for percent, line in zip(GRID_PERCENT, grid, strict=True):
        x, y = _position(percent)
        assert line.startswith(f"M{x:.1f} ")
        assert f" {y:.1f}H" in line
    (x1, _), (x5, _), (x20, _), (x40, _) = (_position(percent) for percent in (1, 5, 20, 40))
    # Standard normal quantiles: -2.326, -1.645, -0.842, -0.253.
    assert (x5 - x1) / (x40 - x20) == pytest.approx((2.326 - 1.645) / (0.842 - 0.253), rel=0.01)


def test_a_curve_falls_to_the_right() -> None:
    points = _points(_lines(det_plot({"a": _curve()}))[0])[::-1]

    assert all(x <= next_x for (x, _), (next_x, _) in itertools.pairwise(points))
    assert all(y <= next_y for (_, y), (_, next_y) in itertools.pairwise(points))


def test_straight_runs_are_drawn_with_two_points() -> None:
    perfect = det_curve(rank(np.linspace(2, 3, 500)), rank(np.linspace(0, 1, 500)))

    assert len(_points(_lines(det_plot({"perfect": perfect}))[0])) == 3


def test_a_plot_of_nothing_is_refused() -> None:
    with pytest.raises(NoseprintError) as refused:
        det_plot({})

    assert refused.value.code is ErrorCode.INVALID_REQUEST
