"""What the nose finder does here with photographs that it was trained on; its card says what it did with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.finder.measure import closeups, overlap, parts
from training.finder.photographs import read_photographs
from training.report.use_figures import Finder

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.capture.finder import NoseFinder

_CUTS = 20
_HIT = 0.5


def measure_finder(finder: NoseFinder, folder: Path) -> Finder:
    """Show the finder close-ups cut from photographs, and as many pieces of them without the nose.

    Args:
        finder: to be measured.
        folder: of photographs, with `nose_boxes.csv`.
    """
    least, overlaps, found_at_all, false_noses, pieces = finder.manifest.confidence, [], 0, 0, 0
    photographs = read_photographs(folder)
    for number, photograph in enumerate(photographs):
        for picture, box, _ in closeups(photograph, _CUTS, number):
            found = finder.look(picture)
            found_at_all += found.confidence >= least
            overlaps.append(overlap(found, box) if found.confidence >= least else 0.0)
        for piece in parts(photograph, _CUTS, number):
            pieces += 1
            false_noses += finder.look(piece).confidence >= least
    hits = np.array(overlaps) >= _HIT
    return Finder(
        card=finder.manifest.card,
        photographs=len(photographs),
        closeups=len(overlaps),
        found=int(found_at_all),
        hits=int(hits.sum()),
        mean_overlap=float(np.mean(overlaps)),
        pieces=pieces,
        false_noses=false_noses,
    )
