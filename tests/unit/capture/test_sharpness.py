from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.capture.sharpness import gaussian, measure_sharpness

SIDE = 112


@cache
def beads() -> np.ndarray:
    """Cells of even grey with sharp edges, as beads are, 30 grey levels about a mean of 90."""
    rng = np.random.default_rng(1)
    places, levels = rng.uniform(0, SIDE, (400, 2)), rng.normal(90, 30, 400)
    grid = np.stack(np.mgrid[:SIDE, :SIDE], axis=-1)[:, :, np.newaxis]
    nearest = np.argmin(((grid - places) ** 2).sum(axis=-1), axis=-1)
    return levels[nearest].astype(np.float32)


def smeared(grey: np.ndarray, path: int) -> np.ndarray:
    return np.mean([np.roll(grey, step, axis=1) for step in range(path)], axis=0, dtype=np.float32)


@pytest.mark.parametrize("sigma", [1.6, 2.4, 3.2])
def test_blur_is_measured_as_the_spot_it_makes(sigma: float) -> None:
    measured = measure_sharpness(gaussian(beads(), sigma)).blur
    assert measured == pytest.approx(100 * np.hypot(sigma, 0.7) / 160, rel=0.25)


def test_what_is_in_focus_is_hardly_blurred() -> None:
    assert measure_sharpness(beads()).blur < 0.7


@pytest.mark.parametrize("path", [12, 16, 24])
@pytest.mark.parametrize("turned", [False, True])
def test_motion_smears_and_does_not_blur(path: int, *, turned: bool) -> None:
    moved = smeared(beads(), path)
    measured = measure_sharpness(moved.T if turned else moved)
    assert measured.smear > 2.0
    assert measured.blur < 1.0


def test_longer_paths_smear_more() -> None:
    smears = [measure_sharpness(smeared(beads(), path)).smear for path in (1, 8, 12, 16, 24)]
    assert smears == sorted(smears)
    assert smears[0] == 0.0


@pytest.mark.parametrize("sigma", [0.8, 1.6, 3.2])
def test_blur_smears_nothing(sigma: float) -> None:
    assert measure_sharpness(gaussian(beads(), sigma)).smear == 0.0


@given(st.floats(0.05, 1.0), st.floats(0.0, 100.0))
def test_light_and_contrast_do_not_matter(contrast: float, light: float) -> None:
    grey = gaussian(beads(), 1.6)
    dimmed = (grey * contrast + light).astype(np.float32)
    assert measure_sharpness(dimmed).blur == pytest.approx(measure_sharpness(grey).blur, rel=0.05)


def test_a_plain_wall_is_as_blurred_as_can_be_and_not_smeared() -> None:
    wall = measure_sharpness(np.full((SIDE, SIDE), 90.0, dtype=np.float32))
    assert wall.blur > 5.0
    assert wall.smear == 0.0


@pytest.mark.parametrize("sigma", [0.7, 3.0])
def test_the_gaussian_spreads_a_point_by_sigma_and_keeps_its_light(sigma: float) -> None:
    point = np.zeros((41, 41), dtype=np.float32)
    point[20, 20] = 100.0
    spread = gaussian(point, sigma)
    assert spread.sum() == pytest.approx(100.0, rel=1e-4)
    assert np.average((np.arange(41) - 20) ** 2, weights=spread.sum(axis=0)) == pytest.approx(sigma**2, rel=0.1)
