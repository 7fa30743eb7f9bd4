"""One training: its settings, the step, and its state on disk. Which pictures and how long is decided in `train`."""

from __future__ import annotations

import copy
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training import views
from training.losses import CosFace, supervised_contrastive
from training.network import DIMENSION, Embedder, channels_last

if TYPE_CHECKING:
    from pathlib import Path

    from training.pool import Draw, Pool


@dataclass(frozen=True)
class Plan:
    """The settings of one training, kept beside its checkpoints."""

    steps: int
    families: int
    strangers: int
    photographed: int
    captures: int
    mistakes: float
    rate: float
    decay: float
    cosface_share: float
    margin: float
    temperature: float
    widths: tuple[int, ...]
    seed: int
    reduced: bool


class Training:
    """The network, the optimiser and where the training stands.

    The aligner takes no part: noses are straightened by where they truly are, and by mistakes drawn to be like its own.
    """

    def __init__(self, plan: Plan, identities: int) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.network = channels_last(Embedder(plan.widths))
        self.average = copy.deepcopy(self.network).requires_grad_(False)
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

    def learn(self, draw: Draw, rng: np.random.Generator) -> float:
        """Take one step on the pictures of a draw and return its loss."""
        self.network.train()
        mistaken = views.after(draw.places, views.draw_mistakes(rng, len(draw.places), self.plan.mistakes))
        straight = views.cover_a_part(views.straighten(draw.pictures, mistaken, Embedder.margin), rng, 0.25)
        identity = torch.from_numpy(draw.identities)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.plan.reduced):
            raw = self.network(views.as_tensor(straight))
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

    def seat_centres(self, pools: list[Pool]) -> None:
        """Put every identity's CosFace centre where the network already sees it.

        From a random start they would mislead for long: with thousands of identities, each is met only a few times.
        """
        self.average.eval()
        rng = np.random.default_rng([self.plan.seed, 0])
        for pool, mirrored in itertools.product(pools, (False, True)):
            for first in range(0, pool.identities // 2, 24):
                some = range(first, min(first + 24, pool.identities // 2))
                draw = pool.members(rng, some, mirrored=mirrored)
                straight = views.as_tensor(views.straighten(draw.pictures, draw.places, Embedder.margin))
                with torch.no_grad():
                    unit = functional.normalize(self.average(straight), dim=1)
                    self.cosface.centres[draw.identities[::2]] = functional.normalize(unit[::2] + unit[1::2], dim=1)
