"""Measure finders: boxes on close-ups that they never saw, false noses, angles, speed; with the product's own code.

Run as `python -m training.finder.measure FINDER.onnx --photographs FOLDER --others FOLDER [--folds FOLDER]`. With
`--folds`, `FOLDER/fold-0.onnx` to `fold-5.onnx` are each measured on the photographs that they were not taught on.
Every second of the other pictures serves to set the threshold (`--choose` prints it), the rest is what is reported.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from PIL import Image

from noseprint.capture.finder import FinderManifest, NoseFinder, load_finder
from noseprint.embedding.limits import ImageLimits
from training.finder.closeups import Window, cut, generated_scene
from training.finder.make_pool import draw_pose
from training.finder.photographs import FOLDS, Photograph, read_photographs
from training.finder.textures import draw_texture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noseprint.capture.nose import FoundNose

_ASPECTS = (16 / 9, 4 / 3, 1.0, 3 / 4)
_CLOSEUPS, _PARTS, _OTHERS, _TEXTURES, _GENERATED = 60, 40, 6, 600, 100
_FIRST_IDENTITY = 800_000
_FINEST = 640
_FALSE = 0.01


@dataclass
class Tally:
    """What a finder said.

    Attributes:
        noses: confidence, IoU and share of the width of every nose.
        parts: confidence for parts of dogs' photographs without the nose.
        others: confidence for pictures without dogs, those that are reported.
        spare: the same for those that the threshold is set from.
    """

    noses: list[tuple[float, float, float]] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    spare: list[float] = field(default_factory=list)

    def add(self, more: Tally) -> None:
        """Take in another's."""
        self.noses += more.noses
        self.parts += more.parts
        self.others += more.others
        self.spare += more.spare

    def line(self, threshold: float) -> str:
        """Return the figures at a threshold, in per cent."""
        confidence, overlap, _ = np.array(self.noses).T
        hit = ((confidence >= threshold) & (overlap >= 0.5)).mean()
        return (
            f"{len(self.noses)} close-ups: found {(confidence >= threshold).mean():.1%}, with IoU >= 0.5 {hit:.1%}, "
            f"median IoU {np.median(overlap):.2f}; false noses in dogs' photographs {_share(self.parts, threshold)}, "
            f"in others {_share(self.others, threshold)}"
        )

    def threshold(self, false: float) -> float:
        """Return the confidence that so great a share of the spare pictures reaches, rounded up to hundredths."""
        return math.ceil(float(np.quantile(self.spare, 1 - false)) * 100) / 100

    def by_size(self, threshold: float) -> str:
        """Return the share of hits for noses of several sizes."""
        told = []
        for low, high in ((0.15, 0.25), (0.25, 0.45), (0.45, 0.7), (0.7, 0.9)):
            these = [c >= threshold and o >= 0.5 for c, o, share in self.noses if low <= share < high]
            told.append(f"{low:.0%} to {high:.0%}: {np.mean(these):.1%} of {len(these)}")
        return "; ".join(told)


def _share(confidences: list[float], threshold: float) -> str:
    if not confidences:
        return "none looked at"
    return f"{np.mean(np.array(confidences) >= threshold):.1%} of {len(confidences)}"


def closeups(photograph: Photograph, count: int, seed: int) -> Iterable[tuple[Image.Image, tuple[float, ...], float]]:
    """Cut close-ups: the nose takes 15 to 90 per cent of the width and lies anywhere; nothing is turned or re-lit.

    Yields the picture, the box as shares of it (left, top, right, bottom) and the nose's share of the width. Where the
    photograph is too small for a share, the least that fits is taken.
    """
    rng = np.random.default_rng([21, seed])
    whole = Image.fromarray(photograph.pixels)
    left, top, right, bottom = photograph.box
    for _ in range(count):
        aspect = float(rng.choice(_ASPECTS))
        width = (right - left) / rng.uniform(0.15, 0.9)
        width = max(width, (bottom - top) * aspect / 0.95)
        width = min(width, whole.width, whole.height * aspect)
        height = width / aspect
        x = rng.uniform(max(right - width, 0), max(min(left, whole.width - width), right - width, 0))
        y = rng.uniform(max(bottom - height, 0), max(min(top, whole.height - height), bottom - height, 0))
        box = ((left - x) / width, (top - y) / height, (right - x) / width, (bottom - y) / height)
        yield _cut(whole, (x, y, x + width, y + height)), box, (right - left) / width


