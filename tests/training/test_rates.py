"""The error rates behave as ISO/IEC 19795-1 defines them."""

from __future__ import annotations

import numpy as np
import pytest

from training.rates import equal_error_rate, fnmr_at, pair_scores


def test_separate_scores_have_no_errors() -> None:
    genuine, impostor = np.array([0.8, 0.9]), np.array([0.1, 0.2, 0.3])
    assert equal_error_rate(genuine, impostor) == 0
    assert fnmr_at(genuine, impostor, 0.01) == 0


def test_equal_distributions_err_half_the_time() -> None:
    scores = np.linspace(0, 1, 1001)
    assert equal_error_rate(scores, scores) == pytest.approx(0.5, abs=0.01)


def test_fnmr_lets_no_more_impostors_pass_than_allowed() -> None:
    genuine, impostor = np.array([0.2, 0.5, 0.95]), np.linspace(0, 0.99, 100)
    assert fnmr_at(genuine, impostor, 0.10) == pytest.approx(2 / 3)


def test_dogs_that_may_be_one_make_no_impostor_pairs() -> None:
    units = np.eye(3, dtype=np.float32)
    genuine, impostor = pair_scores(units, ["a", "b", "c"], {"a": "x", "b": "x", "c": "y"})
    assert len(genuine) == 0
    assert len(impostor) == 2
