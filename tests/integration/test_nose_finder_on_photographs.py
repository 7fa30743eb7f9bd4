"""The shipped nose finder on the real photographs that a developer may have.

It was taught on `photos` (and so on `singles`, which are cut out of them); `enrolled` it never saw. What it does on
photographs that it was not taught on is cross-validated by `training.finder.measure` and stands in its manifest.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from noseprint.capture.finder import NoseFinder, load_finder
from noseprint.capture.framing import nose_crop
from noseprint.capture.nose import NoseBox
from noseprint.embedding.image import open_photo
from noseprint.embedding.limits import ImageLimits

LIMITS = ImageLimits()
SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "finder" / "nose-finder.onnx"


@pytest.fixture(scope="module")
def finder() -> NoseFinder:
    return load_finder(SHIPPED)


def overlap(one: NoseBox, other: NoseBox) -> float:
    """Intersection over union."""
    wide = _common(one.centre_x, one.width, other.centre_x, other.width)
    high = _common(one.centre_y, one.height, other.centre_y, other.height)
    return wide * high / (one.width * one.height + other.width * other.height - wide * high)


def _common(a: float, a_extent: float, b: float, b_extent: float) -> float:
    return max(min(a + a_extent / 2, b + b_extent / 2) - max(a - a_extent / 2, b - b_extent / 2), 0.0)


@pytest.mark.parametrize("folder", ["enrolled", "singles"])
def test_every_tight_crop_that_people_hand_in_is_a_nose(finder: NoseFinder, shared: Path, folder: str) -> None:
    photos = sorted((shared / "noses" / folder).rglob("*.jpg"))
    assert photos
    assert [str(file) for file in photos if finder.find_in_photo(file.read_bytes(), LIMITS) is None] == []


@pytest.mark.parametrize("folder", ["enrolled", "singles"])
def test_tight_crops_are_stored_as_they_are(finder: NoseFinder, shared: Path, folder: str) -> None:
    photos = [file.read_bytes() for file in sorted((shared / "noses" / folder).rglob("*.jpg"))]
    crops = [nose_crop(finder.look(open_photo(p, LIMITS)), open_photo(p, LIMITS).size) for p in photos]
    assert crops.count(None) == len(crops)


def test_the_nose_is_cut_out_of_a_whole_dog_where_it_is(finder: NoseFinder, shared: Path) -> None:
    """Of whole photographs the noses of a tenth of the width and more; close-ups are what it is for."""
    folder = shared / "noses" / "photos"
    with (folder / "nose_boxes.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if float(row["width"]) >= 0.1]
    overlaps = []
    for row in rows:
        found = finder.look(open_photo((folder / row["file"]).read_bytes(), LIMITS))
        true = NoseBox(*(float(row[name]) for name in ("center_x", "center_y", "width", "height")))
        overlaps.append(overlap(found.box, true))
    assert sum(value >= 0.5 for value in overlaps) >= 0.8 * len(overlaps)
