"""The beads of a nose's skin: a jittered cellular pattern as a height field, and the grooves between its cells.

What sets one dog's print apart from its family's stands here and only here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.fields import Field, ramp, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TABLE = 128
"""Side of the table of random numbers per cell; larger than any number of beads across a nose."""


@dataclass(frozen=True)
class SkinTraits:
    """What all the noses of one family have in common about their beads (lengths in half nose widths)."""

    beads_across: float
    jitter: float
    size_spread: float
    groove_width: float
    groove_depth: float
    dome: float
    gradient_x: float
    gradient_y: float
    flow: float
    stretch: float
    lower_relief: float
    wing_relief: float
    tone_spread: float
    creases: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> SkinTraits:
        """Draw traits in the ranges seen in photographs of dog noses."""
        u = rng.uniform
        return cls(
            beads_across=float(np.exp(u(np.log(20), np.log(56)))),
            jitter=u(0.24, 0.42),
            size_spread=u(0.01, 0.08),
            groove_width=u(0.07, 0.2),
            groove_depth=u(0.25, 0.75),
            dome=u(0.05, 0.45),
            gradient_x=u(-0.05, 0.3),
            gradient_y=u(-0.2, 0.3),
            flow=u(0.015, 0.07),
            stretch=u(0.85, 1.35),
            lower_relief=u(0.05, 1.0),
            wing_relief=u(0.15, 1.0),
            tone_spread=u(0.0, 0.25),
            creases=u(0.0, 0.5),
        )


@dataclass(frozen=True)
class Skin:
    """One dog's skin, each (size, size) float32: relief in half nose widths, groove and tone about 0 to 1."""

    relief: Field
    groove: Field
    tone: Field


@dataclass(frozen=True)
class _Cells:
    """A Voronoi-like partition: distance to the nearest cell wall, distance to the own centre, and who is near."""

    wall: Field
    centre: Field
    own: NDArray[np.int32]
    wall_id: NDArray[np.int32]


def grow(traits: SkinTraits, rng: np.random.Generator, x: Field, y: Field) -> Skin:
    """Grow one dog's beads over the coordinates (x, y), each (size, size) float32."""
    u, v = _bead_coordinates(traits, rng, x, y)
    cells = _partition(u, v, rng, traits.jitter, traits.size_spread)
    strength = rng.uniform(0.35, 1.3, _TABLE * _TABLE).astype(np.float32)[cells.wall_id]
    groove = strength * np.exp(-((cells.wall / np.float32(traits.groove_width)) ** 2))
    crease = _creases(traits, rng, u, v)
    dome = np.float32(traits.dome) * (1 - (cells.centre / np.float32(0.6)) ** 2)
    relief = dome - np.float32(traits.groove_depth) * (groove + crease)
    presence = _presence(traits, rng, x, y)
    tone = rng.standard_normal(_TABLE * _TABLE).astype(np.float32)[cells.own % (_TABLE * _TABLE)]
    pitch = np.float32(2.0 / traits.beads_across)
    return Skin(
        relief=np.asarray(relief * presence * pitch * np.float32(0.55), dtype=np.float32),
        groove=np.asarray(np.clip(groove + crease, 0, 1.3) * presence, dtype=np.float32),
        tone=np.asarray(np.float32(traits.tone_spread) * tone * presence, dtype=np.float32),
    )


def _bead_coordinates(traits: SkinTraits, rng: np.random.Generator, x: Field, y: Field) -> tuple[Field, Field]:
    """Bend the plane so that one unit is one bead: smaller towards wings and top, and flowing like real skin."""
    size = x.shape[0]
    bent_x = x * (1 + np.float32(traits.gradient_x) * x * x - np.float32(0.12) * y)
    bent_y = y - np.float32(traits.gradient_y) * y * y * np.float32(0.5)
    bent_x = bent_x + np.float32(traits.flow) * smooth_noise(rng, size, 7)
    bent_y = bent_y + np.float32(traits.flow) * smooth_noise(rng, size, 7)
    beads = np.float32(traits.beads_across / 2)
    shift = rng.uniform(0, 40, 2).astype(np.float32)
    return bent_x * beads + shift[0], bent_y * beads * np.float32(traits.stretch) + shift[1]


