"""Teach the aligner where the nose is. The generator knows the truth for every picture it made.

Run as `python -m training.train_aligner POOL ALIGNER.pt --steps 1500`; some minutes on two cores.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.network import Aligner, channels_last
from training.pool import Pool


def _ring() -> Tensor:
    """Points of the nose's box on which a place is judged: twelve on a circle and the middle, (3, 13)."""
    angle = torch.arange(12) / 12 * 2 * math.pi
    ring = torch.stack([0.9 * torch.cos(angle), 0.9 * torch.sin(angle)])
    return torch.cat([torch.cat([ring, torch.zeros(2, 1)], dim=1), torch.ones(1, 13)])


def misplacement(found: Tensor, true: Tensor) -> Tensor:
    """Return the mean distance between places (n, 2, 3), as a share of half the picture's side."""
    apart: Tensor = torch.matmul(found - true, _ring()).norm(dim=1).mean()
    return apart


def cover_a_part(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Paint a grey rectangle over a part of every third picture (n, 1, h, w), in place: nothing is always in sight."""
    side = pictures.shape[-1]
    for picture in pictures[::3]:
        height, width = rng.integers(side // 10, side * 2 // 5, 2)
        top, left = rng.integers(0, side - side // 10, 2)
        picture[:, top : top + height, left : left + width] = float(rng.random())
    return pictures


def main() -> None:
    """Train and save the aligner."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.manual_seed(arguments.seed)
    pool, aligner = Pool(arguments.pool), channels_last(Aligner())
    optimiser = torch.optim.AdamW(aligner.parameters(), lr=arguments.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, arguments.rate, total_steps=arguments.steps, pct_start=0.1
    )
    recent: list[float] = []
    for step in range(1, arguments.steps + 1):
        rng = np.random.default_rng([arguments.seed, step])
        pictures, places = pool.any_pictures(rng, arguments.batch)
        loss = misplacement(aligner(cover_a_part(pictures, rng)), places)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if step % 100 == 0:
            print(f"step {step}: misplaced by {np.mean(recent):.4f}", flush=True)
            recent = []
            torch.save(aligner.state_dict(), arguments.out)
    torch.save(aligner.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
