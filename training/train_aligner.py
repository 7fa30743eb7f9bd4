"""Teach the aligner where the nose is: the generator knows, and for retaken photographs it is found by `consensus`.

Run as `python -m training.train_aligner ALIGNER.pt --noses POOL [POOL ...] --photographs RETAKEN --steps 800`; some
minutes on two cores.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from training import views
from training.generator import FAMILY_SIZE
from training.network import Aligner, Look, channels_last, corrected
from training.pool import Draw, Pool


def misplacement(found: Tensor, true: Tensor) -> Tensor:
    """Return the mean distance between places (n, 2, 3), as a share of half the picture's side.

    Judged on twelve points around the nose and its middle.
    """
    angle = torch.arange(12) / 12 * 2 * math.pi
    around = torch.stack([0.9 * torch.cos(angle), 0.9 * torch.sin(angle)])
    points = torch.cat([torch.cat([around, torch.zeros(2, 1)], dim=1), torch.ones(1, 13)])
    apart: Tensor = torch.matmul(found - true, points).norm(dim=1).mean()
    return apart


class Lesson:
    """The aligner, its optimiser and how it learns."""

    def __init__(self, aligner: Aligner, rate: float, steps: int, *, reduced: bool) -> None:
        self.aligner = channels_last(aligner)
        self._reduced = reduced
        groups = [{"params": aligner.glance.parameters()}, {"params": aligner.look.parameters()}]
        self._optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=0.02)
        # The glance settles with less: it is the easier half.
        rates = [0.4 * rate, rate]
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimiser, rates, total_steps=steps, pct_start=0.1)

    def learn(self, draw: Draw, rng: np.random.Generator) -> tuple[float, float]:
        """Take one step; return the misplacement after the glance and after a look."""
        count = len(draw.pictures)
        views_of = views.draw_views(rng, count)
        borders = rng.choice([cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101], count).tolist()
        seen = views.cover_a_part(views.see(draw.pictures, views_of, borders), rng, 1 / 3)
        places = views.within(views_of, draw.places)
        glanced = self._computed(self.aligner.glance, seen)
        # Half the looks start from anywhere near the truth, so that they meet every size of mistake.
        half = count // 2
        mistakes = rng.normal(0, 0.06, (half, 2, 3)) + np.eye(2, 3)
        near = views.after(places[:half], mistakes.astype(np.float32))
        start = np.concatenate([near, glanced.detach().numpy()[half:]])
        looked = self._computed(self.aligner.look, views.straighten(seen, start, Look.margin))
        true = torch.from_numpy(places)
        first, second = misplacement(glanced, true), misplacement(corrected(torch.from_numpy(start), looked), true)
        self._descend(first + 2 * second)
        return first.item(), second.item()

    def _computed(self, network: nn.Module, pictures: views.Pictures) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._reduced):
            found: Tensor = network(views.as_tensor(pictures))
        return found.float()

    def _descend(self, loss: Tensor) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.aligner.parameters(), 5.0)
        self._optimiser.step()
        self._schedule.step()


def main() -> None:
    """Train and save the aligner."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--noses", type=Path, nargs="+", required=True, help="pools of generated noses")
    parser.add_argument("--photographs", type=Path, help="pool of retaken photographs, a quarter of every batch")
    parser.add_argument("--glance", type=Path, help="start from a glance trained earlier")
    parser.add_argument("--start-from", type=Path, help="start from an aligner trained earlier")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reduced", action="store_true", help="compute in bfloat16, for processors with avx512_bf16")
    arguments = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(arguments.seed)
    pools = [Pool(folder, FAMILY_SIZE) for folder in arguments.noses]
    shares = [arguments.batch // len(pools)] * len(pools)
    if arguments.photographs:
        pools.append(Pool(arguments.photographs, 1))
        shares = [share * 3 // 4 for share in shares] + [arguments.batch // 4]
    aligner = Aligner()
    if arguments.glance:
        aligner.glance.load_state_dict(torch.load(arguments.glance, weights_only=True))
    if arguments.start_from:
        aligner.load_state_dict(torch.load(arguments.start_from, weights_only=True))
    lesson, recent = Lesson(aligner, arguments.rate, arguments.steps, reduced=arguments.reduced), []
    for step in range(1, arguments.steps + 1):
        rng = np.random.default_rng([arguments.seed, step])
        draw = sum_of([pool.any_pictures(rng, share) for pool, share in zip(pools, shares, strict=True)])
        recent.append(lesson.learn(draw, rng))
        if step % 50 == 0 or step == arguments.steps:
            print(f"step {step}: misplaced by", np.mean(recent, axis=0).round(4), flush=True)
            recent = []
            torch.save(aligner.state_dict(), arguments.out)


def sum_of(draws: list[Draw]) -> Draw:
    """Put several draws into one."""
    first, *others = draws
    for other in others:
        first = first + other
    return first


if __name__ == "__main__":
    main()
