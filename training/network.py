"""The embedder: local contrast normalisation, strided residual blocks, and a linear layer that knows the place."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

DIMENSION = 512
_Network = TypeVar("_Network", bound=nn.Module)
_WINDOW = 17


def channels_last(network: _Network) -> _Network:
    """Lay a network's weights out with the channels last: on a CPU its convolutions take two thirds of the time."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


class LocalContrast(nn.Module):
    """Subtract the local mean and divide by the local deviation, over 17 by 17 pixels.

    Light, exposure and the contrast stretching of phones change these two most; what is left is the relief.
    """

    def forward(self, grey: Tensor) -> Tensor:
        """Normalise (n, 1, h, w) float32 in [0, 1]."""
        pad = _WINDOW // 2
        mean = functional.avg_pool2d(grey, _WINDOW, 1, pad, count_include_pad=False)
        centred = grey - mean
        variance = functional.avg_pool2d(centred * centred, _WINDOW, 1, pad, count_include_pad=False)
        # The constant keeps sensor noise in flat, dark places from being blown up to full contrast.
        return centred / (torch.sqrt(variance + 1e-6) + 0.02)


class Block(nn.Module):
    """Two 3 by 3 convolutions and a shortcut (K. He et al., CVPR 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        return functional.relu(self.body(x) + self.shortcut(x))


class Embedder(nn.Module):
    """Grey pictures (n, 1, 112, 112) float32 in [0, 1] to (n, 512) float32, not yet of unit length.

    No global pooling: the print is the arrangement of the beads, so every place has weights of its own.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128), depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        stem = widths[0]
        layers: list[nn.Module] = [
            LocalContrast(),
            nn.Conv2d(1, stem, 5, 2, 2, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        inputs = stem
        for width in widths:
            for number in range(depth):
                layers.append(Block(inputs, width, 2 if number == 0 else 1))
                inputs = width
        layers += [nn.Conv2d(inputs, 64, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        grid = 112 // 2 // 2 ** len(widths)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(64 * grid * grid, DIMENSION))

    def forward(self, grey: Tensor) -> Tensor:
        """Embed."""
        result: Tensor = self.head(self.features(grey))
        return result


class Aligner(nn.Module):
    """Finds the nose: grey pictures (n, 1, 224, 224) in [0, 1] to (n, 2, 3), as `generator.Take.place` says it.

    A spatial transformer's localisation network (M. Jaderberg et al., NeurIPS 2015), but taught where the nose is
    instead of left to find out: the generator knows.
    """

    def __init__(self) -> None:
        super().__init__()
        last = nn.Linear(128, 6)
        nn.init.normal_(last.weight, std=0.01)
        last.bias.data = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
        self.body = nn.Sequential(
            nn.AvgPool2d(4),
            LocalContrast(),
            nn.Conv2d(1, 24, 5, 2, 2, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            Block(24, 48, 2),
            Block(48, 96, 2),
            nn.Conv2d(96, 48, 1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(48 * 7 * 7, 128),
            nn.ReLU(),
            last,
        )

    def forward(self, grey: Tensor) -> Tensor:
        """Locate."""
        result: Tensor = self.body(grey).view(-1, 2, 3)
        return result


class Straighten(nn.Module):
    """Cuts the nose out upright and filling the frame: (n, 1, 224, 224) and places (n, 2, 3) to (n, 1, 112, 112)."""

    points: Tensor

    def __init__(self, margin: float = 0.05) -> None:
        super().__init__()
        axis = ((torch.arange(224) + 0.5) / 224 * 2 - 1) * (1 + margin)
        down, across = torch.meshgrid(axis, axis, indexing="ij")
        points = torch.stack([across.flatten(), down.flatten(), torch.ones(224 * 224)])
        self.register_buffer("points", points, persistent=False)

    def forward(self, grey: Tensor, place: Tensor) -> Tensor:
        """Sample at the input's resolution and average 2 by 2, so that nothing fine turns into patterns of its own."""
        where = torch.matmul(place, self.points).transpose(1, 2).reshape(-1, 224, 224, 2)
        seen = functional.grid_sample(grey, where, mode="bilinear", padding_mode="border", align_corners=False)
        return functional.avg_pool2d(seen, 2)


class Deployed(nn.Module):
    """The whole model behind the documented signature: (n, 3, 224, 224) RGB in [0, 1] to (n, 512) of unit length."""

    luma: Tensor

    def __init__(self, aligner: Aligner, embedder: Embedder) -> None:
        super().__init__()
        self.aligner, self.straighten, self.embedder = aligner, Straighten(), embedder
        # Rec. 601 luma, as in JPEG and as in the pictures trained on.
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Convert to grey, straighten, embed, normalise."""
        grey = (image * self.luma).sum(dim=1, keepdim=True)
        straight = self.straighten(grey, self.aligner(grey))
        raw: Tensor = self.embedder(straight)
        # Written out, since the exporter loses the width of what `functional.normalize` gives.
        unit: Tensor = raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return unit
