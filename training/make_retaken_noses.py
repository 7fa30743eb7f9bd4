"""Take real photographs again and again, and say where the nose is in each: pictures to train on, as a pool.

Run as `python -m training.make_retaken_noses OUT PHOTOGRAPHS --aligner ALIGNER.pt --captures 160`. PHOTOGRAPHS holds
one nose crop of each dog, of a licence that allows training. `OUT/pictures.npy` and `OUT/places.npy` are as
`make_training_noses` writes them, in the order of `OUT/names.txt`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from training import views
from training.clutter import litter
from training.darkroom import Processing, develop
from training.fields import smooth_noise
from training.make_training_noses import SIDE, as_model_input
from training.network import Glance

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VIEWS = 48
_CLUTTERED = 0.25


def consensus(glance: Glance, picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return where an aligner's first glance finds the nose (2, 3) in most of many views of one (224, 224) picture.

    Each view is another guess, and the middle one of every number is nearer the truth than any of them.
    """
    turn, scale = np.radians(rng.normal(0, 6, _VIEWS)), np.exp(rng.normal(0, 0.08, _VIEWS))
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]).transpose(2, 0, 1)
    maps = np.concatenate([turned * scale[:, None, None], rng.normal(0, 0.05, (_VIEWS, 2, 1))], axis=2)
    seen = views.see(np.repeat(picture[None], _VIEWS, axis=0), maps.astype(np.float32))
    with torch.no_grad():
        places = glance(views.as_tensor(seen)).numpy()
    return np.asarray(np.median(views.after(maps.astype(np.float32), places), axis=0), dtype=np.float32)


def retake(
    picture: NDArray[np.uint8], place: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Take a (224, 224) picture again, from farther off its place than `retake.rephotograph` does, with its place."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    turn, scale = np.radians(rng.normal(0, 8)), np.exp(rng.normal(0, 0.08) + rng.normal(0, 0.05, 2))
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * scale
    moved = corners @ turned + rng.normal(0, 0.1, 2) + rng.normal(0, 0.05, (4, 2))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    to_pixels = np.array([[SIDE / 2, 0, SIDE / 2 - 0.5], [0, SIDE / 2, SIDE / 2 - 0.5], [0, 0, 1]])
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_REFLECT_101
    inner = to_pixels @ matrix @ np.linalg.inv(to_pixels)
    seen = cv2.warpPerspective(picture, inner, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border)
    light = (seen.astype(np.float32) / 255) ** 2 * np.exp(np.float32(0.4) * smooth_noise(rng, SIDE, 3))
    light = litter(light[:, :, None], rng, _CLUTTERED)
    return as_model_input(develop(light, Processing.draw(rng, 1.0))), _moved(place, matrix)


def _moved(place: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the affine place nearest to a place under a perspective (3, 3), over the nose's box."""
    axis = np.linspace(-0.9, 0.9, 7)
    across, down = np.meshgrid(axis, axis)
    known = np.stack([across.ravel(), down.ravel(), np.ones(across.size)], axis=1)
    flat = np.concatenate([known @ place.T, np.ones((len(known), 1))], axis=1) @ matrix.T
    fitted = np.linalg.lstsq(known, flat[:, :2] / flat[:, 2:], rcond=None)[0]
    return np.asarray(fitted.T, dtype=np.float32)


def main() -> None:
    """Write the pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--aligner", type=Path, required=True, help="trained on generated noses")
    parser.add_argument("--captures", type=int, default=160)
    parser.add_argument(
        "--every", type=int, default=1, help="2 takes every second photograph and keeps the rest for checks"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    glance = Glance().eval()
    glance.load_state_dict(torch.load(arguments.aligner, weights_only=True))
    paths = sorted(arguments.photographs.glob("*.jpg"))
    chosen = range(0, len(paths), arguments.every)
    pictures = np.zeros((len(chosen), arguments.captures, SIDE, SIDE), np.uint8)
    places = np.zeros((len(chosen), arguments.captures, 2, 3), np.float32)
    for row, number in enumerate(chosen):
        grey = as_model_input(
            np.asarray(cv2.imread(str(paths[number]), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)[:, :, None]
        )
        place = consensus(glance, grey, np.random.default_rng([7, number]))
        for capture in range(arguments.captures):
            rng = np.random.default_rng([8, number, capture])
            pictures[row, capture], places[row, capture] = retake(grey, place, rng)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.save(arguments.out / "pictures.npy", pictures)
    np.save(arguments.out / "places.npy", places)
    (arguments.out / "names.txt").write_text("\n".join(paths[number].stem for number in chosen), encoding="utf-8")


if __name__ == "__main__":
    main()
