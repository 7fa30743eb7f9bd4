"""What a crew promises: every photograph in its order, unreadable ones counted, retakes that repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from noseprint.embedding.image import open_photo
from noseprint.embedding.limits import ImageLimits
from tests.support.report_crew import crew
from training.report.photographs import Photograph, may_be_one_dog, read_crew, retaken

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = ImageLimits()


def test_a_folder_becomes_a_crew_and_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rex").mkdir()
    Image.new("RGB", (20, 20), "grey").save(tmp_path / "rex" / "01.jpg")
    (tmp_path / "rex" / "02.jpg").write_bytes(b"no picture")
    Image.new("RGB", (20, 20), "grey").save(tmp_path / "bella.png")

    found = read_crew(tmp_path, LIMITS)

    assert [(each.identity, each.name) for each in found.photographs] == [("rex", "01"), ("bella", "bella")]
    assert found.refused == ("rex/02",)
    assert len(found) == 2


def test_crews_are_added_and_asked_for_a_dogs_places() -> None:
    both = crew("a", "b", "a") + crew("c")

    assert both.identities == ("a", "b", "c")
    assert both.of("a") == [0, 2]
    assert len(both.pairs()) == 6


def test_the_fingerprint_changes_with_pictures_and_names() -> None:
    assert crew("a", "b").fingerprint() == crew("a", "b").fingerprint()
    assert crew("a", "b").fingerprint() != crew("a", "c").fingerprint()


def test_a_retake_is_another_picture_and_always_the_same(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "rex.png")
    found = read_crew(tmp_path, LIMITS)

    one, again, other = (retaken(found, seed, LIMITS) for seed in (0, 0, 1))

    assert one == again
    assert one.contents != other.contents
    assert one.photographs[0].name == "rex, retake 0"
    assert open_photo(one.contents[0], LIMITS).size == (224, 224)


def test_doubtful_pairs_are_known_in_either_order() -> None:
    pairs = [("a", "b")]

    assert may_be_one_dog("b", "a", pairs)
    assert may_be_one_dog("c", "c", pairs)
    assert not may_be_one_dog("a", "c", pairs)


def test_a_photograph_does_not_print_its_bytes() -> None:
    assert "content" not in repr(Photograph("a", "01", b"x" * 1000))
