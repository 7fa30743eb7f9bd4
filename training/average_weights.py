"""Average the weights of two aligners of one training (P. Izmailov et al., UAI 2018): their mistakes differ.

Run as `python -m training.average_weights FIRST.pt SECOND.pt OUT.pt`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor


def average(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the mean of two states of the same network, each number in its own type."""
    return {name: ((first[name].float() + second[name].float()) / 2).to(first[name].dtype) for name in first}


def main() -> None:
    """Read two, write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    first, second = (torch.load(path, weights_only=True) for path in (arguments.first, arguments.second))
    torch.save(average(first, second), arguments.out)


if __name__ == "__main__":
    main()
