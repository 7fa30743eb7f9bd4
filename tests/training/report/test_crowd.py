"""False matches among generated dogs are counted by kind, each pair once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.report.crowd import populations

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.report.bench import Bench


def test_pairs_are_counted_once_and_by_kind(make_bench: Callable[..., Bench]) -> None:
    angles = np.radians([0, 10, 60, 90, 90, 90, 180, 200])
    generated = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    real = np.array([[1.0, 0.0]], np.float32)

    crossed, siblings, strangers = populations(real, generated, make_bench())

    assert (crossed.kind, crossed.verdicts.comparisons, crossed.verdicts.same) == ("real with generated", 8, 2)
    # A family of six, and the first two of the next.
    assert siblings.verdicts.comparisons == 15 + 1
    assert strangers.verdicts.comparisons == 12
    assert strangers.verdicts.same == 0
    assert siblings.greatest > 0.99


def test_without_siblings_nothing_is_said_of_them(make_bench: Callable[..., Bench]) -> None:
    one = np.array([[1.0, 0.0]], np.float32)

    assert [each.kind for each in populations(one, one, make_bench())] == ["real with generated"]
