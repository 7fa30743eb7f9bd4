from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.capture.movement import movement
from noseprint.capture.sharpness import gaussian
from noseprint.errors import ErrorCode, NoseprintError

RNG = np.random.default_rng(1)
WIDE = gaussian(RNG.normal(90, 60, (200, 200)).astype(np.float32), 1.5)


def frame(down: int, right: int) -> np.ndarray:
    """What a camera of 112 x 140 pixels sees of something that moved."""
    return WIDE[40 - down : 152 - down, 30 - right : 170 - right]


@given(st.integers(-30, 30), st.integers(-28, 28))
def test_the_distance_is_that_of_the_content(down: int, right: int) -> None:
    assert movement(frame(0, 0), frame(down, right)) == pytest.approx(100 * np.hypot(down, right) / 160, abs=0.2)


def test_what_stands_still_has_not_moved_whatever_the_noise_and_the_light() -> None:
    noisy = frame(0, 0) * 0.6 + RNG.normal(0, 8, (112, 140))
    assert movement(frame(0, 0), noisy.astype(np.float32)) < 0.3


def test_a_fraction_of_a_pixel_counts() -> None:
    halfway = (frame(0, 3) + frame(0, 4)) / 2
    assert movement(frame(0, 0), halfway) == pytest.approx(100 * 3.5 / 160, abs=0.2)


def test_a_plain_wall_has_not_moved() -> None:
    wall = np.full((112, 112), 50.0, dtype=np.float32)
    assert movement(wall, wall) == 0.0


def test_frames_of_two_sizes_are_refused() -> None:
    with pytest.raises(NoseprintError) as refused:
        movement(frame(0, 0), frame(0, 0)[1:])
    assert refused.value.code is ErrorCode.INVALID_REQUEST
