"""Make the pictures that the finder learns from, ahead of time, as two arrays on disk.

Run as `python -m training.finder.make_pool OUT --photographs FOLDER --backdrops FOLDER [FOLDER ...]`.
`OUT/pictures.npy` is (n, 128, 128, 3) uint8, `OUT/truths.npy` (n, 9) float32 as `closeups.Truth.as_row` says. Every
picture draws from its own seed, and says of which photographs it was made, so that a fold can leave them out.
"""

from __future__ import annotations

import argparse
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import Process
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from PIL import Image

from training.camera import Pose
from training.finder.closeups import (
    ASPECTS,
    SIDE,
    Scene,
    Truth,
    Window,
    bar,
    blend,
    box_in,
    clip_to_content,
    cut,
    generated_scene,
    paste,
    scene_of,
)  # fmt: skip
from training.finder.photographs import read_photographs
from training.finder.relight import cover_a_part, relight
from training.finder.textures import draw_texture

if TYPE_CHECKING:
    from training.finder.photographs import Picture

_FIRST_IDENTITY = 700_000
_UNKNOWN_BOX = (0.0, 0.0, 0.0, 0.0)
_SHARES = {
    "closeup": 0.27, "swapped": 0.13, "tight": 0.09, "made": 0.09,
    "part": 0.11, "covered": 0.06, "backdrop": 0.15, "texture": 0.10,
}  # fmt: skip


