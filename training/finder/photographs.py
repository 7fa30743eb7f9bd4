"""The photographs with a box each, as training and measuring read them: NumPy and Pillow alone."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
POSES = Path(__file__).with_name("poses.csv")
"""Roll and turn of every nose by eye (to some 8 degrees; empty where the eye could not say) and its fold."""
FOLDS = 6


@dataclass(frozen=True)
class Photograph:
    """One dog.

    Attributes:
        name: of the file.
        pixels: (height, width, 3) uint8 RGB.
        box: left, top, right, bottom of the nose in pixels; with some air around it, as whoever drew it liked.
        roll: degrees, clockwise positive; NaN where unknown.
        turn: degrees from straight ahead; NaN where unknown.
        fold: which sixth of the photographs it belongs to; all of one dog are in the same.
    """

    name: str
    pixels: Picture
    box: tuple[float, float, float, float]
    roll: float
    turn: float
    fold: int


def read_photographs(folder: Path) -> list[Photograph]:
    """Read a folder of photographs with its `nose_boxes.csv` (centre, width and height as shares)."""
    with POSES.open(encoding="utf-8") as stream:
        poses = {row["file"]: row for row in csv.DictReader(stream)}
    with (folder / "nose_boxes.csv").open(encoding="utf-8") as stream:
        return [_read(folder, row, poses[row["file"]]) for row in csv.DictReader(stream)]


def _read(folder: Path, row: dict[str, str], pose: dict[str, str]) -> Photograph:
    pixels = np.asarray(Image.open(folder / row["file"]).convert("RGB"))
    height, width = pixels.shape[:2]
    x, half_w = float(row["center_x"]) * width, float(row["width"]) * width / 2
    y, half_h = float(row["center_y"]) * height, float(row["height"]) * height / 2
    return Photograph(
        name=row["file"],
        pixels=pixels,
        box=(x - half_w, y - half_h, x + half_w, y + half_h),
        roll=float(pose["roll"] or math.nan),
        turn=float(pose["turn"] or math.nan),
        fold=int(pose["fold"]),
    )
