"""The large shapes of a nose: outline, nostrils, philtrum, surrounding fur and pigment. Shared by a whole family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.fields import Field, bump, ramp, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class NoseTraits:
    """Proportions and colours of one family's noses (lengths in half nose widths, colours linear RGB in [0, 1])."""

    half_height: float
    squareness: float
    taper: float
    depth: float
    wing: float
    nostril_x: float
    nostril_y: float
    nostril_width: float
    nostril_height: float
    slit_reach: float
    slit_drop: float
    slit_width: float
    nostril_dark: float
    philtrum_start: float
    philtrum_width: float
    philtrum_depth: float
    valley: float
    skin_colour: Colour
    lower_tone: float
    blotches: float
    fur_colour: Colour
    fur_below: Colour
    fur_contrast: float
    fur_length: float
    fur_fringe: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> NoseTraits:
        """Draw proportions in the ranges measured by eye on photographs."""
        u = rng.uniform
        return cls(
            half_height=u(0.7, 0.95),
            squareness=u(2.1, 3.2),
            taper=u(0.15, 0.6),
            depth=u(0.45, 0.85),
            wing=u(0.05, 0.25),
            nostril_x=u(0.4, 0.58),
            nostril_y=u(-0.2, 0.2),
            nostril_width=u(0.13, 0.24),
            nostril_height=u(0.16, 0.31),
            slit_reach=u(0.2, 0.55),
            slit_drop=u(-0.05, 0.22),
            slit_width=u(0.02, 0.07),
            nostril_dark=u(0.85, 0.995),
            philtrum_start=u(-0.45, 0.35),
            philtrum_width=u(0.012, 0.035),
            philtrum_depth=u(0.01, 0.06),
            valley=u(0.0, 0.1),
            skin_colour=_skin_colour(rng),
            lower_tone=u(0.45, 1.15),
            blotches=u(0.0, 0.35),
            fur_colour=_fur_colour(rng),
            fur_below=_fur_colour(rng),
            fur_contrast=u(0.15, 0.6),
            fur_length=u(0.4, 1.2),
            fur_fringe=u(0.004, 0.03),
            seed=int(rng.integers(2**31)),
        )


@dataclass(frozen=True)
class Anatomy:
    """One family's large shapes on the canonical grid, (size, size) float32 each unless said otherwise."""

    level: Field
    """0 in the middle, 1 on the outline, larger outside."""
    height: Field
    """Towards the viewer, in half nose widths."""
    opening: Field
    """1 inside a nostril, 0 on skin."""
    philtrum: Field
    tone: Field
    """Factor on the skin's colour."""
    fur: Field
    """Streaks of fur, about -1 to 1."""
    below: Field
    """1 where the fur has the colour of the chin, 0 where that of the bridge."""


def shape(traits: NoseTraits, x: Field, y: Field) -> Anatomy:
    """Build a family's shapes over the coordinates (x, y)."""
    rng = np.random.default_rng(traits.seed)
    level = _outline(traits, rng, x, y)
    opening = np.maximum(_nostril(traits, rng, x, y, -1), _nostril(traits, rng, x, y, 1))
    philtrum = _philtrum(traits, rng, x, y)
    holes = cv2.GaussianBlur(opening, (0, 0), opening.shape[0] * 0.006)
    height = _bulk(traits, x, y, level) - np.float32(0.14) * holes - np.float32(traits.philtrum_depth) * philtrum
    return Anatomy(
        level=level,
        height=np.asarray(height, dtype=np.float32),
        opening=opening,
        philtrum=philtrum,
        tone=_tone(traits, rng, x, y),
        fur=_fur(traits, rng, x, y),
        below=ramp(y + np.float32(0.2) * smooth_noise(rng, x.shape[0], 5), -0.2, 0.5),
    )


def outline_box(traits: NoseTraits) -> NDArray[np.float32]:
    """Return points around the outline, (32, 2) float32, from which a photograph's crop is framed."""
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    power = 2 / traits.squareness
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power * traits.half_height
    x = x * (1 - traits.taper * np.clip(y / traits.half_height, 0, 1) ** 2)
    return np.stack([x, y], axis=1).astype(np.float32)


def _skin_colour(rng: np.random.Generator) -> Colour:
    """Black and slate mostly, sometimes brown, rarely pink."""
    kind = rng.choice(4, p=[0.55, 0.2, 0.17, 0.08])
    base = np.array([[0.035, 0.035, 0.04], [0.1, 0.1, 0.11], [0.2, 0.1, 0.06], [0.5, 0.25, 0.2]])[kind]
    red, green, blue = np.clip(base * np.exp(rng.normal(0, 0.35)) * np.exp(rng.normal(0, 0.08, 3)), 0.01, 0.8)
    return float(red), float(green), float(blue)


