from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from noseprint.embedding.image import open_photo
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.keypoints import KeypointEvidence, draw_evidence, extract, match
from tests.support import pictures

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = ImageLimits()
NOSES = Path(__file__).resolve().parents[3] / "assets" / "noses"
NOSE = (NOSES / "dog-1" / "01.jpg").read_bytes()
SAME_DOG = (NOSES / "dog-1" / "02.jpg").read_bytes()
OTHER_DOG = (NOSES / "dog-2" / "01.jpg").read_bytes()
MORE_THAN_CHANCE = 10


def keypoint_evidence(one: bytes, other: bytes, limits: ImageLimits = LIMITS) -> KeypointEvidence:
    return match(extract(one, limits), extract(other, limits))


def moved(turn: float, scale: float) -> tuple[bytes, np.ndarray]:
    """The nose turned (degrees) and scaled about its middle, and the (2, 3) matrix that moved its pixels."""
    nose = np.asarray(open_photo(NOSE, LIMITS))
    height, width = nose.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0) * scale
    size = (round(width * scale), round(height * scale))
    turned = cv2.warpAffine(nose, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return pictures.jpeg(Image.fromarray(np.asarray(turned, np.uint8))), matrix


def same_evidence(one: KeypointEvidence, other: KeypointEvidence) -> bool:
    return (
        (one.inliers, one.matches, one.spread) == (other.inliers, other.matches, other.spread)
        and np.array_equal(one.points_a, other.points_a)
        and np.array_equal(one.points_b, other.points_b)
    )


class TestEvidence:
    @pytest.mark.parametrize(("turn", "scale"), [(0, 1.0), (15, 1.0), (-30, 1.3), (10, 0.7)])
    def test_finds_the_points_of_a_turned_and_scaled_copy_where_they_went(self, turn: float, scale: float) -> None:
        copy, matrix = moved(turn, scale)
        found = keypoint_evidence(NOSE, copy, LIMITS)
        assert found.inliers > 100
        assert found.spread > 0.3
        went = found.points_a @ matrix[:, :2].T + matrix[:, 2]
        apart = np.linalg.norm(went - found.points_b, axis=1) / scale
        assert np.median(apart) < 2.0
        assert apart.max() < 0.03 * max(open_photo(NOSE, LIMITS).size)

    def test_tells_the_same_dog_from_every_other(self) -> None:
        firsts = [(folder / "01.jpg").read_bytes() for folder in sorted(NOSES.iterdir())]
        others = [keypoint_evidence(one, other, LIMITS).inliers for one, other in combinations(firsts, 2)]
        assert max(others) < MORE_THAN_CHANCE < keypoint_evidence(NOSE, SAME_DOG, LIMITS).inliers

    @pytest.mark.parametrize("other", [SAME_DOG, OTHER_DOG], ids=["same dog", "other dog"])
    def test_is_the_same_in_both_orders(self, other: bytes) -> None:
        there, back = keypoint_evidence(NOSE, other, LIMITS), keypoint_evidence(other, NOSE, LIMITS)
        exchanged = KeypointEvidence(back.inliers, back.matches, back.spread, back.points_b, back.points_a)
        assert same_evidence(there, exchanged)

    def test_is_the_same_in_every_thread(self) -> None:
        alone = keypoint_evidence(NOSE, SAME_DOG, LIMITS)
        with ThreadPoolExecutor(4) as threads:
            jobs = [threads.submit(keypoint_evidence, NOSE, SAME_DOG, LIMITS) for _ in range(8)]
            assert all(same_evidence(alone, job.result()) for job in jobs)

    @pytest.mark.parametrize("threads", [1, 2, 5])
    def test_is_the_same_with_any_number_of_opencvs_threads(self, threads: int) -> None:
        usual, before = keypoint_evidence(NOSE, SAME_DOG), cv2.getNumThreads()
        cv2.setNumThreads(threads)
        try:
            assert same_evidence(usual, keypoint_evidence(NOSE, SAME_DOG))
        finally:
            cv2.setNumThreads(before)

    def test_only_looks_at_the_middle_of_a_photo(self) -> None:
        coat = np.asarray(pictures.noise(300, 300)).copy()
        rows, columns = np.mgrid[-1:1:300j, -1:1:300j]
        other = np.asarray(pictures.noise(300, 300, seed=2))
        coat_alone = rows**2 + columns**2 > 0.9**2
        other = np.where(coat_alone[:, :, None], coat, other)
        shared = keypoint_evidence(pictures.png(Image.fromarray(coat)), pictures.png(Image.fromarray(other)))
        assert shared.inliers < MORE_THAN_CHANCE

    def test_leaves_opencv_as_it_was(self) -> None:
        threads = cv2.getNumThreads()
        keypoint_evidence(NOSE, OTHER_DOG, LIMITS)
        assert cv2.getNumThreads() == threads

    @pytest.mark.parametrize("other", [NOSE, SAME_DOG, OTHER_DOG], ids=["itself", "same dog", "other dog"])
    def test_keeps_its_own_promises(self, other: bytes) -> None:
        found = keypoint_evidence(NOSE, other, LIMITS)
        assert found.inliers <= found.matches
        assert found.inliers == 0 or found.inliers >= 3
        assert 0.0 <= found.spread <= 1.0
        for photo, points in ((NOSE, found.points_a), (other, found.points_b)):
            assert points.dtype == np.float32
            assert points.shape == (found.inliers, 2)
            assert (points >= 0).all()
            assert (points <= np.array(open_photo(photo, LIMITS).size) - 1).all()
            assert len(np.unique(points, axis=0)) == len(points)

    def test_points_follow_the_orientation_in_exif(self) -> None:
        nose = open_photo(NOSE, LIMITS)
        sideways = nose.transpose(Image.Transpose.ROTATE_90)
        tagged = pictures.jpeg(sideways, exif=pictures.exif(6).tobytes())
        found = keypoint_evidence(NOSE, tagged, LIMITS)
        assert found.inliers > 100
        assert np.median(abs(found.points_a - found.points_b)) < 1.0

    def test_an_upside_down_nose_is_beyond_what_is_believed(self) -> None:
        copy, _ = moved(180, 1.0)
        assert keypoint_evidence(NOSE, copy, LIMITS).inliers < MORE_THAN_CHANCE

    def test_mirrored_noses_are_not_one(self) -> None:
        mirrored = pictures.jpeg(open_photo(NOSE, LIMITS).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        assert keypoint_evidence(NOSE, mirrored, LIMITS).inliers < MORE_THAN_CHANCE

    @pytest.mark.parametrize("featureless", [
        pictures.png(Image.new("RGB", (300, 200), "black")),
        pictures.png(Image.new("L", (200, 300), 128)),
        pictures.png(Image.new("RGB", (1, 1), "white")),
        pictures.png(pictures.noise(3000, 1)),
        pictures.png(pictures.noise(2, 3000)),
    ], ids=["black", "grey", "one pixel", "a row", "a column"])  # fmt: skip
    def test_is_none_rather_than_an_error_where_there_is_nothing_to_see(self, featureless: bytes) -> None:
        for other in (NOSE, featureless):
            found = keypoint_evidence(featureless, other, LIMITS)
            assert (found.inliers, found.spread) == (0, 0.0)
            assert found.points_a.shape == found.points_b.shape == (0, 2)

    def test_unlike_pictures_share_nothing(self) -> None:
        noise = pictures.png(pictures.noise(300, 300))
        assert keypoint_evidence(NOSE, noise, LIMITS).inliers < MORE_THAN_CHANCE


class TestDrawing:
    @staticmethod
    def drawn(one: bytes, other: bytes) -> tuple[Image.Image, KeypointEvidence]:
        found = keypoint_evidence(one, other, LIMITS)
        return Image.open(io.BytesIO(draw_evidence(one, other, found, LIMITS))), found

    def test_shows_both_photos_640_pixels_high(self) -> None:
        picture, _ = self.drawn(NOSE, OTHER_DOG)
        widths = [
            round(photo.width * 640 / photo.height)
            for photo in (open_photo(NOSE, LIMITS), open_photo(OTHER_DOG, LIMITS))
        ]
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        assert picture.height == 640
        assert 0 < picture.width - sum(widths) < 30

    def test_marks_every_point_in_both_photos(self) -> None:
        picture, found = self.drawn(NOSE, SAME_DOG)
        none = KeypointEvidence(0, 0, 0.0, np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))
        bare = Image.open(io.BytesIO(draw_evidence(NOSE, SAME_DOG, none, LIMITS)))
        changed = (np.asarray(picture) != np.asarray(bare)).any(axis=2)
        for photo, points, at_right in ((NOSE, found.points_a, False), (SAME_DOG, found.points_b, True)):
            upright = open_photo(photo, LIMITS)
            share = 640 / upright.height
            before = picture.width - round(upright.width * share) if at_right else 0
            for x, y in points * share:
                column, row = round(x + before), round(y)
                assert changed[max(row - 8, 0) : row + 9, max(column - 8, 0) : column + 9].any()

    def test_bounds_the_picture_of_a_very_wide_photo(self) -> None:
        picture, _ = self.drawn(pictures.png(pictures.noise(5000, 3)), NOSE)
        assert picture.height == 640
        assert picture.width < 3000


@pytest.mark.parametrize("broken_first", [True, False])
@pytest.mark.parametrize("ask", [
    keypoint_evidence,
    lambda one, other, limits: draw_evidence(one, other, keypoint_evidence(NOSE, NOSE, limits), limits),
], ids=["evidence", "drawing"])  # fmt: skip
def test_a_broken_photo_is_refused(ask: Callable[[bytes, bytes, ImageLimits], object], *, broken_first: bool) -> None:
    broken = NOSE[: len(NOSE) // 2]
    one, other = (broken, NOSE) if broken_first else (NOSE, broken)
    with pytest.raises(NoseprintError) as refused:
        ask(one, other, LIMITS)
    assert refused.value.code is ErrorCode.INVALID_IMAGE
