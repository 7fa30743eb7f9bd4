"""What the work folder promises: nothing is computed twice, and nothing stale is taken for new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from training.report import work as module
from training.report.work import Work, digest, source_of

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_computed_is_read_again(tmp_path: Path) -> None:
    calls = []

    def compute() -> np.ndarray:
        calls.append(1)
        return np.arange(3)

    for _ in range(2):
        assert Work(tmp_path / "new").remember("numbers", ["a", b"b"], compute).tolist() == [0, 1, 2]
    assert len(calls) == 1


def test_another_ingredient_is_computed_anew(tmp_path: Path) -> None:
    work = Work(tmp_path)

    work.remember("numbers", ["a"], lambda: np.arange(3))

    assert work.remember("numbers", ["b"], lambda: np.arange(2)).tolist() == [0, 1]


def test_a_broken_off_computation_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> np.ndarray:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Work(tmp_path).remember("numbers", ["a"], fail)

    assert list(tmp_path.iterdir()) == []


def test_where_an_ingredient_ends_counts() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest(["a"]) == digest([b"a"])


def test_a_modules_source_is_an_ingredient() -> None:
    assert b"as an ingredient" in source_of(module)
