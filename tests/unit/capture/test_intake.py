"""What becomes of a photo that somebody hands over."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from noseprint.capture.finder import FinderManifest, NoseFinder
from noseprint.capture.intake import NO_NOSE, REASONS, REPEATED, take_in
from noseprint.capture.quality import Flaw
from noseprint.embedding.image import jpeg_for_storage
from noseprint.embedding.limits import ImageLimits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = ImageLimits()
SURE, REFUSED = 0.6, 0.2


class SaysTheSame:
    """A session that finds the middle quarter of every picture, with one confidence."""

    def __init__(self, confidence: float) -> None:
        self.answer = np.array([[confidence, 0.25, 0.25, 0.75, 0.75, 0.0, 1.0, 10.0]], np.float32)

    def get_inputs(self) -> list[Any]:
        return [type("Input", (), {"name": "image"})]

    def run(self, _outputs: None, _inputs: dict[str, object]) -> list[object]:
        return [self.answer]


def finder(confidence: float) -> NoseFinder:
    manifest = FinderManifest(
        schema=1, name="f", version="1", file="f.onnx", sha256="0" * 64, side=96, confidence=SURE, refusal=REFUSED
    )
    return NoseFinder(SaysTheSame(confidence), manifest)  # type: ignore[arg-type]


@pytest.fixture
def photo(noses: Path) -> bytes:
    return (noses / "dog-1" / "01.jpg").read_bytes()


def size_of(jpeg: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(jpeg)).size


def test_a_nose_that_is_surely_there_is_cut_out_and_judged_with_its_pose(photo: bytes) -> None:
    taken = take_in(photo, LIMITS, finder(0.9))
    assert taken.shows_nose
    assert size_of(taken.jpeg)[0] < size_of(photo)[0]
    assert taken.quality.value(Flaw.TURNED) == pytest.approx(10.0)


def test_in_doubt_the_photo_stays_as_it_came_and_counts(photo: bytes) -> None:
    taken = take_in(photo, LIMITS, finder(0.4))
    assert taken.jpeg == jpeg_for_storage(photo, LIMITS)
    assert taken.reasons_against(0.0) == ()


def test_a_photo_without_a_nose_does_not_count_however_sharp_it_is(photo: bytes) -> None:
    assert take_in(photo, LIMITS, finder(0.1)).reasons_against(0.0) == (NO_NOSE,)


def test_without_a_finder_a_photo_is_taken_for_a_close_up(photo: bytes) -> None:
    taken = take_in(photo, LIMITS)
    assert taken.jpeg == jpeg_for_storage(photo, LIMITS)
    assert taken.shows_nose


def test_a_poor_photo_does_not_count_for_the_reasons_of_its_quality(photo: bytes) -> None:
    taken = take_in(photo, LIMITS)
    assert taken.reasons_against(101.0) == taken.quality.flaws
    assert taken.reasons_against(taken.quality.score) == ()


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(REASONS) == {NO_NOSE, REPEATED, *Flaw}
    assert all(words.ko and words.en for words in REASONS.values())
