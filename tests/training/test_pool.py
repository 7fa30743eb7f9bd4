"""A pool gives whole families, keeps mirror images apart as identities, and numbers them from its first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from training.pool import Pool

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = np.zeros((4, 3, 8, 8), np.uint8)
    pictures[..., 0] = 10 * (1 + np.arange(4))[:, None, None]
    places = np.tile(np.array([[1, 0.5, 0.25], [0.5, 1, 0.125]], np.float32), (4, 3, 1, 1))
    np.save(tmp_path / "pictures.npy", pictures)
    np.save(tmp_path / "places.npy", places)
    return tmp_path


def test_mirrored_members_are_identities_of_their_own(folder: Path) -> None:
    pool = Pool(folder, family_size=2, first_label=100)
    plain = pool.members(np.random.default_rng(0), range(4), mirrored=False)
    mirrored = pool.members(np.random.default_rng(0), range(4), mirrored=True)
    assert plain.identities.tolist() == [100, 100, 101, 101, 102, 102, 103, 103]
    assert mirrored.identities.tolist() == [104, 104, 105, 105, 106, 106, 107, 107]
    assert np.array_equal(mirrored.pictures, plain.pictures[:, :, ::-1])
    assert mirrored.places[0].tolist() == [[1, -0.5, -0.25], [-0.5, 1, 0.125]]


def test_whole_families_come_together_and_strangers_alone(folder: Path) -> None:
    draw = Pool(folder, family_size=2).relatives(np.random.default_rng(3), families=1, strangers=1, captures=2)
    members = draw.identities[::2] % 4
    assert len(members) == 3
    assert members[0] // 2 == members[1] // 2 != members[2] // 2


def test_draws_add_up(folder: Path) -> None:
    pool = Pool(folder, family_size=2)
    first, second = (pool.any_pictures(np.random.default_rng(k), 5) for k in range(2))
    both = first + second
    assert both.pictures.shape == (10, 8, 8)
    assert both.identities.tolist() == [*first.identities, *second.identities]
