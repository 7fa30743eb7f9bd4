"""What light, lens, camera and file do to a picture; boxes stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.darkroom import recompress, stretch

if TYPE_CHECKING:
    from training.finder.photographs import Picture


def relight(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a (side, side, 3) uint8 picture under another light and from a worse camera."""
    value = np.power(picture.astype(np.float32) / 255, np.float32(np.exp(rng.normal(0, 0.35))))
    value = (value - 0.5) * np.float32(np.exp(rng.normal(0, 0.2))) + 0.5
    value = value * np.exp(rng.normal(0, [0.1, 0.04, 0.1])).astype(np.float32) * np.float32(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.3:
        value = value * _slope(rng, picture.shape[0])
    if rng.random() < 0.12:
        value = np.repeat(value.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.35:
        value = cv2.GaussianBlur(value, (0, 0), float(np.exp(rng.uniform(np.log(0.3), np.log(2.2)))))
    if rng.random() < 0.15:
        value = _move(value, rng)
    value = value + rng.normal(0, rng.exponential(0.015), value.shape).astype(np.float32)
    photo = np.clip(value * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        photo = stretch(photo, float(rng.uniform(1, 6)), int(rng.integers(2, 7)))
    if rng.random() < 0.5:
        photo = recompress(photo, int(rng.integers(35, 95)))
    return photo


def cover_a_part(picture: Picture, rng: np.random.Generator) -> None:
    """Lay a plain bar or block somewhere, in place: a finger, a leash, a grass blade before the nose."""
    side = picture.shape[0]
    start, end = rng.uniform(0, side, (2, 2)).astype(int).tolist()
    colour = tuple(int(c) for c in rng.integers(0, 256, 3))
    cv2.line(picture, start, end, colour, int(rng.integers(1, side // 10)), cv2.LINE_AA)


def _slope(rng: np.random.Generator, side: int) -> np.ndarray:
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    along, across = rng.normal(0, 0.35, 2)
    return np.exp(along * axis[None, :] + across * axis[:, None])[..., None].astype(np.float32)


def _move(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    length, angle = int(rng.integers(2, 7)), rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(round((length - 1) / 2 + s * r) for r in reach) for s in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return cv2.filter2D(value, -1, kernel / kernel.sum())
