"""Colours by role, for a light and a dark room.

Contrast as WCAG 2.2 counts it: text on its ground at least 4.5 to 1, shapes 3 to 1 (success criteria 1.4.3 and
1.4.11); the tests compute it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Shade(StrEnum):
    """Which of the two themes."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """The roles that a colour can have; each is ``#rrggbb``.

    Attributes:
        surface: the ground of a screen.
        raised: a card or a field on it.
        sunken: behind pictures and in the empty part of a meter.
        ink: text.
        quiet: text that may be overlooked.
        line: borders of fields and cards.
        accent: what is to be pressed next.
        accent_pressed: the same under a finger.
        on_accent: text and icons on the accent, and on good, caution and bad.
        accent_soft: a ground that belongs to the accent.
        good: it is as it should be.
        good_soft: the ground of good words.
        caution: a person must look.
        caution_soft: the ground of words of caution.
        bad: it is not as it should be.
        bad_soft: the ground of bad words.
    """

    surface: str
    raised: str
    sunken: str
    ink: str
    quiet: str
    line: str
    accent: str
    accent_pressed: str
    on_accent: str
    accent_soft: str
    good: str
    good_soft: str
    caution: str
    caution_soft: str
    bad: str
    bad_soft: str


PALETTES: Final = {
    Shade.LIGHT: Palette(
        surface="#f4f6f5",
        raised="#ffffff",
        sunken="#e4e9e7",
        ink="#14201e",
        quiet="#53635f",
        line="#7a8985",
        accent="#0b5f5a",
        accent_pressed="#084641",
        on_accent="#ffffff",
        accent_soft="#dcefec",
        good="#1c6b34",
        good_soft="#dff1e3",
        caution="#8a4b00",
        caution_soft="#fbeed9",
        bad="#a8231c",
        bad_soft="#fae3e1",
    ),
    Shade.DARK: Palette(
        surface="#0f1716",
        raised="#1a2523",
        sunken="#263331",
        ink="#eef4f2",
        quiet="#a9b9b5",
        line="#6d807b",
        accent="#5fd0c3",
        accent_pressed="#8fe3d9",
        on_accent="#06211e",
        accent_soft="#16403b",
        good="#7bd88f",
        good_soft="#173a22",
        caution="#f2b45c",
        caution_soft="#43300f",
        bad="#ff9d94",
        bad_soft="#4c1f1b",
    ),
}
