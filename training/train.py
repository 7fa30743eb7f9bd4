"""Train the embedder on generated noses, watching real photographs. Says nothing about the test dogs: see `measure`.

Run as `python -m training.train POOL ALIGNER.pt OUT --monitor PHOTOGRAPHS --steps 3000`; the same command goes on where it
stopped. Every step draws from its own seed, so a resumed training takes the same way as an uninterrupted one.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.losses import CosFace, supervised_contrastive
from training.monitor import Monitor, from_photographs
from training.network import DIMENSION, Aligner, Embedder, Straighten, channels_last
from training.pool import Pool


@dataclass(frozen=True)
class Plan:
    """The settings of one training, kept beside its checkpoints."""

    steps: int
    families: int
    strangers: int
    captures: int
    jitter: float
    rate: float
    decay: float
    cosface_share: float
    margin: float
    temperature: float
    widths: tuple[int, ...]
    dropout: float
    seed: int
    reduced: bool


class Pipeline(nn.Module):
    """From grey model inputs to embeddings: the aligner as it is, and an embedder."""

    def __init__(self, aligner: Aligner, embedder: Embedder) -> None:
        super().__init__()
        self.aligner, self.straighten, self.embedder = aligner, Straighten(), embedder

    def straight(self, grey: Tensor, jitter: Tensor | None = None) -> Tensor:
        """Return upright noses (n, 1, 112, 112) of pictures (n, 1, 224, 224); `jitter` (n, 3, 3) misplaces them."""
        with torch.no_grad():
            place = self.aligner(grey)
            straight: Tensor = self.straighten(grey, place if jitter is None else place @ jitter)
        return straight

    def forward(self, grey: Tensor) -> Tensor:
        """Embed (n, 1, 224, 224) float32 in [0, 1] to (n, 512)."""
        result: Tensor = self.embedder(self.straight(grey))
        return result


def draw_jitter(rng: np.random.Generator, count: int, strength: float) -> Tensor:
    """Draw small affine maps (count, 3, 3) float32: the aligner will err on real noses, and not always the same way."""
    jitter = np.tile(np.eye(3), (count, 1, 1))
    turn = np.radians(rng.normal(0, 2.0, count)) * strength
    jitter[:, 0, 1], jitter[:, 1, 0] = -turn, turn
    jitter[:, :2, :2] += rng.normal(0, 0.02, (count, 2, 2)) * strength
    jitter[:, :2, 2] = rng.normal(0, 0.025, (count, 2)) * strength
    return torch.from_numpy(jitter.astype(np.float32))


def cover_a_part(pictures: Tensor, rng: np.random.Generator, likelihood: float = 0.25) -> Tensor:
    """Paint a rectangle over a part of some pictures (n, 1, h, w), in place: no single patch may decide."""
    side = pictures.shape[-1]
    for picture in pictures:
        if rng.random() < likelihood:
            height, width = rng.integers(10, side * 2 // 5, 2)
            top, left = rng.integers(0, side - 10, 2)
            picture[:, top : top + height, left : left + width] = float(rng.random())
    return pictures


class Training:
    """The networks, the optimiser and where the training stands."""

    def __init__(self, plan: Plan, identities: int, aligner: Aligner) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.aligner = aligner.eval().requires_grad_(False)
        self.network = channels_last(Embedder(plan.widths, dropout=plan.dropout))
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.pipeline = Pipeline(self.aligner, self.average)
        self.cosface = CosFace(DIMENSION, identities, plan.margin)
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": plan.decay},
            {"params": others, "weight_decay": 0.0},
            {"params": list(self.cosface.parameters()), "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate)
        self.step = 0
        self.best = math.inf

    def learn(self, pictures: Tensor, identity: Tensor, rng: np.random.Generator) -> float:
        """Take one step on pictures (n, 1, 224, 224) of identities (n,) and return its loss."""
        self.network.train()
        jitter = draw_jitter(rng, len(pictures), self.plan.jitter)
        straight = cover_a_part(self.pipeline.straight(pictures, jitter), rng)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.plan.reduced):
            raw = self.network(straight.contiguous(memory_format=torch.channels_last))
        unit = functional.normalize(raw.float(), dim=1)
        loss = supervised_contrastive(unit, identity, self.plan.temperature)
        loss = loss + self.plan.cosface_share * self.cosface(unit, identity)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    def _rate(self) -> float:
        """A linear start over 100 steps, then half a cosine down to a hundredth."""
        warm = min(1.0, (self.step + 1) / 100)
        return self.plan.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.step / self.plan.steps)))

    def _follow(self) -> None:
        """Let the averaged network follow: it is what gets monitored and exported."""
        keep = min(0.995, 1 - 1 / (self.step / 4 + 1))
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
                else:
                    mean.copy_(now)

    def save(self, path: Path) -> None:
        """Write everything that is needed to go on, in one move so that a crash leaves the old file."""
        state = {
            "aligner": self.aligner.state_dict(),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "cosface": self.cosface.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "widths": self.plan.widths,
        }
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.cosface.load_state_dict(state["cosface"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]


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
        line = f"step {training.step}, {minutes:.1f} min, families {pool.ready_families()}, loss {np.mean(losses):.3f}, real: {seen}"
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
    parser.add_argument("--cosface-share", type=float, default=0.3)
    parser.add_argument("--margin", type=float, default=0.35)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--dropout", type=float, default=0.0)
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
    run(training, pool, from_photographs(arguments.monitor), arguments.out, arguments.every)


if __name__ == "__main__":
    main()
