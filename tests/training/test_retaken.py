"""Retaken photographs: the place that comes with one is where the nose went."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="photographs are placed by a network: see training/requirements.txt")
pytest.importorskip("cv2", reason="retaking needs OpenCV: see training/requirements.txt")

from training import views
from training.make_retaken_noses import retake


def test_a_bright_spot_on_the_nose_stays_where_the_place_says() -> None:
    picture = np.full((224, 224), 60, np.uint8)
    picture[92:132, 92:132] = 250
    middles = []
    for seed in range(12):
        again, place = retake(picture, np.eye(2, 3, dtype=np.float32), np.random.default_rng(seed))
        straight = views.straighten(again[None], place[None], 0.0)[0].astype(float)
        down, across = np.nonzero(straight > np.percentile(straight, 97))
        middles.append((np.median(down) - 55.5, np.median(across) - 55.5))
    assert np.median(np.abs(middles)) < 3
