"""Real photographs taken again: another crop and angle, light, lens and treatment. Needs neither network nor labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.darkroom import Processing, develop
from training.fields import smooth_noise
from training.make_training_noses import as_model_input

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 256


def rephotograph(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Take a grey photograph again: another crop and angle, a gradient of light, another treatment; 224 px."""
    square = cv2.resize(photo, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * _SIDE
    turn = np.radians(rng.normal(0, 5))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (corners - _SIDE / 2) @ rotation.T * rng.uniform(0.92, 1.12, 2) + _SIDE / 2
    moved = moved + rng.normal(0, 0.025, 2) * _SIDE + rng.normal(0, 0.02, (4, 2)) * _SIDE
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(square, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = (seen.astype(np.float32) / 255) ** 2 * np.exp(0.35 * smooth_noise(rng, _SIDE, 3))
    return as_model_input(develop(light[:, :, None].astype(np.float32), Processing.draw(rng, 0.8)))
