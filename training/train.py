"""Train the embedder on generated noses, watching real photographs. Says nothing about the test dogs: see `measure`.

Run as `python -m training.train POOL ALIGNER.pt OUT --monitor PHOTOGRAPHS --steps 3000`; the same command goes
on where it stopped. Every step draws from its own seed, so a resumed training takes the same
way as an uninterrupted one.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from training.monitor import Monitor, from_photographs
from training.network import Aligner
from training.pool import Pool
from training.trainer import Plan, Training


def run(training: Training, pool: Pool, monitor: Monitor, out: Path, every: int) -> None:
    """Train to the plan's end; every so many steps look at real photographs, keep the state and the best so far."""
    begun, losses = time.monotonic(), []
    plan = training.plan
    while training.step < plan.steps:
        rng = np.random.default_rng([plan.seed, training.step])
        pictures, identity = pool.families(rng, plan.families, plan.strangers, plan.captures)
        losses.append(training.learn(pictures, identity, rng))
        if training.step % every and training.step != plan.steps:
            continue
        seen = monitor.rates(training.pipeline)
        score = seen.eer + seen.fnmr_at_1_percent
        if score <= training.best:
            training.best = score
            training.save(out / "best.pt")
        training.save(out / "last.pt")
        minutes = (time.monotonic() - begun) / 60
        state = f"step {training.step}, {minutes:.1f} min, families {pool.ready_families()}"
        line = f"{state}, loss {np.mean(losses):.3f}, real: {seen}"
        print(line, flush=True)
        with (out / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        losses = []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("aligner", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--monitor", type=Path, required=True, help="folder of photographs, one for each dog")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--families", type=int, default=3, help="whole families in a batch")
    parser.add_argument("--strangers", type=int, default=6, help="single identities of other families in a batch")
    parser.add_argument("--jitter", type=float, default=1.0, help="how much places are disturbed")
    parser.add_argument("--captures", type=int, default=4, help="pictures of each identity in a batch")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--cosface-share", type=float, default=0.0, help="only with --start-from")
    parser.add_argument("--margin", type=float, default=0.35)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--dropout", type=float, default=0.0)
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
    (arguments.out / "plan.json").write_text(json.dumps(plan.__dict__, indent=2), encoding="utf-8")
    pool = Pool(arguments.pool)
    aligner = Aligner()
    aligner.load_state_dict(torch.load(arguments.aligner, weights_only=True))
    training = Training(plan, pool.identities, aligner)
    if (arguments.out / "last.pt").exists():
        training.load(arguments.out / "last.pt")
    elif arguments.start_from:
        training.start_from(arguments.start_from)
        if plan.cosface_share:
            training.seat_centres(pool)
    run(training, pool, from_photographs(arguments.monitor), arguments.out, arguments.every)


if __name__ == "__main__":
    main()
