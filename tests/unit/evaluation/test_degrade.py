"""What a degradation promises: one way, a known amount, the same pixels every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.degrade import GRADES, Degradation, degrade, degraded_jpeg
from tests.support import pictures

BEADS = pictures.noise(16, 12).resize((160, 120), Image.Resampling.BICUBIC)


def grey(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"), dtype=np.float32)


def spot(side: int = 101) -> Image.Image:
    picture = Image.new("RGB", (side, side))
    picture.putpixel((side // 2, side // 2), (255, 255, 255))
    return picture


def spread(picture: Image.Image, least: float = 0.0) -> tuple[float, float]:
    """Standard deviation of the light across and down, in pixels; what is under a share of the maximum is left out."""
    light = (grey(picture) / 255.0) ** 2.2
    light[light < least * light.max()] = 0.0
    places = np.arange(light.shape[0]) - light.shape[0] // 2
    across, down = (np.average(places**2, weights=light.sum(axis=axis)) for axis in (0, 1))
    return float(np.sqrt(across)), float(np.sqrt(down))


@pytest.mark.parametrize("way", Degradation)
class TestEveryWay:
    def test_is_the_same_every_time(self, way: Degradation) -> None:
        once, again = (degrade(BEADS, way, GRADES[way].strengths[1], seed=4) for _ in range(2))
        assert once.tobytes() == again.tobytes()

    def test_takes_more_from_the_picture_the_stronger_it_is(self, way: Degradation) -> None:
        ends = [GRADES[way].strengths[0], GRADES[way].strengths[-1]]
        mild, strong = (degrade(BEADS, way, strength).resize(BEADS.size) for strength in ends)
        assert np.abs(grey(mild) - grey(BEADS)).mean() < np.abs(grey(strong) - grey(BEADS)).mean()

    def test_gives_a_jpeg_file(self, way: Degradation) -> None:
        file = degraded_jpeg(pictures.png(BEADS), way, GRADES[way].strengths[-1], limits=ImageLimits())
        assert Image.open(io.BytesIO(file)).format == "JPEG"

    def test_refuses_a_strength_that_means_nothing(self, way: Degradation) -> None:
        for strength in (0.0, -1.0, float("nan"), 1.01 * GRADES[way].highest):
            with pytest.raises(NoseprintError) as refused:
                degrade(BEADS, way, strength)
            assert refused.value.code is ErrorCode.INVALID_REQUEST

    def test_takes_a_picture_of_one_pixel(self, way: Degradation) -> None:
        assert degrade(Image.new("RGB", (1, 1)), way, GRADES[way].strengths[0]).size == (1, 1)


def test_blur_spreads_a_point_by_its_standard_deviation() -> None:
    assert spread(degrade(spot(), Degradation.BLUR, 1.0)) == pytest.approx((1.01, 1.01), abs=0.15)


def test_motion_spreads_a_point_along_one_line_by_its_length() -> None:
    across, down = spread(degrade(spot(), Degradation.MOTION, 12.0), least=0.25)  # above the ringing of one pixel
    assert np.hypot(across, down) == pytest.approx(12.12 / np.sqrt(12.0), rel=0.2)


def test_motion_goes_another_way_with_another_seed() -> None:
    one, other = (degrade(BEADS, Degradation.MOTION, 8.0, seed=seed) for seed in (1, 2))
    assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize(("way", "factor"), [(Degradation.DARKNESS, 0.25), (Degradation.OVEREXPOSURE, 4.0)])
def test_two_stops_are_a_quarter_or_four_times_the_light(way: Degradation, factor: float) -> None:
    wall = Image.new("RGB", (50, 50), (100, 100, 100))
    light = np.asarray(degrade(wall, way, 2.0), dtype=float) / 255.0
    assert np.mean(light) == pytest.approx((100 / 255) * factor ** (1 / 2.2), rel=0.01)


def test_darkness_is_noisy() -> None:
    wall = Image.new("RGB", (50, 50), (100, 100, 100))
    assert np.std(np.asarray(degrade(wall, Degradation.DARKNESS, 5.0), dtype=float)) > 1.0


def test_a_veil_takes_contrast_and_leaves_the_light() -> None:
    colourless = BEADS.convert("L").convert("RGB")
    veiled = (grey(degrade(colourless, Degradation.VEIL, 80.0)) / 255) ** 2.2
    light = (grey(colourless) / 255) ** 2.2
    assert veiled.mean() == pytest.approx(light.mean(), rel=0.1)
    assert veiled.std() < 0.35 * light.std()


@pytest.mark.parametrize("share", [5.0, 20.0, 60.0])
def test_glare_covers_its_share_of_the_area(share: float) -> None:
    black = Image.new("RGB", (200, 150))
    covered = np.asarray(degrade(black, Degradation.GLARE, share), dtype=float) / 255
    assert np.mean(covered**2.2 >= 0.5) == pytest.approx(share / 100, abs=0.02)


def test_size_is_the_shorter_side_in_pixels() -> None:
    assert degrade(BEADS, Degradation.SIZE, 60.0).size == (80, 60)
    assert degrade(BEADS, Degradation.SIZE, 400.0).size == BEADS.size


def test_a_roll_turns_clockwise() -> None:
    picture = Image.new("RGB", (101, 101))
    picture.paste("white", (90, 46, 100, 56))
    rows, columns = np.nonzero(grey(degrade(picture, Degradation.ROLL, 90.0)) > 200)
    assert (rows.mean(), columns.mean()) == (pytest.approx(94.5, abs=1), pytest.approx(50, abs=1))


def test_a_turn_presses_the_far_side_together_and_narrows_the_frame() -> None:
    stripes = Image.fromarray(np.tile(np.where(np.arange(200) // 10 % 2, 255, 0).astype(np.uint8), (40, 1)))
    turned = degrade(stripes.convert("RGB"), Degradation.TURN, 40.0)
    row = grey(turned)[20] > 128
    changes = np.flatnonzero(row[1:] != row[:-1])
    assert turned.width < 190
    assert np.diff(changes)[:3].mean() > 3 * np.diff(changes)[-3:].mean()


def test_compression_is_that_of_the_file() -> None:
    file = degraded_jpeg(pictures.png(BEADS), Degradation.COMPRESSION, 10.0, limits=ImageLimits())
    assert grey(Image.open(io.BytesIO(file))) == pytest.approx(grey(degrade(BEADS, Degradation.COMPRESSION, 10.0)))