def _partition(u: Field, v: Field, rng: np.random.Generator, jitter: float, spread: float) -> _Cells:
    """Find the two nearest of the jittered centres of a hexagonal lattice, by power distance."""
    offsets = rng.uniform(-jitter, jitter, (2, _TABLE, _TABLE)).astype(np.float32)
    weights = (rng.standard_normal((_TABLE, _TABLE)) * spread).astype(np.float32)
    shape = u.shape
    first, second = (np.full(shape, 1e9, np.float32) for _ in range(2))
    first_at, second_at = (np.zeros((2, *shape), np.float32) for _ in range(2))
    first_id, second_id = (np.zeros(shape, np.int32) for _ in range(2))
    row = np.floor(v).astype(np.int32)
    for down in (-1, 0, 1):
        line = row + down
        shift = (line & 1).astype(np.float32) * np.float32(0.5)
        column = np.floor(u - shift).astype(np.int32)
        for across in (-1, 0, 1):
            place = column + across
            index = (line % _TABLE) * _TABLE + place % _TABLE
            centre_u = place + shift + np.float32(0.5) + offsets[0].ravel()[index]
            centre_v = line + np.float32(0.5) + offsets[1].ravel()[index]
            distance = (u - centre_u) ** 2 + (v - centre_v) ** 2 - weights.ravel()[index]
            nearest = distance < first
            runner_up = ~nearest & (distance < second)
            second = np.where(nearest, first, np.where(runner_up, distance, second))
            second_id = np.where(nearest, first_id, np.where(runner_up, index, second_id))
            second_at[0] = np.where(nearest, first_at[0], np.where(runner_up, centre_u, second_at[0]))
            second_at[1] = np.where(nearest, first_at[1], np.where(runner_up, centre_v, second_at[1]))
            first = np.where(nearest, distance, first)
            first_id = np.where(nearest, index, first_id)
            first_at[0] = np.where(nearest, centre_u, first_at[0])
            first_at[1] = np.where(nearest, centre_v, first_at[1])
    apart = np.hypot(first_at[0] - second_at[0], first_at[1] - second_at[1]) + np.float32(1e-3)
    wall = (second - first) / (2 * apart)
    centre = np.hypot(u - first_at[0], v - first_at[1])
    # Symmetric in the two cells, so that both sides of a wall agree on how deep it is.
    pair = (first_id + second_id) * 31 + np.abs(first_id - second_id) * 17
    return _Cells(wall.astype(np.float32), centre.astype(np.float32), first_id, pair % (_TABLE * _TABLE))


def _creases(traits: SkinTraits, rng: np.random.Generator, u: Field, v: Field) -> Field:
    """Return a few deeper grooves that run along many beads, 0 where there is none."""
    if traits.creases < 0.1:
        return np.zeros_like(u)
    coarse = _partition(u / np.float32(3.7), v / np.float32(3.7), rng, 0.45, 0.1)
    strength = np.maximum(rng.standard_normal(_TABLE * _TABLE), 0).astype(np.float32)[coarse.wall_id]
    width = np.float32(traits.groove_width / 3)
    return np.asarray(np.float32(traits.creases) * strength * np.exp(-((coarse.wall / width) ** 2)), dtype=np.float32)


def _presence(traits: SkinTraits, rng: np.random.Generator, x: Field, y: Field) -> Field:
    """Return how strongly the relief shows at each place: less below the nostrils and out on the wings."""
    low = 1 - (1 - np.float32(traits.lower_relief)) * ramp(
        y + np.float32(0.1) * smooth_noise(rng, x.shape[0], 6), 0.05, 0.5
    )
    wing = 1 - (1 - np.float32(traits.wing_relief)) * ramp(np.abs(x), 0.5, 0.9)
    return np.asarray(
        low * wing * np.clip(1 + np.float32(0.3) * smooth_noise(rng, x.shape[0], 9), 0.3, 1.6), dtype=np.float32
    )
