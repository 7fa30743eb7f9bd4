"""One training: its settings, the step, and its state on disk. Which pictures and how long is decided in `train`."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.losses import CosFace, supervised_contrastive
from training.network import DIMENSION, Aligner, Embedder, Straighten, channels_last

if TYPE_CHECKING:
    from pathlib import Path

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
        # Plain descent for the centres: Adam would move those of identities that are not in the batch just as far.
        self.centres = torch.optim.SGD(self.cosface.parameters(), lr=0.2)
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": plan.decay},
            {"params": others, "weight_decay": 0.0},
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
        if self.plan.cosface_share:
            loss = loss + self.plan.cosface_share * self.cosface(unit, identity)
        self._descend(loss)
        self.step += 1
        self._follow()
        return float(loss.detach())

    def _descend(self, loss: Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        self.centres.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.centres.step()

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
        state = self.start_from(path)
        self.cosface.load_state_dict(state["cosface"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]

    def start_from(self, path: Path) -> dict[str, Any]:
        """Take over the averaged network of another training, and return the rest of its state."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.average.load_state_dict(state["average"])
        self.network.load_state_dict(state["network"])
        return state

    def seat_centres(self, pool: Pool) -> None:
        """Put every identity's CosFace centre where the network already sees it.

        From a random start they would mislead for long: with thousands of identities, each is met only a few times.
        """
        self.average.eval()
        rng = np.random.default_rng([self.plan.seed, 0])
        for mirrored in (False, True):
            for first in range(0, pool.identities // 2, 24):
                pictures, identity = pool.members(rng, range(first, min(first + 24, pool.identities // 2)), mirrored)
                with torch.no_grad():
                    unit = functional.normalize(self.pipeline(pictures), dim=1)
                    self.cosface.centres[identity[::2]] = functional.normalize(unit[::2] + unit[1::2], dim=1)
