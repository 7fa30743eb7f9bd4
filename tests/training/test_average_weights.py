"""The mean of two states of one network."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="weights are PyTorch's: see training/requirements.txt")

from training.average_weights import average  # noqa: E402


def test_every_number_is_the_mean_and_keeps_its_type() -> None:
    first = {"weight": torch.tensor([1.0, 3.0]), "batches": torch.tensor(4)}
    second = {"weight": torch.tensor([2.0, 5.0]), "batches": torch.tensor(6)}
    mean = average(first, second)
    assert mean["weight"].tolist() == [1.5, 4.0]
    assert mean["batches"].item() == 5
    assert mean["batches"].dtype == torch.int64
