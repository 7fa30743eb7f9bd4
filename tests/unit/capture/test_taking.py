"""From a frame or a file to a photo that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from noseprint.bootstrap import nose_finder
from noseprint.capture.camera import Frame
from noseprint.capture.intake import NO_NOSE, REASONS, take_in
from noseprint.capture.taking import CapturedPhoto, Refused, Taking
from noseprint.embedding.limits import ImageLimits
from tests.support.pictures import jpeg, noise

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = ImageLimits()
BLUR = 6


@pytest.fixture(scope="module")
def taking() -> Taking:
    return Taking(LIMITS, nose_finder(), 25.0)


@pytest.fixture(scope="module")
def wide(noses: Path) -> Frame:
    picture = Image.new("RGB", (1280, 720), (190, 190, 180))
    with Image.open(noses / "dog-1" / "01.jpg") as photo:
        picture.paste(photo.resize((480, 480)), (400, 120))
    return Frame(np.asarray(picture), 1, 0.0)


def test_of_a_frame_the_nose_is_kept_and_taken_in_again_it_stays_as_it_is(taking: Taking, wide: Frame) -> None:
    photo = taking.frame(wide)
    assert isinstance(photo, CapturedPhoto)
    assert photo.quality >= 75.0
    assert not photo.from_file
    again = take_in(photo.jpeg, LIMITS, taking.finder)
    assert again.jpeg == photo.jpeg
    assert again.quality.score == photo.quality


def test_a_frame_without_a_nose_is_refused_with_why(taking: Taking) -> None:
    refused = taking.frame(Frame(np.asarray(noise(640, 480)), 1, 0.0))
    assert refused == Refused(REASONS[NO_NOSE])


def test_of_several_files_each_refused_one_is_named_with_why(taking: Taking, noses: Path) -> None:
    nose = (noses / "dog-1" / "01.jpg").read_bytes()
    with Image.open(noses / "dog-1" / "02.jpg") as photo:
        soft = jpeg(photo.filter(ImageFilter.GaussianBlur(16)))
    photos, refused = taking.files(
        [("soft.jpg", soft), ("nose.jpg", nose), ("letter.docx", b"PK"), ("room.jpg", jpeg(noise(640, 480)))]
    )
    assert [photo.from_file for photo in photos] == [True]
    assert [file.name for file in refused] == ["soft.jpg", "letter.docx", "room.jpg"]
    assert refused[2].words == REASONS[NO_NOSE]
    assert all(file.words.ko and file.words.en for file in refused)


def test_the_best_file_comes_first(taking: Taking, noses: Path) -> None:
    with Image.open(noses / "dog-1" / "02.jpg") as photo:
        softer = jpeg(photo.filter(ImageFilter.GaussianBlur(BLUR)))
    photos, _ = taking.files([("softer.jpg", softer), ("nose.jpg", (noses / "dog-1" / "01.jpg").read_bytes())])
    assert photos[0].quality > photos[1].quality
