"""From a nose's canonical planes to what a camera sees: pose, crop and light. Post-processing is in `darkroom`."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.fields import SPAN, Field, smooth_noise

Matrix = NDArray[np.float32]

_COARSE = 40
"""The ray of every pixel is followed on a grid this coarse and interpolated: the large shape is smooth."""
_STRIDES = 20
"""Steps in which a ray is followed from in front of the nose inwards, before where it meets is narrowed down."""


@dataclass(frozen=True)
class Pose:
    """Where the camera stood and what was cut out. Angles in radians, margins as shares of the nose's box."""

    yaw: float
    pitch: float
    roll: float
    distance: float
    margins: tuple[float, float, float, float]
    wobble: float

    @classmethod
    def draw(cls, rng: np.random.Generator, spread: float = 1.0) -> Pose:
        """Draw a pose; `spread` 1 is a careless photographer, 0.3 a burst in a clinic.

        Careless ones stand well to one side now and then.
        """
        aside = 2.2 if spread > 0.5 and rng.random() < 0.3 else 1.0
        deviations = np.array([8.0 * aside, 8.0 * (0.5 + aside / 2), 7.0])
        yaw, pitch, roll = np.radians(np.clip(rng.normal(0, deviations), -40, 40)) * spread
        base = rng.uniform(-0.03, 0.06) if rng.random() < 0.65 else rng.uniform(0.0, 0.22)
        left, top, right, bottom = np.maximum(base * max(spread, 0.5) + rng.normal(0, 0.03, 4) * spread, -0.1)
        return cls(
            yaw=float(yaw),
            pitch=float(pitch),
            roll=float(roll),
            distance=float(rng.uniform(3.5, 9)),
            margins=(float(left), float(top), float(right), float(bottom)),
            wobble=float(rng.uniform(0, 0.012) * spread),
        )

    def rotation(self) -> Matrix:
        """Return the rotation from the nose's frame to the camera's, (3, 3) float32."""
        cy, sy, cp, sp, cr, sr = (f(a) for a in (self.yaw, self.pitch, self.roll) for f in (np.cos, np.sin))
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return np.asarray(about_z @ about_x @ about_y, dtype=np.float32)


@dataclass(frozen=True)
class Lamp:
    """One light: direction in the camera's frame (towards the light), strengths, and how small its reflection is."""

    direction: tuple[float, float, float]
    diffuse: float
    gloss: float
    sharpness: float


@dataclass(frozen=True)
class Lighting:
    """The light of one photograph: one to three lamps, the sky, and how wet the nose was where."""

    lamps: tuple[Lamp, ...]
    ambient: float
    sky: float
    tint: tuple[float, float, float]
    wet_seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Lighting:
        """Draw light that mostly comes from above."""
        wet = float(rng.choice([0.15, 0.6, 1.4]) * rng.uniform(0.5, 1.5))
        lamps = tuple(_draw_lamp(rng, wet) for _ in range(int(rng.integers(1, 4))))
        red, green, blue = np.exp(rng.normal(0, [0.09, 0.025, 0.09]))
        return cls(
            lamps=lamps,
            ambient=float(rng.uniform(0.1, 0.6)),
            sky=float(rng.uniform(0, 0.12) * wet),
            tint=(float(red), float(green), float(blue)),
            wet_seed=int(rng.integers(2**31)),
        )


def _draw_lamp(rng: np.random.Generator, wet: float) -> Lamp:
    direction = np.array([rng.normal(0, 0.5), rng.normal(-0.7, 0.5), rng.uniform(0.25, 1.2)])
    direction /= np.linalg.norm(direction)
    return Lamp(
        direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        diffuse=float(rng.uniform(0.2, 1.3)),
        gloss=wet * float(rng.uniform(0.05, 0.6)),
        sharpness=float(np.exp(rng.uniform(np.log(6), np.log(160)))),
    )


def sight(
    pose: Pose, height: Field, outline: NDArray[np.float32], size: int, rng: np.random.Generator
) -> tuple[Field, Field]:
    """Return for every pixel of a (size, size) photograph the canonical x and y it shows, float32."""
    rotation = pose.rotation()
    left, top, right, bottom = _frame(pose, rotation, outline)
    steps = (np.arange(_COARSE, dtype=np.float32) + 0.5) / _COARSE
    u, v = np.meshgrid(left + (right - left) * steps, top + (bottom - top) * steps)
    point = _first_met(pose, rotation, height, u, v)
    x = point[0] + np.float32(pose.wobble) * smooth_noise(rng, _COARSE, 5)
    y = point[1] + np.float32(pose.wobble) * smooth_noise(rng, _COARSE, 5)
    return _enlarge(x, size), _enlarge(y, size)


