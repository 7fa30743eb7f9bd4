"""Views and places: the algebra of affine maps, and that the quick way of straightening is the network's."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="views are made for the network: see training/requirements.txt")
cv2 = pytest.importorskip("cv2", reason="views need OpenCV: see training/requirements.txt")

from training import views  # noqa: E402
from training.generator import build, take  # noqa: E402
from training.network import Straighten  # noqa: E402


def test_a_place_within_a_view_is_found_again_through_the_view() -> None:
    rng = np.random.default_rng(1)
    outer, places = views.draw_views(rng, 5), views.draw_views(rng, 5)
    assert np.allclose(views.after(outer, views.within(outer, places)), places, atol=1e-6)


def test_straightening_here_and_in_the_network_agree() -> None:
    taken = take(build(3, size=128), 1, 224)
    picture, place = taken.photo[None, :, :, 0], taken.place[None]
    quick = views.as_tensor(views.straighten(picture, place, 0.05))
    slow = Straighten()(views.as_tensor(picture), torch.from_numpy(place[None]), 0.05)
    assert (quick - slow).abs().mean() < 0.01


def test_a_view_moves_the_nose_to_where_it_says() -> None:
    picture = np.zeros((1, 224, 224), np.uint8)
    picture[0, 160:176, 40:56] = 255
    middle = np.array([[[1, 0, (48 - 112) / 112], [0, 1, (168 - 112) / 112]]], np.float32)
    seen = views.see(picture, middle)[0]
    down, across = np.nonzero(seen)
    assert abs(down.mean() - 111.5) < 1
    assert abs(across.mean() - 111.5) < 1


def test_mistakes_grow_with_their_strength() -> None:
    small, large = (views.draw_mistakes(np.random.default_rng(2), 200, strength) for strength in (0.5, 2.0))
    upright = np.eye(2, 3, dtype=np.float32)
    assert np.abs(large - upright).mean() > 3 * np.abs(small - upright).mean()
    assert not np.abs(views.draw_mistakes(np.random.default_rng(2), 3, 0.0) - upright).any()