def parts(photograph: Photograph, count: int, seed: int) -> Iterable[Image.Image]:
    """Cut what is not the nose from a dog's photograph."""
    rng = np.random.default_rng([22, seed])
    whole = Image.fromarray(photograph.pixels)
    left, top, right, bottom = photograph.box
    cut = 0
    while cut < count:
        aspect = float(rng.choice(_ASPECTS))
        width = float(np.exp(rng.uniform(np.log(100), np.log(min(whole.width, whole.height * aspect)))))
        x, y = rng.uniform(0, whole.width - width), rng.uniform(0, whole.height - width / aspect)
        if x + width < left or x > right or y + width / aspect < top or y > bottom:
            cut += 1
            yield _cut(whole, (x, y, x + width, y + width / aspect))


def others(folder: Path, count: int) -> Iterable[tuple[int, Image.Image]]:
    """Cut pictures without dogs, the whole of each first; yields which picture it is, too."""
    for number, path in enumerate(sorted(folder.iterdir())):
        rng, whole = np.random.default_rng([23, number]), Image.open(path).convert("RGB")
        yield number, whole
        for _ in range(count - 1):
            aspect = float(rng.choice(_ASPECTS))
            widest = min(whole.width, whole.height * aspect)
            width = float(np.exp(rng.uniform(np.log(min(80, widest)), np.log(widest))))
            x, y = rng.uniform(0, whole.width - width), rng.uniform(0, max(whole.height - width / aspect, 0))
            yield number, _cut(whole, (x, y, x + width, y + width / aspect))


def _cut(whole: Image.Image, window: tuple[float, float, float, float]) -> Image.Image:
    wide, tall = window[2] - window[0], window[3] - window[1]
    shrink = min(1.0, _FINEST / max(wide, tall))
    return whole.resize((max(1, round(wide * shrink)), max(1, round(tall * shrink))), Image.Resampling.BOX, box=window)


def overlap(found: FoundNose, box: tuple[float, ...]) -> float:
    """Return the intersection over union of a found box and a true one (left, top, right, bottom)."""
    b = found.box
    mine = (b.centre_x - b.width / 2, b.centre_y - b.height / 2, b.centre_x + b.width / 2, b.centre_y + b.height / 2)
    both = max(min(mine[2], box[2]) - max(mine[0], box[0]), 0) * max(min(mine[3], box[3]) - max(mine[1], box[1]), 0)
    return both / (b.width * b.height + (box[2] - box[0]) * (box[3] - box[1]) - both)


def judge(finder: NoseFinder, photographs: list[Photograph], others_folder: Path | None) -> Tally:
    """Show a finder all that is to be measured."""
    tally = Tally()
    for photograph in photographs:
        seed = sum(photograph.name.encode())
        for picture, box, share in closeups(photograph, _CLOSEUPS, seed):
            found = finder.look(picture)
            tally.noses.append((found.confidence, overlap(found, box), share))
        tally.parts += [finder.look(picture).confidence for picture in parts(photograph, _PARTS, seed)]
    if others_folder is not None:
        for number, picture in others(others_folder, _OTHERS):
            (tally.spare if number % 2 else tally.others).append(finder.look(picture).confidence)
    return tally


def angles(finder: NoseFinder, count: int) -> str:
    """Return the errors of roll and turn on generated noses that were never trained on, in degrees."""
    apart = []
    for number in range(count):
        rng = np.random.default_rng([25, number])
        scene = generated_scene(_FIRST_IDENTITY + 6 * number, 0, draw_pose(rng))
        roll = float(rng.uniform(-30, 30))
        side = scene.levels[0].shape[0]
        found = finder.look(Image.fromarray(cut(scene, Window(side / 2, side / 2, 1.1 * side, 1.0, roll))))
        apart.append((abs(found.roll - (scene.roll - roll)), abs(found.turn - scene.turn)))
    middle, high = np.median(apart, axis=0), np.quantile(apart, 0.9, axis=0)
    return (
        f"roll off by {middle[0]:.1f} (90 % within {high[0]:.1f}), turn by {middle[1]:.1f} (90 % within {high[1]:.1f}) "
        f"degrees in {count} generated noses"
    )


