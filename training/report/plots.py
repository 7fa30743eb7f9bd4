"""Small line plots as standalone SVG, several panels in one picture; the same figures give the same text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH, _HEIGHT = 240, 150
_LEFT, _TOP, _RIGHT, _BELOW = 52, 40, 18, 52
_LEGEND = 34
# As in the DET plots: told apart by colour-blind readers, and by dashes in grey print.
_PENS = (("#0072b2", "none"), ("#d55e00", "7 3"), ("#009e73", "2 3"), ("#cc79a7", "10 3 2 3"))


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: lines over named places along x, y from 0 to `top`.

    Attributes:
        title: above it.
        across: what x is.
        ticks: names of the places along x, evenly apart.
        lines: by their name in the legend; one y per tick.
        top: the highest y.
    """

    title: str
    across: str
    ticks: Sequence[str]
    lines: Mapping[str, Sequence[float]]
    top: float = 1.0


def draw(panels: Sequence[Panel], *, columns: int, up: str) -> str:
    """Draw panels row by row.

    Args:
        panels: all with lines of the same names; at least one.
        columns: panels side by side.
        up: what y is, for all of them.

    Returns:
        The text of an SVG file.
    """
    wide, tall = _LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + _BELOW
    width, height = columns * wide, -(-len(panels) // columns) * tall + _LEGEND
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11" fill="#222222">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(panels[0], up),
    ]
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        parts.append(f'<g transform="translate({column * wide + _LEFT} {_LEGEND + row * tall + _TOP})">')
        parts += [*_frame(panel), *_lines(panel), "</g>"]
    return "\n".join((*parts, "</svg>\n"))


def _legend(panel: Panel, up: str) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="20">{escape(up)}:</text>'
    x = _LEFT + 7 * len(up) + 14
    for name, (colour, dashes) in zip(panel.lines, _PENS, strict=False):
        yield f'<path d="M{x} 16h30" {_pen(colour, dashes)}/>'
        yield f'<text x="{x + 36}" y="20">{escape(name)}</text>'
        x += 36 + 7 * len(name) + 16


def _frame(panel: Panel) -> Iterator[str]:
    yield f'<text x="0" y="-10" font-weight="bold">{escape(panel.title)}</text>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" stroke="#666666" fill="none"/>'
    for quarter in range(5):
        y = _HEIGHT * (1 - quarter / 4)
        yield f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="#dddddd" fill="none"/>'
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{panel.top * quarter / 4:.3g}</text>'
    for x, tick in zip(_places(panel), panel.ticks, strict=True):
        yield f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{escape(tick)}</text>'
    yield f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 34}" text-anchor="middle">{escape(panel.across)}</text>'


def _lines(panel: Panel) -> Iterator[str]:
    for values, (colour, dashes) in zip(panel.lines.values(), _PENS, strict=False):
        heights = [_HEIGHT * (1 - min(value / panel.top, 1.0)) for value in values]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(_places(panel), heights, strict=True))
        yield f'<polyline points="{points}" {_pen(colour, dashes)}/>'


def _pen(colour: str, dashes: str) -> str:
    return f'stroke="{colour}" stroke-dasharray="{dashes}" stroke-width="2" fill="none"'


def _places(panel: Panel) -> list[float]:
    gaps = max(len(panel.ticks) - 1, 1)
    return [_WIDTH * place / gaps for place in range(len(panel.ticks))]
