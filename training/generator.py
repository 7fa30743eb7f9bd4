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
from training.camera import Lighting, Pose, Surface, shade, sight, to_pixels
from training.clutter import litter
from training.darkroom import Photo, Processing, develop
from training.fields import Field, grid, ramp, slopes, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAMILY_SIZE = 6
_FAMILY, _IDENTITY, _CAPTURE, _SESSION = 1, 2, 3, 4
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_WHITE = (1.0, 1.0, 1.0)


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


def take(  # noqa: PLR0913 (each says something else about one photograph)
    nose: Nose,
    capture: int,
    size: int,
    *,
    colour: bool = False,
    style: Style = Style.CARELESS,
    pose: Pose | None = None,
) -> Take:
    """Photograph a nose, in a pose of its own unless one is given, and say where in the picture it is."""
    rng = np.random.default_rng([_CAPTURE, nose.identity, capture])
    session = np.random.default_rng([_SESSION, nose.identity, 0 if style is Style.BURST else capture])
    spread = {Style.CARELESS: 1.0, Style.SESSIONS: 0.7, Style.BURST: 0.35}[style]
    pose = pose or Pose.draw(rng, spread)
    lighting = Lighting.draw(session)
    x, y = sight(pose, nose.height, anatomy.outline_box(nose.traits), size, rng)
    scene = _Scene(pose, lighting, colour, 0.35 if style is Style.CARELESS else 0.0)
    light = _see(nose, (x, y), scene, rng)
    return Take(develop(light, Processing.draw(rng, spread)), _place(x, y / np.float32(nose.traits.half_height)))


@dataclass(frozen=True)
class _Scene:
    """What one photograph is taken with: pose, light, in colour or grey, and how likely something lies on the nose."""

    pose: Pose
    lighting: Lighting
    colour: bool
    clutter: float

    def tinted(self, rgb: anatomy.Colour) -> NDArray[np.float32]:
        """Return a colour under the light's tint as (3,) float32, or its luminance as (1,)."""
        tinted = np.array(rgb, np.float32) * np.array(self.lighting.tint, np.float32)
        return tinted if self.colour else np.array([tinted @ _LUMINANCE], np.float32)


def _place(x: Field, y: Field) -> NDArray[np.float32]:
    """Fit the affine map from the nose's box, on which x and y run from -1 to 1, to the picture's square."""
    step = max(1, x.shape[0] // 24)
    across, down = (c[::step, ::step] for c in grid(x.shape[0], 1))
    x, y = x[::step, ::step], y[::step, ::step]
    inside = x * x + y * y < 1
    known = np.stack([x[inside], y[inside], np.ones(int(inside.sum()))], axis=1)
    wanted = np.stack([across[inside], down[inside]], axis=1)
    return np.asarray(np.linalg.lstsq(known, wanted, rcond=None)[0].T, dtype=np.float32)


def _see(nose: Nose, where: tuple[Field, Field], scene: _Scene, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light that reaches the camera, (size, size, channels) float32 linear."""
    slope_x, slope_y, tone, openness, fur, share, chin = _project(nose, where)
    diffuse, gloss = shade(Surface(slope_x, slope_y, openness), scene.lighting, scene.pose)
    bare = (
        scene.tinted(nose.traits.skin_colour) * (tone * diffuse)[:, :, None] + scene.tinted(_WHITE) * gloss[:, :, None]
    )
    bridge, below = scene.tinted(nose.traits.fur_colour), scene.tinted(nose.traits.fur_below)
    # Hair scatters light: it has no relief of its own here and shows more of the ambient light than skin does.
    lit_fur = (fur * (np.float32(0.25) + np.float32(0.6) * diffuse))[:, :, None]
    furry = (bridge + (below - bridge) * chin[:, :, None]) * lit_fur
    light = furry + (bare - furry) * share[:, :, None]
    light = light * np.exp(np.float32(0.25) * smooth_noise(rng, light.shape[0], 3))[:, :, None]
    light = litter(np.asarray(light, dtype=np.float32), rng, scene.clutter)
    return np.asarray(np.maximum(light, 0), dtype=np.float32)


def _project(nose: Nose, where: tuple[Field, Field]) -> list[Field]:
    """Look the nose's planes up at the canonical coordinates that the pixels show: the six planes, then the chin."""
    map_x, map_y = (to_pixels(c, nose.height.shape[0]) for c in where)
    planes = cv2.remap(nose.planes, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    chin = cv2.remap(nose.chin, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return [np.asarray(plane, dtype=np.float32) for plane in (*np.moveaxis(planes, 2, 0), chin)]
