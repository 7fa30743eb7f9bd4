"""Draws DET curves as one standalone SVG: no plotting library, the same curves give the same text."""

from __future__ import annotations

from html import escape
from itertools import groupby
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from noseprint.evaluation.error_rates import DetCurve, Floats

GRID_PERCENT = (0.01, 0.1, 1, 5, 10, 20, 40)

_PROBIT = NormalDist().inv_cdf
# Just beyond the outer grid lines, so that a curve along them stays in sight.
_LOWEST, _HIGHEST = 0.00006, 0.45
_LEFT, _TOP, _SIDE = 88, 56, 520
_LEGEND_LINE = 24
_WIDTH = _LEFT + _SIDE + 32
# Okabe and Ito's palette, told apart by colour-blind readers; dashes tell the curves apart in grey print.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("none", "9 4", "2 3", "12 3 2 3", "5 2")


def det_plot(curves: Mapping[str, DetCurve], title: str = "Detection error trade-off") -> str:
    """Draw curves of FNMR over FMR, both on probit axes in percent.

    The axes are those of A. Martin and others, "The DET curve in assessment of detection task performance",
    1997. Rates under the scale (zero among them) are drawn on its edge; rates above it are cut off.

    Args:
        curves: curves by the name that the legend gives them, in the order of the legend; at least one.
        title: heading of the plot.

    Returns:
        The text of an SVG file.

    Raises:
        NoseprintError: INVALID_REQUEST when there is no curve.
    """
    if not curves:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a DET plot needs at least one curve")
    return "\n".join((*_opening(len(curves), title), *_grid(), *_drawn(curves), *_legend(curves), "</svg>\n"))


def _opening(count: int, title: str) -> Iterator[str]:
    height = _TOP + _SIDE + 84 + _LEGEND_LINE * count
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="13" fill="#222222">'
    )
    yield f"<title>{_text(title)}</title>"
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    yield f'<text x="{_LEFT}" y="34" font-size="18" font-weight="bold">{_text(title)}</text>'
    # Two pixels more at the left and below, for the full width of a line that runs along the frame.
    yield (
        f'<defs><clipPath id="plot"><rect x="{_LEFT - 2}" y="{_TOP}" width="{_SIDE + 2}" height="{_SIDE + 2}"/>'
        "</clipPath></defs>"
    )


def _grid() -> Iterator[str]:
    bottom, right = _TOP + _SIDE, _LEFT + _SIDE
    for percent in GRID_PERCENT:
        x, y = _LEFT + _offset(percent / 100), bottom - _offset(percent / 100)
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}M{_LEFT} {y:.1f}H{right}" stroke="#dddddd" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{percent:g}</text>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{percent:g}</text>'
    yield f'<path d="M{_LEFT} {bottom}L{right} {_TOP}" stroke="#aaaaaa" stroke-dasharray="3 5"/>'
    yield f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" stroke="#666666" fill="none"/>'
    centre, middle = _LEFT + _SIDE // 2, _TOP + _SIDE // 2
    yield f'<text x="{centre}" y="{bottom + 44}" text-anchor="middle">False match rate (FMR), %</text>'
    yield (
        f'<text transform="translate(28 {middle}) rotate(-90)" text-anchor="middle">'
        "False non-match rate (FNMR), %</text>"
    )


def _drawn(curves: Mapping[str, DetCurve]) -> Iterator[str]:
    yield '<g clip-path="url(#plot)">'
    for index, curve in enumerate(curves.values()):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in _corners(curve))
        yield f'<polyline points="{points}" {_pen(index)}/>'
    yield "</g>"


def _legend(curves: Mapping[str, DetCurve]) -> Iterator[str]:
    for index, name in enumerate(curves):
        y = _TOP + _SIDE + 72 + _LEGEND_LINE * index
        yield f'<path d="M{_LEFT} {y}h44" {_pen(index)}/>'
        yield f'<text x="{_LEFT + 56}" y="{y + 4.5:.1f}">{_text(name)}</text>'


def _pen(index: int) -> str:
    colour, dashes = _COLOURS[index % len(_COLOURS)], _DASHES[index % len(_DASHES)]
    return f'stroke="{colour}" stroke-dasharray="{dashes}" stroke-width="2" fill="none"'


def _corners(curve: DetCurve) -> Iterator[tuple[float, float]]:
    """Pixel positions, without the points in the middle of a straight run of the staircase."""
    across, up = _positions(curve.fmr), _positions(curve.fnmr)
    points = [(_LEFT + x, _TOP + _SIDE - y) for (x, y), _ in groupby(zip(across, up, strict=True))]
    yield points[0]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1]):
            yield point
    yield points[-1]


def _positions(rates: Floats) -> list[float]:
    distinct, place = np.unique(np.clip(rates, _LOWEST, 0.99), return_inverse=True)
    pixels: Floats = np.round([_offset(rate) for rate in distinct.tolist()], 1)[place]
    return list(map(float, pixels))


def _offset(rate: float) -> float:
    """Pixels from the low end of an axis."""
    low, high = _PROBIT(_LOWEST), _PROBIT(_HIGHEST)
    return _SIDE * (_PROBIT(rate) - low) / (high - low)


def _text(words: str) -> str:
    # XML has no way to write most control characters, not even escaped.
    return escape("".join(letter for letter in words if letter.isprintable()))
