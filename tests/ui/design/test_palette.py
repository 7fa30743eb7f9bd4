"""Every text can be read on its ground, in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from kiosk_app.design.palette import PALETTES, Palette, Shade

TEXTS = [
    *[(text, ground) for text in ("ink", "quiet", "accent", "bad") for ground in ("surface", "raised")],
    *[("on_accent", ground) for ground in ("accent", "accent_pressed")],
    *[(tone, f"{tone}_soft") for tone in ("good", "caution", "bad", "accent")],
    *[("ink", f"{tone}_soft") for tone in ("good", "caution", "bad", "accent")],
    ("quiet", "sunken"),
]
SHAPES = [("line", "surface"), ("line", "raised"), ("good", "sunken"), ("caution", "sunken"), ("bad", "sunken")]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = QColor(colour).getRgbF()[:3]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(palette: Palette, one: str, other: str) -> float:
    lights = sorted((luminance(getattr(palette, one)), luminance(getattr(palette, other))))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("shade", Shade)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out_from_its_ground(shade: Shade, text: str, ground: str) -> None:
    assert contrast(PALETTES[shade], text, ground) >= 4.5


@pytest.mark.parametrize("shade", Shade)
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_stand_out_from_their_ground(shade: Shade, shape: str, ground: str) -> None:
    assert contrast(PALETTES[shade], shape, ground) >= 3.0
