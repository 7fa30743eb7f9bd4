"""Plots are well-formed, to scale and the same every time."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from training.report.plots import Panel, draw

SVG = "{http://www.w3.org/2000/svg}"


def _panel(title: str = "blur", *, top: float = 1.0) -> Panel:
    return Panel(title, "% of the side", ["0", "1", "2"], {"median": [1.0, 0.5, 0.0], "low": [0.9, 0.2, 0.0]}, top)


def test_every_panel_has_its_title_ticks_and_lines() -> None:
    root = ET.fromstring(draw([_panel("a<b"), _panel("c")], columns=2, up="similarity"))  # noqa: S314 - our own text

    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"a<b", "c", "% of the side", "similarity:", "median", "low"} <= set(words)
    assert len(list(root.iter(f"{SVG}polyline"))) == 4


def test_lines_are_to_scale_and_end_at_the_top() -> None:
    root = ET.fromstring(draw([_panel(top=0.5)], columns=1, up="y"))  # noqa: S314

    line = next(root.iter(f"{SVG}polyline")).attrib["points"].split()
    heights = [float(point.split(",")[1]) for point in line]
    assert heights == [0.0, 0.0, 150.0]


@pytest.mark.parametrize(("panels", "height"), [(1, 276), (3, 276), (4, 518)])
def test_panels_fill_row_after_row(panels: int, height: int) -> None:
    root = ET.fromstring(draw([_panel()] * panels, columns=3, up="y"))  # noqa: S314

    assert root.attrib["height"] == str(height)


def test_the_same_figures_give_the_same_picture() -> None:
    assert draw([_panel()], columns=1, up="y") == draw([_panel()], columns=1, up="y")
