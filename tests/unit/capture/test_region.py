from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from noseprint.capture.nose import NoseBox
from noseprint.capture.region import judged_region


def test_without_a_nose_the_middle_of_a_close_up_is_judged() -> None:
    picture = Image.new("L", (600, 300), 255)
    picture.paste(10, (190, 40, 410, 260))
    region = judged_region(picture)
    assert region.grey.shape == (112, 112)
    assert region.grey.max() == 10
    assert region.side == 300


def test_a_nose_is_judged_where_it_is() -> None:
    picture = Image.new("L", (600, 300), 255)
    picture.paste(10, (400, 50, 520, 130))
    region = judged_region(picture, NoseBox(460 / 600, 90 / 300, 120 / 600, 80 / 300))
    assert region.grey.shape == (112, 168)
    assert region.grey.max() == 10
    assert region.side == pytest.approx(80)


def test_two_cameras_show_the_same_region() -> None:
    rng = np.random.default_rng(1)
    large = Image.fromarray(rng.integers(0, 256, (40, 40), dtype=np.uint8)).resize((800, 800))
    one, other = judged_region(large).grey, judged_region(large.resize((400, 400), Image.Resampling.BOX)).grey
    assert one == pytest.approx(other, abs=6)


SHARES = st.floats(0, 1)


@given(st.integers(1, 300), st.integers(1, 300), SHARES, SHARES, SHARES, SHARES)
def test_every_box_gives_a_region(width: int, height: int, x: float, y: float, across: float, down: float) -> None:
    picture = Image.new("L", (width, height), 77)
    # The finder gives no slivers: neither side of a box is more than four times the other.
    across, down = max(across, 0.05, down * height / width / 4), max(down, 0.05, across * width / height / 4)
    grey = judged_region(picture, NoseBox(x, y, across, down)).grey
    assert min(grey.shape) >= 16
    assert grey.dtype == np.float32
    assert (grey == 77).all()
