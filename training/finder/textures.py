"""Things that are no nose, drawn: pages of text, moire, cloth, pebbles, hands, faces, dark holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from collections.abc import Callable

Picture = NDArray[np.uint8]
_SKINS = np.array([[236, 200, 178], [214, 165, 134], [176, 122, 90], [120, 80, 58], [74, 50, 38]])
_WORDS = (
    "clinic",
    "invoice",
    "vaccine",
    "weight",
    "kg",
    "page",
    "of",
    "owner",
    "date",
    "signature",
    "1,204",
    "37.5 mg",
)


def draw_texture(rng: np.random.Generator, side: int) -> Picture:
    """Draw one at random, (side, side, 3) uint8 RGB."""
    kinds: tuple[Callable[[np.random.Generator, int], Picture], ...] = (
        page, moire, cloth, pebbles, hand, face, holes, cloud,
    )  # fmt: skip
    return kinds[int(rng.integers(len(kinds)))](rng, side)


def page(rng: np.random.Generator, side: int) -> Picture:
    """A printed page."""
    picture = Image.new("RGB", (side, side), _colour(rng, 200, 256))
    pen, size = ImageDraw.Draw(picture), int(rng.uniform(0.03, 0.16) * side)
    font, ink = ImageFont.load_default(size), _colour(rng, 0, 90)
    for row in range(0, side, int(size * rng.uniform(1.1, 1.8)) + 1):
        pen.text((rng.uniform(-2, 0.2) * size, row), " ".join(rng.choice(_WORDS, 14)), ink, font)
    return np.asarray(picture.rotate(rng.normal(0, 12), Image.Resampling.BILINEAR, fillcolor=_colour(rng, 0, 256)))


def moire(rng: np.random.Generator, side: int) -> Picture:
    """Two gratings that beat against each other, as a camera sees a screen."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    light = np.ones((side, side, 3))
    for _ in range(int(rng.integers(2, 4))):
        angle, pitch, phase = rng.uniform(0, np.pi), rng.uniform(1.7, 9), rng.uniform(0, 6.3, 3)
        bend = 1 + rng.normal(0, 0.12) * (x / side) + rng.normal(0, 0.12) * (y / side)
        wave = (x * np.cos(angle) + y * np.sin(angle)) * bend * 2 * np.pi / pitch
        light *= 1 + rng.uniform(0.2, 0.9) * np.sin(wave[..., None] + phase * rng.uniform(0, 1))
    return _as_picture(
        light / light.mean() * np.array(_colour(rng, 30, 200)) * np.exp(0.3 * _smooth(rng, side, 3)[..., None])
    )


