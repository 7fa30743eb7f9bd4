"""Scalar fields on a square picture grid: coordinates, smooth noise, ramps. No anatomy and no light here."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

SPAN = 1.45
"""Half the side of the canonical square, in half nose widths: the nose reaches from about -1 to 1."""


def grid(size: int, span: float = SPAN) -> tuple[Field, Field]:
    """Return the x (rightwards) and y (downwards) coordinate of every pixel centre, each (size, size) float32."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1) * np.float32(span)
    x, y = np.meshgrid(axis, axis)
    return np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)


def smooth_noise(rng: np.random.Generator, size: int, cells: int, rows: int | None = None) -> Field:
    """Return (size, size) float32 noise of unit variance at its knots, `cells` knots across and `rows` down.

    The knots are drawn before the size is looked at, so one seed gives the same field at every resolution.
    """
    knots = rng.standard_normal((rows or cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(knots, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def ramp(value: Field, start: float, end: float) -> Field:
    """Return the smoothstep of `value` between `start` (0) and `end` (1), float32."""
    t = np.clip((value - np.float32(start)) / np.float32(end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def bump(x: Field, y: Field, centre: tuple[float, float], radius: tuple[float, float]) -> Field:
    """Return a Gaussian of height 1 with the given centre and standard deviations, float32."""
    u = (x - np.float32(centre[0])) / np.float32(radius[0])
    v = (y - np.float32(centre[1])) / np.float32(radius[1])
    return np.asarray(np.exp(-0.5 * (u * u + v * v)), dtype=np.float32)


def slopes(height: Field, span: float = SPAN) -> tuple[Field, Field]:
    """Return the partial derivatives of a height field along x and y, in units of height per unit of length."""
    scale = height.shape[0] / (2 * span) / 2
    kernel = np.array([[-1, 0, 1]], dtype=np.float32) * np.float32(scale)
    along_x = cv2.filter2D(height, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.filter2D(height, -1, kernel.T.copy(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(along_x, dtype=np.float32), np.asarray(along_y, dtype=np.float32)
