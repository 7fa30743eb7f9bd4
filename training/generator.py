"""Procedurally generated dog noses: (identity seed, capture seed) always gives the same photograph.

Identities come in families of six that share outline, nostrils, fur and colour and differ only in their beads, so
that a network cannot tell them apart by anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training import anatomy, skin
from training.camera import Lighting, Pose, Surface, clutter, shade, sight, to_pixels
from training.darkroom import Photo, Processing, develop
from training.fields import Field, grid, ramp, slopes, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAMILY_SIZE = 6
_FAMILY, _IDENTITY, _CAPTURE, _SESSION = 1, 2, 3, 4
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)


class Style(Enum):
    """How photographs are taken."""

    CARELESS = "careless"
    """Any pose, light and treatment: for training."""
    SESSIONS = "sessions"
    """As an owner and a clinic would take them, over several days."""
    BURST = "burst"
    """Frames of one sitting in a clinic: one light, small movements."""


@dataclass(frozen=True)
class Nose:
    """One dog's nose on the canonical square.

    `planes` is (size, size, 6) float32: slope x, slope y, skin tone, openness to light, fur tone, share of skin.
    `height` is the large shape alone, (size, size) float32.
    """

    identity: int
    traits: anatomy.NoseTraits
    planes: NDArray[np.float32]
    chin: Field
    height: Field


def build(identity: int, size: int = 320) -> Nose:
    """Build the nose of an identity at the given canonical size; its family is `identity // FAMILY_SIZE`."""
    x, y = grid(size)
    family = np.random.default_rng([_FAMILY, identity // FAMILY_SIZE])
    traits = anatomy.NoseTraits.draw(family)
    skin_traits = skin.SkinTraits.draw(family)
    large = anatomy.shape(traits, x, y)
    own = skin.grow(skin_traits, np.random.default_rng([_IDENTITY, identity]), x, y)
    return Nose(identity, traits, _planes(traits, large, own), large.below, large.height)


def _planes(traits: anatomy.NoseTraits, large: anatomy.Anatomy, own: skin.Skin) -> NDArray[np.float32]:
    flat = 1 - np.maximum(large.opening, np.float32(0.8) * large.philtrum)
    slope_x, slope_y = slopes(large.height + own.relief * flat)
    open_to_light = (1 - np.float32(traits.nostril_dark) * large.opening) * (1 - np.float32(0.75) * large.philtrum)
    openness = open_to_light * (1 - np.float32(0.55) * np.clip(own.groove * flat, 0, 1))
    tone = large.tone * (1 + own.tone * flat)
    fur = np.maximum(1 + np.float32(traits.fur_contrast) * large.fur, 0.1)
    share = ramp(-(large.level + np.float32(traits.fur_fringe) * large.fur), -1.09, -0.99)
    return np.stack([slope_x, slope_y, tone, openness, fur, share], axis=2).astype(np.float32)


@dataclass(frozen=True)
class Take:
    """A photograph and where the nose is in it.

    `photo` is (size, size, 3) RGB or (size, size, 1) grey uint8. `place` is (2, 3) float32: it takes the nose's upright
    box, [-1, 1] across and down, to the picture's square, [-1, 1] across and down.
    """

    photo: Photo
    place: NDArray[np.float32]


def photograph(nose: Nose, capture: int, size: int, *, colour: bool = False, style: Style = Style.CARELESS) -> Photo:
    """Photograph a nose: a (size, size, 3) RGB or (size, size, 1) grey uint8 crop around it, as a square."""
    return take(nose, capture, size, colour=colour, style=style).photo


def take(nose: Nose, capture: int, size: int, *, colour: bool = False, style: Style = Style.CARELESS) -> Take:
    """Photograph a nose and say where in the picture it is."""
    rng = np.random.default_rng([_CAPTURE, nose.identity, capture])
    session = np.random.default_rng([_SESSION, nose.identity, 0 if style is Style.BURST else capture])
    spread = {Style.CARELESS: 1.0, Style.SESSIONS: 0.7, Style.BURST: 0.35}[style]
    pose = Pose.draw(rng, spread)
    lighting = Lighting.draw(session)
    x, y = sight(pose, nose.height, anatomy.outline_box(nose.traits), size, rng)
    light = _see(nose, (x, y), pose, lighting, rng, colour, 0.3 if style is Style.CARELESS else 0.0)
    return Take(develop(light, Processing.draw(rng, spread)), _place(x, y / np.float32(nose.traits.half_height)))


def _place(x: Field, y: Field) -> NDArray[np.float32]:
    """Fit the affine map from the nose's box, on which x and y run from -1 to 1, to the picture's square."""
    step = max(1, x.shape[0] // 24)
    across, down = (c[::step, ::step] for c in grid(x.shape[0], 1))
    x, y = x[::step, ::step], y[::step, ::step]
    inside = x * x + y * y < 1
    known = np.stack([x[inside], y[inside], np.ones(int(inside.sum()))], axis=1)
    wanted = np.stack([across[inside], down[inside]], axis=1)
    return np.asarray(np.linalg.lstsq(known, wanted, rcond=None)[0].T, dtype=np.float32)


def _see(
    nose: Nose,
    where: tuple[Field, Field],
    pose: Pose,
    lighting: Lighting,
    rng: np.random.Generator,
    colour: bool,
    clutter_share: float,
) -> NDArray[np.float32]:
    """Return the light that reaches the camera, (size, size, channels) float32 linear."""
    size, canonical = where[0].shape[0], nose.height.shape[0]
    map_x, map_y = (to_pixels(c, canonical) for c in where)
    seen = np.asarray(
        cv2.remap(nose.planes, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32
    )
    slope_x, slope_y, tone, openness, fur, share = (seen[:, :, i] for i in range(6))
    diffuse, gloss = shade(Surface(slope_x, slope_y, openness), lighting, pose)
    skin_colour = _colours(nose.traits.skin_colour, lighting, colour)
    fur_top, fur_chin = (_colours(c, lighting, colour) for c in (nose.traits.fur_colour, nose.traits.fur_below))
    chin = cv2.remap(nose.chin, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, :, None]
    white = _colours((1.0, 1.0, 1.0), lighting, colour)
    nose_light = skin_colour * (tone * diffuse)[:, :, None] + white * gloss[:, :, None]
    fur_light = (fur_top + (fur_chin - fur_top) * chin) * (fur * (np.float32(0.25) + np.float32(0.6) * diffuse))[
        :, :, None
    ]
    share = share[:, :, None]
    light = fur_light + (nose_light - fur_light) * share
    light = light * np.exp(np.float32(0.25) * smooth_noise(rng, size, 3))[:, :, None]
    over = clutter(rng, size, clutter_share)
    if over is not None:
        cover, brightness = over
        light = light + (np.float32(brightness) * diffuse.mean() - light) * cover[:, :, None]
    return np.asarray(np.maximum(light, 0), dtype=np.float32)


def _colours(rgb: anatomy.Colour, lighting: Lighting, colour: bool) -> NDArray[np.float32]:
    """Return a colour under the light's tint as (3,) float32, or its luminance as (1,)."""
    tinted = np.array(rgb, np.float32) * np.array(lighting.tint, np.float32)
    return tinted if colour else np.array([tinted @ _LUMINANCE], np.float32)
