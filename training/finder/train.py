"""Teach a finder from a pool, with or without the photographs of one fold, and export it.

Run as `python -m training.finder.train POOL OUT.onnx --photographs FOLDER [--fold 2] --steps 700`; minutes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from training.finder.losses import loss
from training.finder.network import Deployed, Maps, Whole
from training.finder.photographs import read_photographs
from training.network import channels_last

_OPSET = 17
_DESIGNS = {
    "maps": lambda side: Maps(),  # noqa: ARG005
    "grey": lambda side: Maps(grey=True),  # noqa: ARG005
    "wide": lambda side: Maps((16, 32, 48, 72, 96)),  # noqa: ARG005
    "whole": lambda side: Whole(side=side),
}


class Pool:
    """The pictures that may be learnt from, brought to the network's side once."""

    def __init__(self, folder: Path, left_out: set[int], side: int) -> None:
        pictures, truths = np.load(folder / "pictures.npy", mmap_mode="r"), np.load(folder / "truths.npy")
        allowed = np.flatnonzero(~np.isin(truths[:, 7:9], list(left_out)).any(axis=1))
        self._pictures = np.stack(
            [cv2.resize(pictures[n], (side, side), interpolation=cv2.INTER_AREA) for n in allowed]
        )
        self._truths = truths[allowed]

    def batch(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """Draw pictures (count, 3, side, side) float32 in [0, 1] and truths (count, 9)."""
        drawn = rng.choice(len(self._truths), count, replace=False)
        pictures = torch.from_numpy(self._pictures[drawn]).permute(0, 3, 1, 2)
        truths = torch.from_numpy(self._truths[drawn])
        if rng.random() < 0.5:
            pictures, truths = pictures.flip(3), _mirrored(truths)
        # A little of each colour more or less makes noses of any hue.
        tint = torch.from_numpy(np.exp(rng.normal(0, 0.08, (count, 3, 1, 1))) / 255).float()
        return (pictures * tint).clamp_(0, 1).contiguous(memory_format=torch.channels_last), truths


def _mirrored(truths: Tensor) -> Tensor:
    turned = truths.clone()
    turned[:, 1], turned[:, 3] = 1 - truths[:, 3], 1 - truths[:, 1]
    turned[:, 5] = -truths[:, 5]
    return turned


def teach(network: nn.Module, pool: Pool, arguments: argparse.Namespace) -> nn.Module:
    """Train and return the running average of the network's weights."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=arguments.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, arguments.rate, total_steps=arguments.steps, pct_start=0.15
    )
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.98), use_buffers=True
    )
    recent, start = [], time.monotonic()
    for step in range(1, arguments.steps + 1):
        rng = np.random.default_rng([arguments.seed, step])
        pictures, truths = pool.batch(rng, arguments.batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.reduced):
            maps = network(pictures)
        lost = loss(maps.float(), truths)
        optimiser.zero_grad(set_to_none=True)
        lost.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        recent.append(float(lost.detach()))
        if step % 50 == 0:
            print(f"step {step}: {np.mean(recent):.4f}, {time.monotonic() - start:.0f} s", flush=True)
            recent = []
    return average.module.eval()


def export(network: nn.Module, path: Path, side: int) -> None:
    """Write one ONNX file: `picture` (1, 3, side, side) to `nose` (1, 8), as `network.Deployed` says."""
    torch.onnx.export(
        Deployed(network).eval(), (torch.rand(1, 3, side, side),), str(path), dynamo=False, opset_version=_OPSET,
        input_names=["picture"], output_names=["nose"],
    )  # fmt: skip


def main() -> None:
    """Train and export one finder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--fold", type=int, default=-1, help="leave out this fold's photographs; -1 leaves out none")
    parser.add_argument("--design", choices=_DESIGNS, default="maps")
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--reduced", action="store_true", help="compute in bfloat16; wants avx512_bf16")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.manual_seed(arguments.seed)
    photographs = read_photographs(arguments.photographs)
    left_out = {number for number, photograph in enumerate(photographs) if photograph.fold == arguments.fold}
    network = channels_last(_DESIGNS[arguments.design](arguments.side))
    export(teach(network, Pool(arguments.pool, left_out, arguments.side), arguments), arguments.out, arguments.side)


if __name__ == "__main__":
    main()