def cloth(rng: np.random.Generator, side: int) -> Picture:
    """A woven or striped blanket in folds."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    folds = 1 + 0.35 * _smooth(rng, side, int(rng.integers(2, 9)))
    shift = 6 * _smooth(rng, side, 4)
    pitch_x, pitch_y = rng.uniform(2.5, side / 3, 2)
    warp, weft = np.sin(2 * np.pi * (x + shift) / pitch_x), np.sin(2 * np.pi * (y + shift) / pitch_y)
    pattern = (warp * weft if rng.random() < 0.5 else np.sign(warp) + np.sign(weft)) * rng.uniform(0.05, 0.4)
    fuzz = rng.normal(0, rng.uniform(0, 0.12), (side, side))
    light = np.clip(folds * (1 + pattern) + fuzz, 0.05, None)
    return _as_picture(light[..., None] * np.array(_colour(rng, 20, 200)))


def pebbles(rng: np.random.Generator, side: int) -> Picture:
    """Leather, gravel, a basket ball: cells as beads are, and no nose around them."""
    cells = int(rng.integers(5, 40))
    at = (np.stack(np.meshgrid(*[np.arange(cells)] * 2), -1) + rng.uniform(0, 1, (cells, cells, 2))).reshape(-1, 2)
    x, y = np.meshgrid(*[np.linspace(1.5, cells - 1.5, side)] * 2)
    order = np.full((2, side, side), np.inf)
    column, row = x.astype(int), y.astype(int)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            near = at[np.clip(row + dy, 0, cells - 1) * cells + np.clip(column + dx, 0, cells - 1)]
            apart = np.hypot(near[..., 0] - x, near[..., 1] - y)
            order = np.sort(np.concatenate([order, apart[None]]), axis=0)[:2]
    groove = np.clip((order[1] - order[0]) * rng.uniform(2, 8), 0, 1)
    light = (rng.uniform(0.2, 0.7) + 0.5 * groove) * (1 + 0.3 * _smooth(rng, side, 3))
    return _as_picture(light[..., None] * np.array(_colour(rng, 15, 200)))


def hand(rng: np.random.Generator, side: int) -> Picture:
    """Fingers: rounded bars of skin with creases, on some ground."""
    picture = Image.fromarray(cloud(rng, side))
    pen, skin = ImageDraw.Draw(picture), _skin(rng)
    width, left = rng.uniform(0.12, 0.4) * side, rng.uniform(-0.3, 0.3) * side
    for finger in range(int(rng.integers(1, 6))):
        top = rng.uniform(-0.2, 0.5) * side
        box = (left + finger * width * 1.05, top, left + finger * width * 1.05 + width, side * rng.uniform(0.8, 1.5))
        shade = tuple(int(c * rng.uniform(0.85, 1.05)) for c in skin)
        pen.rounded_rectangle(box, width / 2, shade, outline=tuple(int(c * 0.6) for c in skin), width=2)
        for crease in rng.uniform(top + width / 2, side, int(rng.integers(1, 5))):
            pen.arc((box[0], crease, box[2], crease + width / 5), 200, 340, tuple(int(c * 0.65) for c in skin), 1)
    return _soften(picture.rotate(rng.uniform(0, 360), Image.Resampling.BILINEAR), rng)


def face(rng: np.random.Generator, side: int) -> Picture:
    """A human face: eyes, brows, a nose with two nostrils, a mouth."""
    picture = Image.fromarray(cloud(rng, side))
    pen, skin = ImageDraw.Draw(picture), _skin(rng)
    unit, (x, y) = rng.uniform(0.12, 0.8) * side, rng.uniform(0.3, 0.7, 2) * side
    dark, lip = (
        tuple(int(c * 0.45) for c in skin),
        tuple(int(c * f) for c, f in zip(skin, (0.8, 0.5, 0.5), strict=True)),
    )

    def spot(across: float, down: float, wide: float, tall: float, colour: tuple[int, ...]) -> None:
        middle = (x + across * unit, y + down * unit)
        reach = (wide * unit, tall * unit)
        pen.ellipse((middle[0] - reach[0], middle[1] - reach[1], middle[0] + reach[0], middle[1] + reach[1]), colour)

    spot(0, 0, 0.7, 0.95, skin)
    for sign in (-1, 1):
        spot(sign * 0.28, -0.2, 0.13, 0.07, (235, 235, 230))
        spot(sign * 0.28, -0.2, 0.06, 0.06, _colour(rng, 10, 100))
        spot(sign * 0.28, -0.36, 0.17, 0.03, _colour(rng, 0, 90))
    spot(0, 0.15, 0.16, 0.13, tuple(int(c * rng.uniform(0.85, 1.05)) for c in skin))
    for sign in (-1, 1):
        spot(sign * 0.08, 0.22, 0.05, 0.025, dark)
    spot(0, 0.5, 0.25, rng.uniform(0.03, 0.12), lip)
    return _soften(picture.rotate(rng.normal(0, 15), Image.Resampling.BILINEAR), rng)


def holes(rng: np.random.Generator, side: int) -> Picture:
    """Dark discs with a glint, one or two: eyes, buttons, sockets, balls."""
    ground = cloud if rng.random() < 0.6 else cloth
    picture = Image.fromarray(ground(rng, side))
    pen, radius = ImageDraw.Draw(picture), rng.uniform(0.05, 0.3) * side
    x, y = rng.uniform(0.2, 0.8, 2) * side
    flat, dark, glint = rng.uniform(0.6, 1.2), _colour(rng, 0, 70), _colour(rng, 120, 256)
    for middle in [x, x + radius * rng.uniform(2.2, 4)][: int(rng.integers(1, 3))]:
        pen.ellipse((middle - radius, y - radius * flat, middle + radius, y + radius * flat), dark)
        if rng.random() < 0.7:
            spot, small = rng.uniform(-0.4, 0.2, 2) * radius, radius * rng.uniform(0.08, 0.25)
            pen.ellipse((middle + spot[0], y + spot[1], middle + spot[0] + small, y + spot[1] + small), glint)
    return _soften(picture.rotate(rng.normal(0, 20), Image.Resampling.BILINEAR), rng)


def cloud(rng: np.random.Generator, side: int) -> Picture:
    """Soft colours with some grain: walls, fur out of focus, plain dark, plain bright."""
    smooth = np.stack([_smooth(rng, side, int(rng.integers(2, 7)))] * 3, -1)
    smooth = smooth + 0.3 * np.stack([_smooth(rng, side, 4) for _ in range(3)], -1)
    grain = rng.normal(0, rng.uniform(0, 12), (side, side, 1))
    return _as_picture(np.array(_colour(rng, 0, 256)) + rng.uniform(0, 50) * smooth + grain)


def _smooth(rng: np.random.Generator, side: int, cells: int) -> NDArray[np.float32]:
    knots = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(knots.resize((side, side), Image.Resampling.BICUBIC))


def _as_picture(light: NDArray[np.float64]) -> Picture:
    return np.clip(light, 0, 255).astype(np.uint8)


def _soften(picture: Image.Image, rng: np.random.Generator) -> Picture:
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.5))))


def _colour(rng: np.random.Generator, low: int, high: int) -> tuple[int, ...]:
    grey = rng.integers(low, high)
    return tuple(int(c) for c in np.clip(grey + rng.normal(0, 25, 3), low, high - 1))


def _skin(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(c) for c in np.clip(_SKINS[rng.integers(len(_SKINS))] * rng.uniform(0.8, 1.1), 0, 255))