def _fur_colour(rng: np.random.Generator) -> Colour:
    """From black over brown and red to white."""
    base = np.array([[0.04, 0.04, 0.04], [0.2, 0.12, 0.07], [0.45, 0.25, 0.1], [0.6, 0.5, 0.38], [0.75, 0.73, 0.7]])
    red, green, blue = np.clip(
        base[rng.integers(5)] * np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.06, 3)), 0.01, 0.95
    )
    return float(red), float(green), float(blue)


def _outline(traits: NoseTraits, rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A superellipse that narrows downwards, a little lopsided."""
    v = y / np.float32(traits.half_height)
    width = 1 - np.float32(traits.taper) * np.clip(v, 0, 1.2) ** 2
    power = np.float32(traits.squareness)
    level = (np.abs(x / width) ** power + np.abs(v) ** power) ** (1 / power)
    angle = np.arctan2(y, x)
    for order in (2, 3, 4, 5):
        level = level + np.float32(rng.normal(0, 0.02)) * np.cos(order * angle + np.float32(rng.uniform(0, 6.3)))
    return np.asarray(np.maximum(level, 0), dtype=np.float32)


def _nostril(traits: NoseTraits, rng: np.random.Generator, x: Field, y: Field, side: int) -> Field:
    """A round hole whose lower end runs out sideways into the slit under the wing: a chain of shrinking discs."""
    u = side * x - np.float32(traits.nostril_x + rng.normal(0, 0.015))
    v = y - np.float32(traits.nostril_y + rng.normal(0, 0.015))
    lean = np.float32(rng.normal(0.15, 0.12))
    hole = np.hypot((u + lean * v) / np.float32(traits.nostril_width), v / np.float32(traits.nostril_height))
    for t in np.linspace(0.15, 1, 9):
        centre_u = traits.slit_reach * t
        centre_v = traits.nostril_height * 0.7 + traits.slit_drop * (2 * t - 1.6 * t * t)
        radius = traits.nostril_height * 0.45 * (1 - t) ** 2 + traits.slit_width * (1.15 - t)
        hole = np.minimum(hole, np.hypot(u - np.float32(centre_u), v - np.float32(centre_v)) / np.float32(radius))
    return ramp(-hole, -1.2, -0.75)


def _philtrum(traits: NoseTraits, rng: np.random.Generator, x: Field, y: Field) -> Field:
    """The cleft down the middle, 1 on its line."""
    wiggle = np.float32(0.02) * np.sin(y * np.float32(rng.uniform(2, 6)) + np.float32(rng.uniform(0, 6)))
    line = np.exp(-(((x - wiggle) / np.float32(traits.philtrum_width)) ** 2))
    return np.asarray(line * ramp(y, traits.philtrum_start, traits.philtrum_start + 0.25), dtype=np.float32)


def _bulk(traits: NoseTraits, x: Field, y: Field, level: Field) -> Field:
    """The dome, the wings beside the nostrils, and the shallow valley that the cleft lies in."""
    dome = np.float32(traits.depth) * (1 - np.minimum(level, np.float32(1.8)) ** np.float32(2.4))
    dome = np.maximum(dome, np.float32(-1.2))
    wings = sum(bump(x, y, (s * (traits.nostril_x + 0.25), traits.nostril_y - 0.03), (0.17, 0.2)) for s in (-1, 1))
    valley = np.exp(-((x / np.float32(0.12)) ** 2)) * ramp(y, traits.philtrum_start - 0.2, traits.philtrum_start + 0.3)
    return np.asarray(dome + np.float32(traits.wing) * wings - np.float32(traits.valley) * valley, dtype=np.float32)


def _tone(traits: NoseTraits, rng: np.random.Generator, x: Field, y: Field) -> Field:
    """Pigment: often another tone below the nostrils, and soft blotches."""
    below = ramp(
        y + np.float32(0.08) * smooth_noise(rng, x.shape[0], 5), traits.nostril_y - 0.1, traits.nostril_y + 0.3
    )
    tone = 1 + np.float32(traits.lower_tone - 1) * below
    return np.asarray(tone * np.exp(np.float32(traits.blotches) * smooth_noise(rng, x.shape[0], 8)), dtype=np.float32)


def _fur(traits: NoseTraits, rng: np.random.Generator, x: Field, y: Field) -> Field:
    """Streaks that radiate from the nose: noise laid out over angle and distance."""
    size = x.shape[0]
    angle = np.arctan2(y, x) / np.float32(2 * np.pi) + np.float32(0.5)
    radius = np.hypot(x, y) + np.float32(0.03) * smooth_noise(rng, size, 14)
    bend = np.float32(0.006) * smooth_noise(rng, size, 12)
    streaks = np.zeros_like(x)
    for hairs, share in ((60, 0.5), (150, 0.7), (320, 0.6)):
        noise = rng.standard_normal((12, hairs), dtype=np.float32)
        column = ((angle + bend) % 1) * np.float32(hairs - 1)
        row = radius * np.float32(4 / traits.fur_length) % 11
        streaks = streaks + np.float32(share) * cv2.remap(noise, column, row.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(streaks, dtype=np.float32)