def speed(finder: NoseFinder) -> float:
    """Return the milliseconds of processor time for one 1280 by 720 frame, resizing included; the median of 100."""
    frame = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    taken = []
    for _ in range(100):
        start = time.process_time()
        finder.find(frame)
        taken.append(time.process_time() - start)
    return float(np.median(taken) * 1000)


def handed_over(finder: NoseFinder, folder: Path) -> str:
    """Return what becomes of whole pictures that somebody hands over, which are looked at twice."""
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in {".jpg", ".jpeg", ".png"}]
    seen = [finder.look_at_photo(file.read_bytes(), ImageLimits()) for file in files]
    confidences = [found.confidence for found in seen]
    return (
        f"{len(seen)} whole pictures: {_share(confidences, finder.manifest.confidence)} are noses, "
        f"{_share(confidences, finder.manifest.refusal)} not refused, confidence {min(confidences):.2f} to "
        f"{max(confidences):.2f}"
    )


def open_bare(file: Path, side: int) -> NoseFinder:
    """Open a finder that has no manifest yet."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    manifest = FinderManifest(
        schema=1, name=file.stem, version="", file=file.name, sha256="0" * 64, side=side, confidence=0.5
    )
    return NoseFinder(session, manifest)


def _side_of(file: Path) -> int:
    return int(ort.InferenceSession(str(file), providers=["CPUExecutionProvider"]).get_inputs()[0].shape[2])


def cross_validate(folder: Path, photographs: list[Photograph], others_folder: Path | None) -> list[Tally]:
    """Show every fold's finder that fold's photographs."""
    tallies = []
    for fold in range(FOLDS):
        file = folder / f"fold-{fold}.onnx"
        mine = [photograph for photograph in photographs if photograph.fold == fold]
        tallies.append(judge(open_bare(file, _side_of(file)), mine, others_folder))
    return tallies


def _print_folds(tallies: list[Tally], given: float | None) -> None:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    threshold = total.threshold(_FALSE) if given is None else given
    for fold, tally in enumerate(tallies):
        print(f"fold {fold}: {tally.line(threshold)}")
    print(f"cross-validated at {threshold:.2f}: {total.line(threshold)}\n  {total.by_size(threshold)}")


def _print_shipped(finder: NoseFinder, folder: Path, others_folder: Path | None) -> None:
    photographs = read_photographs(folder)
    threshold, tally = finder.manifest.confidence, judge(finder, photographs, others_folder)
    rng = np.random.default_rng(24)
    textures = [finder.look(Image.fromarray(draw_texture(rng, 256))).confidence for _ in range(_TEXTURES)]
    print(f"shipped (taught on these photographs): {tally.line(threshold)}, in textures {_share(textures, threshold)}")
    print(f"  {tally.by_size(threshold)}\n  {angles(finder, _GENERATED)}")
    print(f"  {speed(finder):.1f} ms of processor time for a 1280 by 720 frame")
    print(f"  handed over, dogs: {handed_over(finder, folder)}")
    if others_folder is not None:
        print(f"  handed over, no dogs: {handed_over(finder, others_folder)}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "finder", type=Path, nargs="?", help="the shipped finder; left out, only the folds are measured"
    )
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--others", type=Path, help="pictures without dogs, none of them trained on")
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--choose", action="store_true", help="set the threshold anew instead of the shipped finder's")
    arguments = parser.parse_args()
    photographs = read_photographs(arguments.photographs)
    finder = load_finder(arguments.finder) if arguments.finder else None
    if arguments.folds:
        given = None if arguments.choose or finder is None else finder.manifest.confidence
        _print_folds(cross_validate(arguments.folds, photographs, arguments.others), given)
    if finder is not None:
        _print_shipped(finder, arguments.photographs, arguments.others)


if __name__ == "__main__":
    main()
