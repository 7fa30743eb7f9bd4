"""From a photograph and a window in it to a picture as the network sees it, with what it should answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.generator import build, take

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.camera import Pose
    from training.finder.photographs import Photograph, Picture

SIDE = 128
"""Side of the pictures in the pool; networks may look at smaller ones."""
ASPECTS = (16 / 9, 16 / 9, 4 / 3, 3 / 2, 1.25, 1.0, 3 / 4, 9 / 16)
_GREY = 128
_AIR = 1.1
"""How much larger than the outline the boxes of the photographs were drawn."""


@dataclass(frozen=True)
class Truth:
    """What the network should say of a picture: the box as shares of the padded square; NaN is not known.

    `sources` are the photographs that it was made of, as numbers, -1 for none; `aspect` is the picture's without bars.
    """

    present: bool
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    roll: float = math.nan
    turn: float = math.nan
    sources: tuple[int, int] = (-1, -1)
    aspect: float = 1.0

    def as_row(self) -> NDArray[np.float32]:
        """Return (9,) float32: present, left, top, right, bottom, roll, turn, two sources."""
        return np.array([self.present, *self.box, self.roll, self.turn, *self.sources], np.float32)


@dataclass(frozen=True)
class Scene:
    """A picture to cut windows from, with its halves, quarters … so that cutting never aliases."""

    levels: tuple[Picture, ...]
    box: tuple[float, float, float, float]
    roll: float
    turn: float

    @classmethod
    def of(cls, pixels: Picture, box: tuple[float, float, float, float], roll: float, turn: float) -> Scene:
        """Build the levels."""
        levels = [pixels]
        while min(levels[-1].shape[:2]) > 2 * SIDE:
            levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        return cls(tuple(levels), box, roll, turn)


@dataclass(frozen=True)
class Window:
    """A rectangle in a scene: its middle and width in pixels, its width over its height, its roll in degrees."""

    x: float
    y: float
    width: float
    aspect: float
    roll: float = 0.0


def content(aspect: float, side: int = SIDE) -> tuple[int, int]:
    """Return the width and height that a picture of this aspect takes in the padded square."""
    return 2 * max(1, round(side * min(aspect, 1) / 2)), 2 * max(1, round(side / max(aspect, 1) / 2))


def cut(scene: Scene, window: Window) -> Picture:
    """Return the window, (SIDE, SIDE, 3) uint8, with grey bars where it is not square."""
    wide, tall = content(window.aspect)
    scale = window.width / wide
    level = int(np.clip(math.floor(math.log2(max(scale, 1))), 0, len(scene.levels) - 1))
    # Twice as fine as wanted, from the level that is just finer still; then averaged down.
    step = scale / 2 / 2**level
    turn = math.radians(window.roll)
    across, down = np.array([math.cos(turn), math.sin(turn)]) * step, np.array([-math.sin(turn), math.cos(turn)]) * step
    corner = np.array([window.x, window.y]) / 2**level - across * wide - down * tall
    matrix = np.array([[across[0], down[0], corner[0]], [across[1], down[1], corner[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(
        scene.levels[level], matrix, (2 * wide, 2 * tall), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    picture = np.full((SIDE, SIDE, 3), _GREY, np.uint8)
    left, top = (SIDE - wide) // 2, (SIDE - tall) // 2
    picture[top : top + tall, left : left + wide] = cv2.resize(seen, (wide, tall), interpolation=cv2.INTER_AREA)
    return picture


def bar(picture: Picture, aspect: float) -> None:
    """Paint the bars beside a picture grey again, in place."""
    wide, tall = content(aspect)
    left, top = (SIDE - wide) // 2, (SIDE - tall) // 2
    picture[:top], picture[top + tall :] = _GREY, _GREY
    picture[:, :left], picture[:, left + wide :] = _GREY, _GREY


def box_in(scene: Scene, window: Window) -> tuple[float, float, float, float]:
    """Return the scene's box as the window sees it, in shares of the padded square, not yet clipped.

    A nose is taken for an ellipse, whose upright box is smaller than that of the turned rectangle.
    """
    wide, _ = content(window.aspect)
    left, top, right, bottom = scene.box
    turn, scale = math.radians(-window.roll), wide / window.width / SIDE
    dx, dy = ((left + right) / 2 - window.x) * scale, ((top + bottom) / 2 - window.y) * scale
    a, b = (right - left) / 2 * scale, (bottom - top) / 2 * scale
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = 0.5 + dx * cos - dy * sin, 0.5 + dx * sin + dy * cos
    half_w, half_h = math.hypot(a * cos, b * sin), math.hypot(a * sin, b * cos)
    return x - half_w, y - half_h, x + half_w, y + half_h


def clip_to_content(box: tuple[float, ...], aspect: float) -> tuple[float, float, float, float]:
    """Return the part of a box that is inside the picture, in shares of the padded square."""
    wide, tall = content(aspect)
    left, top = (SIDE - wide) // 2 / SIDE, (SIDE - tall) // 2 / SIDE
    right, bottom = left + wide / SIDE, top + tall / SIDE
    return (
        min(max(box[0], left), right), min(max(box[1], top), bottom),
        min(max(box[2], left), right), min(max(box[3], top), bottom),
    )  # fmt: skip


def scene_of(photograph: Photograph) -> Scene:
    """Return a photograph as a scene."""
    return Scene.of(photograph.pixels, photograph.box, photograph.roll, photograph.turn)


def generated_scene(identity: int, capture: int, pose: Pose, size: int = 192) -> Scene:
    """Photograph a generated nose with as much fur around it as the generator knows."""
    pose = replace(pose, margins=(0.2, 0.2, 0.2, 0.2))
    taken = take(build(identity, 200), capture, size, colour=True, pose=pose)
    low, high = size * (0.2 / 1.4), size * (1.2 / 1.4)
    air = (high - low) * (_AIR - 1) / 2
    across = taken.place[:, 0]
    roll = math.degrees(math.atan2(float(across[1]), float(across[0])))
    turn = math.degrees(math.acos(math.cos(pose.yaw) * math.cos(pose.pitch)))
    return Scene((taken.photo,), (low - air, low - air, high + air, high + air), roll, turn)


def paste(target: Scene, nose: Scene, rng: np.random.Generator) -> Scene:
    """Lay one scene's nose and the fur next to it over another's, with a soft edge; it covers the other at least."""
    left, top, right, bottom = (round(v) for v in target.box)
    grow = rng.uniform(1.0, 1.2)
    (nl, nt, nr, nb), pixels = nose.box, nose.levels[0]
    scale = grow * max((right - left) / (nr - nl), (bottom - top) / (nb - nt))
    reach = 1.35
    wide, tall = (max(8, int(extent * scale * reach)) for extent in (nr - nl, nb - nt))
    x, y = (left + right) / 2, (top + bottom) / 2
    source = np.array([(nl + nr) / 2, (nt + nb) / 2])
    matrix = np.array([[1 / scale, 0, source[0] - wide / 2 / scale], [0, 1 / scale, source[1] - tall / 2 / scale]])
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(pixels, matrix, (wide, tall), flags=flags, borderMode=cv2.BORDER_REFLECT)
    blend(canvas := target.levels[0].copy(), patch, (x, y), rng)
    half = np.array([nr - nl, nb - nt]) * scale / 2
    return Scene.of(canvas, (x - half[0], y - half[1], x + half[0], y + half[1]), nose.roll, nose.turn)


def blend(canvas: Picture, patch: Picture, middle: tuple[float, float], rng: np.random.Generator) -> None:
    """Lay a patch over a canvas, in place, its middle at `middle`, fading out towards its rim."""
    tall, wide = patch.shape[:2]
    left, top = round(middle[0] - wide / 2), round(middle[1] - tall / 2)
    x, y = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, tall))
    level = (np.abs(x) ** 3 + np.abs(y) ** 3) ** (1 / 3)
    cover = np.clip((1 - level) / rng.uniform(0.06, 0.3), 0, 1)[..., None].astype(np.float32)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + wide, canvas.shape[1]), min(top + tall, canvas.shape[0])
    if x0 < x1 and y0 < y1:
        part, share = (
            patch[y0 - top : y1 - top, x0 - left : x1 - left],
            cover[y0 - top : y1 - top, x0 - left : x1 - left],
        )
        under = canvas[y0:y1, x0:x1]
        canvas[y0:y1, x0:x1] = (under + (part - under.astype(np.float32)) * share + 0.5).astype(np.uint8)
