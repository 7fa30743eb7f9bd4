"""Train the embedder on generated noses and retaken photographs. Says nothing about the test dogs: see `measure`.

Run as `python -m training.train OUT --noses POOL [POOL ...] --steps 600 ...`; the same command goes on where it
stopped. Every step draws from its own seed, so a resumed training takes the same way as an uninterrupted one.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from training.generator import FAMILY_SIZE
from training.monitor import Monitor, from_photographs
from training.network import Aligner, Pipeline
from training.pool import Draw, Pool
from training.trainer import Plan, Training


class Pools:
    """All that a training draws from: generated noses, a batch from one pool at a time, and retaken photographs."""

    def __init__(self, noses: list[Path], photographs: Path | None) -> None:
        self.all: list[Pool] = []
        for folder in noses:
            self.all.append(Pool(folder, FAMILY_SIZE, self.identities))
        self._generated = list(self.all)
        self._photographed = Pool(photographs, 1, self.identities) if photographs else None
        if self._photographed:
            self.all.append(self._photographed)

    @property
    def identities(self) -> int:
        """How many identities there are in all."""
        return sum(pool.identities for pool in self.all)

    def draw(self, plan: Plan, rng: np.random.Generator) -> Draw:
        """Draw the pictures of one step."""
        shares = np.array([pool.families for pool in self._generated], dtype=float)
        pool = self._generated[int(rng.choice(len(shares), p=shares / shares.sum()))]
        draw = pool.relatives(rng, plan.families, plan.strangers, plan.captures)
        if self._photographed and plan.photographed:
            draw = draw + self._photographed.relatives(rng, plan.photographed, 0, plan.captures)
        return draw


def run(training: Training, pools: Pools, watch: tuple[Monitor, Aligner], out: Path, every: int) -> None:
    """Train to the plan's end; every so many steps look at real photographs, keep the state and the best so far."""
    begun, losses = time.monotonic(), []
    plan, (monitor, aligner) = training.plan, watch
    while training.step < plan.steps:
        rng = np.random.default_rng([plan.seed, training.step])
        losses.append(training.learn(pools.draw(plan, rng), rng))
        if training.step % every and training.step != plan.steps:
            continue
        seen = monitor.rates(Pipeline(aligner, training.average))
        score = seen.eer + seen.fnmr_at_1_percent
        if score <= training.best:
            training.best = score
            training.save(out / "best.pt")
        training.save(out / "last.pt")
        minutes = (time.monotonic() - begun) / 60
        line = f"step {training.step}, {minutes:.1f} min, loss {np.mean(losses):.3f}, real: {seen}"
        print(line, flush=True)
        with (out / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        losses = []


def keep_plan(plan: Plan, out: Path) -> None:
    """Write the plan beside the checkpoints, or refuse to go on with another than the one that is there."""
    text = json.dumps(plan.__dict__, indent=2)
    path = out / "plan.json"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{path} is another plan: go on with its settings or train into another folder")
    path.write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--noses", type=Path, nargs="+", required=True, help="pools of generated noses")
    parser.add_argument("--photographs", type=Path, help="pool of retaken photographs")
    parser.add_argument("--aligner", type=Path, required=True, help="for looking at the monitor's photographs")
    parser.add_argument("--monitor", type=Path, required=True, help="folder of photographs, one for each dog")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--families", type=int, default=3, help="whole families in a batch")
    parser.add_argument("--strangers", type=int, default=6, help="single identities of other families in a batch")
    parser.add_argument("--photographed", type=int, default=0, help="dogs of retaken photographs in a batch")
    parser.add_argument("--captures", type=int, default=4, help="pictures of each identity in a batch")
    parser.add_argument("--mistakes", type=float, default=1.5, help="how much places are disturbed")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--cosface-share", type=float, default=0.0, help="only with --start-from")
    parser.add_argument("--margin", type=float, default=0.35)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--start-from", type=Path, help="checkpoint of an earlier training whose network is taken over")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=100, help="steps between two looks at the real photographs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reduced", action="store_true", help="compute in bfloat16, for processors with avx512_bf16")
    return parser.parse_args()


def main() -> None:
    """Train, or go on training."""
    arguments = _arguments()
    torch.set_flush_denormal(True)
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    fields = {name: getattr(arguments, name) for name in Plan.__annotations__ if name != "widths"}
    plan = Plan(**fields, widths=tuple(arguments.widths))
    arguments.out.mkdir(parents=True, exist_ok=True)
    keep_plan(plan, arguments.out)
    pools = Pools(arguments.noses, arguments.photographs)
    training = Training(plan, pools.identities)
    if (arguments.out / "last.pt").exists():
        training.load(arguments.out / "last.pt")
    elif arguments.start_from:
        training.start_from(arguments.start_from)
        if plan.cosface_share:
            training.seat_centres(pools.all)
    aligner = Aligner()
    aligner.load_state_dict(torch.load(arguments.aligner, weights_only=True))
    taught = (arguments.photographs / "names.txt").read_text().split() if arguments.photographs else []
    run(training, pools, (from_photographs(arguments.monitor, without=taught), aligner), arguments.out, arguments.every)


if __name__ == "__main__":
    main()
