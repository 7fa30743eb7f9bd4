"""The promises of the nose generator: repeatable, well-formed, and families that differ in their beads alone."""

from __future__ import annotations

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="the generator needs OpenCV: see training/requirements.txt")

from training.generator import FAMILY_SIZE, Style, build, photograph  # noqa: E402


def test_same_seeds_give_the_same_picture() -> None:
    first, second = (photograph(build(12, size=96), 3, 64) for _ in range(2))
    assert np.array_equal(first, second)


def test_another_capture_or_identity_gives_another_picture() -> None:
    nose = build(12, size=96)
    reference = photograph(nose, 3, 64)
    assert not np.array_equal(reference, photograph(nose, 4, 64))
    assert not np.array_equal(reference, photograph(build(13, size=96), 3, 64))


@pytest.mark.parametrize(("colour", "channels"), [(False, 1), (True, 3)])
@pytest.mark.parametrize("style", list(Style))
def test_pictures_are_eight_bit_squares(colour: bool, channels: int, style: Style) -> None:
    photo = photograph(build(5, size=96), 0, 80, colour=colour, style=style)
    assert photo.shape == (80, 80, channels)
    assert photo.dtype == np.uint8
    assert photo.std() > 1


def test_a_family_shares_its_large_shape_and_differs_in_beads() -> None:
    first, sibling, stranger = build(0, size=96), build(1, size=96), build(FAMILY_SIZE, size=96)
    assert first.traits == sibling.traits
    assert np.array_equal(first.height, sibling.height)
    assert not np.array_equal(first.planes, sibling.planes)
    assert first.traits != stranger.traits


def test_every_plane_is_finite() -> None:
    for identity in range(0, 60, FAMILY_SIZE):
        nose = build(identity, size=96)
        assert np.isfinite(nose.planes).all()
        assert np.isfinite(nose.height).all()


def test_the_same_nose_at_another_resolution_looks_alike() -> None:
    small, large = (photograph(build(7, size=size), 0, 64, style=Style.BURST).astype(float) for size in (192, 384))
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.9