def _first_met(pose: Pose, rotation: Matrix, height: Field, u: Field, v: Field) -> Field:
    """Return where the ray through each (u, v) of the picture plane first meets the nose, (3, n, n) float32.

    From the front inwards, so that what the near side hides stays hidden; then by halving. A ray that meets nothing
    ends far behind.
    """
    front = float(height.max()) + 0.7
    stride = np.float32((front + 2.2) / _STRIDES)
    depth = np.full_like(u, front)
    for _ in range(_STRIDES):
        depth = np.where(_clearance(pose, rotation, height, (u, v, depth))[0] > 0, depth - stride, depth)
    for _ in range(6):
        stride = stride / 2
        outside = _clearance(pose, rotation, height, (u, v, depth))[0] > 0
        depth = np.where(outside, depth - stride, depth + stride)
    return _clearance(pose, rotation, height, (u, v, depth))[1]


def _clearance(pose: Pose, rotation: Matrix, height: Field, seen: tuple[Field, Field, Field]) -> tuple[Field, Field]:
    """Return how far in front of the surface the points (u, v, depth) of the rays lie, and those points on the nose."""
    u, v, depth = seen
    nearer = 1 - depth / np.float32(pose.distance)
    point = np.tensordot(rotation.T, np.stack([u * nearer, v * nearer, depth]), axes=1).astype(np.float32)
    return point[2] - _look_up(height, point[0], point[1]), point


def _frame(pose: Pose, rotation: Matrix, outline: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the crop on the picture plane: the nose's box and its margins."""
    points = np.concatenate([outline, np.zeros((len(outline), 1), np.float32)], axis=1) @ rotation.T
    seen = points[:, :2] / (1 - points[:, 2:] / np.float32(pose.distance))
    low, high = seen.min(axis=0), seen.max(axis=0)
    wide, tall = high - low
    m = pose.margins
    return (
        float(low[0] - m[0] * wide),
        float(low[1] - m[1] * tall),
        float(high[0] + m[2] * wide),
        float(high[1] + m[3] * tall),
    )


def to_pixels(x: Field, size: int) -> Field:
    """Turn canonical coordinates into pixel indices of a canonical plane of the given size."""
    return np.asarray((x / np.float32(SPAN) + 1) * np.float32(size / 2) - np.float32(0.5), dtype=np.float32)


def _look_up(height: Field, x: Field, y: Field) -> Field:
    size = height.shape[0]
    found = cv2.remap(height, to_pixels(x, size), to_pixels(y, size), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _enlarge(coarse: Field, size: int) -> Field:
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


@dataclass(frozen=True)
class Surface:
    """What one photograph sees, each (size, size) float32: slopes, how open to light, and where skin is wet."""

    slope_x: Field
    slope_y: Field
    openness: Field


def shade(surface: Surface, lighting: Lighting, pose: Pose) -> tuple[Field, Field]:
    """Return the diffuse irradiance and the reflected highlights of a surface, (size, size) float32 linear light.

    Lambert's law and a Gaussian lobe around Blinn's half vector (J. Blinn, SIGGRAPH 1977), lights turned into
    the nose's frame.
    """
    back = pose.rotation().T
    n_z = 1 / np.sqrt(1 + surface.slope_x**2 + surface.slope_y**2)
    n_x, n_y = -surface.slope_x * n_z, -surface.slope_y * n_z
    viewer = back @ np.array([0, 0, 1], np.float32)
    size = n_z.shape[0]
    rng = np.random.default_rng(lighting.wet_seed)
    wet = np.clip(np.float32(0.8) + np.float32(0.5) * smooth_noise(rng, size, 4), 0, 2)
    diffuse = np.float32(lighting.ambient) * (np.float32(0.7) - np.float32(0.3) * n_y)
    gloss = np.float32(lighting.sky) * np.clip(-2 * n_y * n_z, 0, 1)
    for lamp in lighting.lamps:
        towards = back @ np.array(lamp.direction, np.float32)
        half = (towards + viewer) / np.linalg.norm(towards + viewer)
        facing = np.clip(n_x * towards[0] + n_y * towards[1] + n_z * towards[2], 0, 1)
        diffuse = diffuse + np.float32(lamp.diffuse) * facing
        aligned = n_x * half[0] + n_y * half[1] + n_z * half[2]
        gloss = gloss + np.float32(lamp.gloss) * np.exp(np.float32(lamp.sharpness) * (aligned - 1))
    return np.asarray(diffuse * surface.openness, dtype=np.float32), np.asarray(
        gloss * wet * surface.openness, dtype=np.float32
    )
