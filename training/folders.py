"""Generated noses on disk as identity folders: `<folder>/<dog>/01.jpg` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.darkroom import encode_jpeg
from training.generator import Style, build, photograph

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION_SEEDS = 1_000_000
DEMONSTRATION_SEEDS = 2_000_000
GALLERY_SEEDS = 3_000_000
"""Identity seeds count up from here; training uses seeds far below, so nothing written here was ever trained on."""


@dataclass(frozen=True)
class Sitting:
    """How many photographs are taken, how large (side in pixels), how, and at which JPEG quality they are kept."""

    photos: int
    size: int
    style: Style
    quality: int = 88


def write_dog(folder: Path, identity: int, sitting: Sitting) -> None:
    """Write the photographs of one generated dog as RGB JPEG files 01.jpg, 02.jpg and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    nose = build(identity, size=round(sitting.size * 1.4))
    for number in range(1, sitting.photos + 1):
        photo = photograph(nose, number, sitting.size, colour=True, style=sitting.style)
        (folder / f"{number:02d}.jpg").write_bytes(encode_jpeg(photo, sitting.quality))
