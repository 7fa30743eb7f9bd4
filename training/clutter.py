"""What lies over a nose in a photograph: sand and crumbs, drops of water, stray hairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.fields import Field, bump, grid, ramp, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray


def litter(light: NDArray[np.float32], rng: np.random.Generator, likelihood: float) -> NDArray[np.float32]:
    """Lay something over a photograph's light now and then; (size, size, channels) float32 linear, in and out."""
    if rng.random() > likelihood:
        return light
    lay = (_grains, _grains, _drops, _hairs)[int(rng.integers(4))]
    cover, brightness = lay(rng, light.shape[0])
    cover, brightness = cover[:, :, None], brightness[:, :, None] * np.float32(light.mean())
    return np.asarray(light + (brightness - light) * cover, dtype=np.float32)


def _patches(rng: np.random.Generator, size: int) -> Field:
    """One to three soft patches, 1 in the middle of each."""
    x, y = grid(size, 1)
    found = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        middle, radius = rng.uniform(-0.8, 0.8, 2), rng.uniform(0.1, 0.45, 2)
        found = np.maximum(
            found, bump(x, y, (float(middle[0]), float(middle[1])), (float(radius[0]), float(radius[1])))
        )
    return found


def _grains(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """Sand, dust or crumbs: specks of one rough size, each of its own brightness, denser in patches."""
    across = int(np.exp(rng.uniform(np.log(18), np.log(80))))
    specks = smooth_noise(rng, size, across)
    density = np.float32(rng.uniform(0.2, 1.3)) * _patches(rng, size)
    cover = ramp(specks + density, 1.0, 1.5) * np.float32(rng.uniform(0.6, 1.0))
    tone = np.exp(np.float32(0.5) * smooth_noise(rng, size, across * 2))
    return cover, np.asarray(np.float32(np.exp(rng.normal(0.3, 0.7))) * tone, dtype=np.float32)


def _drops(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """Drops: each dims what is below it a little and throws back a small bright light."""
    x, y = grid(size, 1)
    cover, brightness = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(3, 25))):
        u, v, radius = rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.9), np.exp(rng.uniform(np.log(0.015), np.log(0.08)))
        body = ramp(-np.hypot(x - np.float32(u), y - np.float32(v)) / np.float32(radius), -1.1, -0.9)
        glint = bump(x, y, (float(u - radius / 3), float(v - radius / 3)), (float(radius / 4), float(radius / 4)))
        brightness = np.maximum(brightness, body * np.float32(0.6) + glint * np.float32(6))
        cover = np.maximum(cover, np.maximum(body * np.float32(0.5), glint))
    return np.clip(cover, 0, 1), brightness


def _hairs(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """A few stray hairs, or a tuft of them that hangs in from one side."""
    cover = np.zeros((size, size), np.float32)
    tuft = rng.random() < 0.5
    root, towards = rng.uniform(-0.1, 1.1, 2), rng.uniform(0, 2 * np.pi)
    for _ in range(int(rng.integers(8, 30)) if tuft else int(rng.integers(1, 6))):
        if not tuft:
            root, towards = rng.uniform(-0.1, 1.1, 2), rng.uniform(0, 2 * np.pi)
        turn = towards + rng.normal(0, 0.15) + np.linspace(0, rng.normal(0, 0.8), 12)
        steps = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], axis=1), axis=0) * rng.uniform(0.02, 0.06)
        path = ((root + rng.normal(0, 0.04, 2) + steps) * size * 8).astype(np.int32)
        strength, width = float(rng.uniform(0.4, 0.9)), max(1, size // int(rng.integers(90, 200)))
        cv2.polylines(cover, [path], False, strength, width, cv2.LINE_AA, 3)
    brightness = np.float32(np.exp(rng.normal(0.2, 0.8)))
    return cover, np.full((size, size), brightness, np.float32)
