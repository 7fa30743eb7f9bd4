"""Measures on an 8-pixel grid, as they are in a window of 1280 by 800, and how they follow another window."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

MARGIN: Final = 32
GAP: Final = 16
WIDE_GAP: Final = 24
SMALL_GAP: Final = 8
CARD_RADIUS: Final = 16
BUTTON_RADIUS: Final = 12
MAIN_TARGET: Final = 72
TARGET: Final = 56
ICON: Final = 28
LARGE_ICON: Final = 72

_LONG_SIDE, _SHORT_SIDE = 1280, 800
_SMALLEST, _LARGEST = 0.8, 3.0
# ISO 9241-410 and UI.md: a gloved finger hits 12 mm.
_TARGET_MM = 12.0
_MM_PER_INCH = 25.4


class Type(IntEnum):
    """The type scale, in pixels."""

    VERDICT = 56
    TITLE = 36
    INSTRUCTION = 28
    BODY = 20
    LABEL = 16


def scale_for(width: int, height: int) -> float:
    """How much larger than in a window of 1280 by 800 everything is; the window may stand upright.

    Args:
        width: of the window, in pixels.
        height: of the window, in pixels.

    Returns:
        0.8 to 3.0.
    """
    long_side, short_side = max(width, height), min(width, height)
    wanted = min(long_side / _LONG_SIDE, short_side / _SHORT_SIDE)
    return min(max(wanted, _SMALLEST), _LARGEST)


def least_target(dots_per_inch: float) -> int:
    """The least side of what is touched, in pixels of a screen."""
    return round(_TARGET_MM / _MM_PER_INCH * dots_per_inch)
