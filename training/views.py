"""Pictures seen through affine maps, on the processor's fast 8-bit path: for preparing what a training sees.

A place or view is (2, 3) float32 and maps [-1, 1] across and down, as `generator.Take.place` does. Arrays of them are
(n, 2, 3); pictures are (n, 224, 224) uint8.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pictures = NDArray[np.uint8]
Places = NDArray[np.float32]
_SIDE = 224
_TO_PIXELS = np.array([[_SIDE / 2, 0, _SIDE / 2 - 0.5], [0, _SIDE / 2, _SIDE / 2 - 0.5], [0, 0, 1]])
_FROM_PIXELS = np.linalg.inv(_TO_PIXELS)


def square(maps: Places) -> NDArray[np.float64]:
    """Complete (n, 2, 3) maps to (n, 3, 3) matrices."""
    last = np.broadcast_to(np.array([[[0.0, 0.0, 1.0]]]), (len(maps), 1, 3))
    return np.concatenate([maps.astype(np.float64), last], axis=1)


def after(outer: Places, inner: Places) -> Places:
    """Return the maps that do `inner` first and then `outer`."""
    return np.asarray((square(outer) @ square(inner))[:, :2], dtype=np.float32)


def within(outer: Places, places: Places) -> Places:
    """Return where the given places of pictures are in the views `outer` of those pictures."""
    return np.asarray((np.linalg.inv(square(outer)) @ square(places))[:, :2], dtype=np.float32)


def see(pictures: Pictures, maps: Places, borders: list[int] | None = None) -> Pictures:
    """Look at pictures through maps: the result's square shows what `maps` say; `borders` are OpenCV's border modes."""
    modes = borders or [cv2.BORDER_REPLICATE] * len(pictures)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = [
        cv2.warpAffine(picture, (_TO_PIXELS @ matrix @ _FROM_PIXELS)[:2], (_SIDE, _SIDE), flags=flags, borderMode=mode)
        for picture, matrix, mode in zip(pictures, square(maps), modes, strict=True)
    ]
    return np.stack(seen).astype(np.uint8, copy=False)


def straighten(pictures: Pictures, places: Places, margin: float) -> Pictures:
    """Cut noses out upright and filling the frame but for a margin, (n, 112, 112): as `network.Straighten` does."""
    wider = np.broadcast_to(np.array([[1 + margin, 0, 0], [0, 1 + margin, 0]], np.float32), (len(places), 2, 3))
    half = (_SIDE // 2, _SIDE // 2)
    seen = see(pictures, after(places, wider))
    return np.stack([cv2.resize(s, half, interpolation=cv2.INTER_AREA) for s in seen]).astype(np.uint8, copy=False)


def draw_views(rng: np.random.Generator, count: int) -> Places:
    """Draw views of pictures as another photographer would have framed them: turned, nearer, squeezed, aside."""
    turn = np.radians(np.clip(rng.normal(0, 9, count), -30, 30))
    scale = np.exp(rng.normal(0, 0.12, (count, 1)) + rng.normal(0, 0.05, (count, 2)))
    slant = rng.normal(0, 0.03, count)
    axes = np.array([[np.cos(turn), slant - np.sin(turn)], [np.sin(turn), np.cos(turn)]]).transpose(2, 0, 1)
    middle = rng.normal(0, 0.1, (count, 2, 1))
    return np.concatenate([axes * scale[:, None, :], middle], axis=2).astype(np.float32)


def draw_mistakes(rng: np.random.Generator, count: int, strength: float) -> Places:
    """Draw small affine maps (count, 2, 3): an aligner errs on real noses, and not always the same way.

    Strength 1 moves the points of a nose by 0.045 of its half width on average.
    """
    turn = np.radians(rng.normal(0, 2.0, count)) * strength
    nothing, upright = np.zeros(count), np.ones(count)
    maps = np.array([[upright, -turn, nothing], [turn, upright, nothing]]).transpose(2, 0, 1)
    maps[:, :, :2] += rng.normal(0, 0.02, (count, 2, 2)) * strength
    maps[:, :, 2] = rng.normal(0, 0.025, (count, 2)) * strength
    return maps.astype(np.float32)


def cover_a_part(pictures: Pictures, rng: np.random.Generator, likelihood: float) -> Pictures:
    """Paint a grey rectangle over a part of some pictures (n, h, w), in place: no single patch may decide."""
    side = pictures.shape[-1]
    for picture in pictures:
        if rng.random() < likelihood:
            height, width = rng.integers(side // 10, side * 2 // 5, 2)
            top, left = rng.integers(0, side - side // 10, 2)
            picture[top : top + height, left : left + width] = rng.integers(256)
    return pictures


def as_tensor(pictures: Pictures) -> Tensor:
    """Return pictures (n, h, w) uint8 as (n, 1, h, w) float32 in [0, 1], channels last."""
    tensor = torch.from_numpy(pictures[:, None].astype(np.float32) / 255)
    return tensor.contiguous(memory_format=torch.channels_last)