def draw_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose that may look at the nose from well to one side, up to some 55 degrees."""
    spread = rng.choice([6.0, 16.0, 26.0])
    yaw, pitch = np.radians(np.clip(rng.normal(0, [spread, spread * 0.7]), -50, 50))
    return replace(Pose.draw(rng), yaw=float(yaw), pitch=float(pitch), roll=float(np.radians(rng.normal(0, 6))))


def read_backdrops(folders: list[Path]) -> list[Picture]:
    """Read all pictures below the folders, their longest side brought down to 1,024 pixels."""
    found = []
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in {".jpg", ".png"}):
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((1024, 1024))
        found.append(np.asarray(picture))
    return found


@dataclass
class Studio:
    """All that pictures are made of."""

    scenes: list[Scene]
    noses: list[Scene]
    backdrops: list[Scene]

    def make(self, seed: int, number: int) -> tuple[Picture, Truth]:
        """Make one picture and its truth."""
        rng = np.random.default_rng([seed, number])
        kind = rng.choice(list(_SHARES), p=list(_SHARES.values()))
        picture, truth = getattr(self, kind)(rng)
        if rng.random() < 0.5:
            picture, truth = np.ascontiguousarray(picture[:, ::-1]), _mirrored(truth)
        if rng.random() < 0.12:
            cover_a_part(picture, rng)
        picture = relight(picture, rng)
        bar(picture, truth.aspect)
        return picture, truth

    def closeup(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """A nose where its dog is."""
        number = int(rng.integers(len(self.scenes)))
        return _nose_in(_stretched(self.scenes[number], rng), rng, (0.1, 0.9), (number, -1))

    def tight(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """A nose that fills the frame or is cut by it."""
        number = int(rng.integers(len(self.scenes)))
        if rng.random() < 0.3:
            return _nose_in(self._generated(rng), rng, (0.85, 1.3), (-1, -1))
        return _nose_in(_stretched(self.scenes[number], rng), rng, (0.85, 1.3), (number, -1))

    def swapped(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """Another nose on a dog: another dog's or a generated one."""
        number, other = rng.integers(len(self.scenes), size=2).tolist()
        if rng.random() < 0.5:
            scene = paste(self.scenes[number], self._generated(rng), rng)
            return _nose_in(scene, rng, (0.1, 0.95), (number, -1))
        return _nose_in(paste(self.scenes[number], self.scenes[other], rng), rng, (0.1, 0.95), (number, other))

    def made(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """A generated nose before anything."""
        ground = self.backdrops[rng.integers(len(self.backdrops))].levels[0]
        tall, wide = ground.shape[:2]
        width = rng.uniform(0.08, 0.35) * wide
        x, y = rng.uniform(0.25, 0.75) * wide, rng.uniform(0.25, 0.75) * tall
        spot = Scene((ground,), (x - width / 2, y - width / 2.5, x + width / 2, y + width / 2.5), 0, 0)
        return _nose_in(paste(spot, self._generated(rng), rng), rng, (0.12, 0.95), (-1, -1))

    def part(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """What else is in a dog's photograph: eyes, ears, paws, blankets, grass, people."""
        number = int(rng.integers(len(self.scenes)))
        scene = self.scenes[number]
        tall, wide = scene.levels[0].shape[:2]
        for _ in range(50):
            window = Window(
                rng.uniform(0, wide), rng.uniform(0, tall), float(np.exp(rng.uniform(np.log(70), np.log(wide)))),
                float(rng.choice(ASPECTS)), float(rng.normal(0, 12)),
            )  # fmt: skip
            if _shown(scene, window) == 0:
                return cut(scene, window), Truth(False, sources=(number, -1), aspect=window.aspect)
        return self.backdrop(rng)

    def covered(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """A dog whose nose is covered by something."""
        number = int(rng.integers(len(self.scenes)))
        scene = self.scenes[number]
        left, top, right, bottom = scene.box
        canvas = scene.levels[0].copy()
        wide, tall = (int(extent * rng.uniform(1.35, 1.8)) for extent in (right - left, bottom - top))
        other = self.part(rng) if rng.random() < 0.5 else self.backdrop(rng)
        patch = cv2.resize(other[0], (wide, tall), interpolation=cv2.INTER_CUBIC)
        blend(canvas, patch, ((left + right) / 2, (top + bottom) / 2), rng)
        covered = Scene.of(canvas, scene.box, math.nan, math.nan)
        picture, truth = _nose_in(covered, rng, (0.1, 0.9), (number, other[1].sources[0]))
        return picture, Truth(False, sources=truth.sources, aspect=truth.aspect)

    def backdrop(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """A part of a photograph without dogs."""
        scene = self.backdrops[rng.integers(len(self.backdrops))]
        tall, wide = scene.levels[0].shape[:2]
        window = Window(
            rng.uniform(0, wide), rng.uniform(0, tall), float(np.exp(rng.uniform(np.log(60), np.log(wide)))),
            float(rng.choice(ASPECTS)), float(rng.normal(0, 20)),
        )  # fmt: skip
        return cut(scene, window), Truth(False, aspect=window.aspect)

    def texture(self, rng: np.random.Generator) -> tuple[Picture, Truth]:
        """Something drawn that is no nose."""
        pixels = draw_texture(rng, 192)
        scene = Scene((pixels,), _UNKNOWN_BOX, math.nan, math.nan)
        window = Window(96, 96, rng.uniform(120, 192), float(rng.choice(ASPECTS)))
        return cut(scene, window), Truth(False, aspect=window.aspect)

    def _generated(self, rng: np.random.Generator) -> Scene:
        return self.noses[rng.integers(len(self.noses))]


def _nose_in(
    scene: Scene, rng: np.random.Generator, shares: tuple[float, float], sources: tuple[int, int]
) -> tuple[Picture, Truth]:
    """Cut a window in which the nose takes a share of the width and lies anywhere, most of it in sight."""
    left, top, right, bottom = scene.box
    width, aspect = (right - left) / np.exp(rng.uniform(*np.log(shares))), float(rng.choice(ASPECTS))
    roll = float(np.clip(rng.normal(0, rng.choice([4.0, 18.0])), -45, 45))
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    # Never much wider or higher than the scene.
    extent = np.array(scene.levels[0].shape[1::-1])
    width = max(min(width, 1.1 * extent[0], 1.1 * extent[1] * aspect), 0.7 * (right - left))
    slack = np.abs([width - (right - left), width / aspect - (bottom - top)]) / 2
    for _ in range(20):
        offset = rng.uniform(-1, 1, 2) * (slack + 0.04 * width)
        half = np.minimum(np.array([width, width / aspect]) / 2, extent / 2)
        placed = np.clip(middle + offset, half, extent - half)
        window = Window(*placed.tolist(), width, aspect, roll)
        if _shown(scene, window) > 0.8:
            break
    else:
        window = Window(*middle.tolist(), max(width, (bottom - top) * aspect), aspect, roll)
    box = clip_to_content(box_in(scene, window), aspect)
    return cut(scene, window), Truth(True, box, scene.roll - roll, scene.turn, sources, aspect)


def _stretched(scene: Scene, rng: np.random.Generator) -> Scene:
    """Make every other dog's nose a little wider or narrower than it is."""
    wider = float(np.exp(rng.normal(0, 0.1)))
    if rng.random() < 0.5:
        return scene
    levels = tuple(cv2.resize(level, None, fx=wider, fy=1, interpolation=cv2.INTER_LINEAR) for level in scene.levels)
    left, top, right, bottom = scene.box
    return replace(scene, levels=levels, box=(left * wider, top, right * wider, bottom))


def _shown(scene: Scene, window: Window) -> float:
    """Return which share of a scene's box a window shows."""
    box = box_in(scene, window)
    seen = clip_to_content(box, window.aspect)
    return (seen[2] - seen[0]) * (seen[3] - seen[1]) / ((box[2] - box[0]) * (box[3] - box[1]))


def _mirrored(truth: Truth) -> Truth:
    left, top, right, bottom = truth.box
    return replace(truth, box=(1 - right, top, 1 - left, bottom), roll=-truth.roll)


def _generate(number: int) -> Scene:
    rng = np.random.default_rng([3, number])
    return generated_scene(_FIRST_IDENTITY + 6 * number, 0, draw_pose(rng))


def _open_studio(photographs: Path, backdrops: list[Path], noses: int, workers: int) -> Studio:
    with ProcessPoolExecutor(workers) as pool:
        generated = list(pool.map(_generate, range(noses), chunksize=8))
    grounds = [Scene.of(pixels, _UNKNOWN_BOX, math.nan, math.nan) for pixels in read_backdrops(backdrops)]
    return Studio([scene_of(photograph) for photograph in read_photographs(photographs)], generated, grounds)


def _fill(studio: Studio, out: Path, seed: int, numbers: range) -> None:
    pictures, truths = (open_memmap(out / f"{name}.npy", mode="r+") for name in ("pictures", "truths"))
    for number in numbers:
        picture, truth = studio.make(seed, number)
        pictures[number], truths[number] = picture, truth.as_row()


def main() -> None:
    """Fill a pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--backdrops", type=Path, nargs="+", required=True)
    parser.add_argument("--count", type=int, default=18_000)
    parser.add_argument("--noses", type=int, default=240, help="how many generated noses")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)  # before anything is computed: processes are forked from this one
    count = arguments.count
    studio = _open_studio(arguments.photographs, arguments.backdrops, arguments.noses, arguments.workers)
    arguments.out.mkdir(parents=True, exist_ok=True)
    open_memmap(arguments.out / "pictures.npy", mode="w+", dtype=np.uint8, shape=(count, SIDE, SIDE, 3))
    open_memmap(arguments.out / "truths.npy", mode="w+", dtype=np.float32, shape=(count, 9))
    every = arguments.workers
    parts = [
        Process(target=_fill, args=(studio, arguments.out, arguments.seed, range(k, count, every)))
        for k in range(every)
    ]
    for part in parts:
        part.start()
    for part in parts:
        part.join()


if __name__ == "__main__":
    main()
