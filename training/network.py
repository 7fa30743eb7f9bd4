"""The embedder: local contrast normalisation, strided residual blocks, and a linear layer that knows the place."""

from __future__ import annotations

import math
from itertools import pairwise
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


def _local_mean(x: Tensor) -> Tensor:
    """Average (n, 1, h, w) over the window, first along, then across: the mean of one go at an eighth of its work."""
    pad = _WINDOW // 2
    along = functional.avg_pool2d(x, (1, _WINDOW), 1, (0, pad), count_include_pad=False)
    return functional.avg_pool2d(along, (_WINDOW, 1), 1, (pad, 0), count_include_pad=False)


class LocalContrast(nn.Module):
    """Subtract the local mean and divide by the local deviation, over 17 by 17 pixels.

    Light, exposure and the contrast stretching of phones change these two most; what is left is the relief.
    """

    def forward(self, grey: Tensor) -> Tensor:
        """Normalise (n, 1, h, w) float32 in [0, 1]."""
        centred = grey - _local_mean(grey)
        variance = _local_mean(centred * centred)
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

    margin = 0.05

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128), depth: int = 2) -> None:
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
        # The identity keeps the layers' numbers of checkpoints from when dropout stood there.
        self.head = nn.Sequential(nn.Flatten(), nn.Identity(), nn.Linear(64 * grid * grid, DIMENSION))

    def forward(self, grey: Tensor) -> Tensor:
        """Embed."""
        result: Tensor = self.head(self.features(grey))
        return result


class Glance(nn.Module):
    """Finds the nose roughly: grey pictures (n, 1, 224, 224) in [0, 1] to (n, 2, 3), as `generator.Take.place`."""

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
    """Cuts the nose out upright and filling the frame, from k places of each picture.

    Pictures (n, 1, 224, 224) and places (n, k, 2, 3) to (n * k, 1, 112, 112).
    """

    points: Tensor

    def __init__(self) -> None:
        super().__init__()
        axis = (torch.arange(224) + 0.5) / 224 * 2 - 1
        down, across = torch.meshgrid(axis, axis, indexing="ij")
        points = torch.stack([across.flatten(), down.flatten(), torch.ones(224 * 224)], dim=1)
        self.register_buffer("points", points, persistent=False)

    def forward(self, grey: Tensor, places: Tensor, margin: float) -> Tensor:
        """Sample at the input's resolution and average 2 by 2, so that nothing fine turns into patterns of its own."""
        places = places * torch.tensor([1 + margin, 1 + margin, 1.0])
        # One tall sample with the places below each other: the picture need not be copied for each.
        where = torch.matmul(self.points, places.transpose(2, 3)).view(-1, 224 * places.shape[1], 224, 2)
        seen = functional.grid_sample(grey, where, mode="bilinear", padding_mode="border", align_corners=False)
        return functional.avg_pool2d(seen.view(-1, 1, 224, 224), 2)


class Look(nn.Module):
    """Corrects a place: the nose as straightened by it, 112 px with some room around, to what is still amiss (n, 2, 3).

    An untrained one corrects nothing.
    """

    margin = 0.25

    def __init__(self, widths: tuple[int, int, int, int] = (24, 48, 64, 96)) -> None:
        super().__init__()
        last = nn.Linear(128, 6)
        nn.init.normal_(last.weight, std=0.005)
        nn.init.zeros_(last.bias)
        self.body = nn.Sequential(
            LocalContrast(),
            nn.Conv2d(1, widths[0], 5, 2, 2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            *(Block(inputs, outputs, 2) for inputs, outputs in pairwise(widths)),
            nn.Conv2d(widths[-1], 48, 1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(48 * 7 * 7, 128),
            nn.ReLU(),
            last,
        )

    def forward(self, straight: Tensor) -> Tensor:
        """See what is amiss."""
        amiss: Tensor = self.body(straight).view(-1, 2, 3)
        return amiss


def corrected(place: Tensor, amiss: Tensor) -> Tensor:
    """Return places (n, 2, 3) after what was amiss with them, (n, 2, 3) in the straightened frame."""
    turn = place[:, :, :2]
    return place + torch.cat([torch.matmul(turn, amiss[:, :, :2]), torch.matmul(turn, amiss[:, :, 2:])], dim=2)


class Aligner(nn.Module):
    """Finds the nose: a glance at the whole picture, then two looks at the straightened nose that correct it.

    A spatial transformer's localisation network (M. Jaderberg et al., NeurIPS 2015), but taught where the nose is
    instead of left to find out: the generator knows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.glance, self.look = Glance(), Look()
        self.straighten = Straighten()

    def forward(self, grey: Tensor) -> Tensor:
        """Locate the nose in grey pictures (n, 1, 224, 224) in [0, 1]: (n, 2, 3), as `generator.Take.place`."""
        place: Tensor = self.glance(grey)
        for _ in range(2):
            place = corrected(place, self.look(self.straighten(grey, place[:, None], Look.margin)))
        return place


GLIMPSES = (
    (0.0, 0.0, 1.0, 0.0),
    (0.05, 0.05, 1.06, 3.0),
    (-0.05, 0.05, 0.95, -3.0),
    (0.05, -0.05, 0.95, -3.0),
    (-0.05, -0.05, 1.06, 3.0),
)
"""How the straightened nose is moved before each embedding: across, down, scale, degrees."""


class Pipeline(nn.Module):
    """From grey pictures to embeddings: align, embed the nose from several nearly equal places, take the mean.

    What an aligner's small mistake changes differs from glimpse to glimpse; what the beads say does not.
    """

    glimpses: Tensor

    def __init__(self, aligner: Aligner, embedder: Embedder) -> None:
        super().__init__()
        self.aligner, self.embedder = aligner, embedder
        self.register_buffer("glimpses", torch.stack([_glimpse(*g) for g in GLIMPSES]), persistent=False)

    def forward(self, grey: Tensor) -> Tensor:
        """Embed (n, 1, 224, 224) float32 in [0, 1] to (n, 512) of unit length."""
        places = torch.matmul(self.aligner(grey)[:, None], self.glimpses)
        each = unit(self.embedder(self.aligner.straighten(grey, places, Embedder.margin)))
        return unit(each.view(-1, len(GLIMPSES), DIMENSION).mean(dim=1))


def _glimpse(across: float, down: float, scale: float, degrees: float) -> Tensor:
    """Return the map (3, 3) from a moved straightened frame to the frame."""
    turn = math.radians(degrees)
    cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
    return torch.tensor([[cosine, -sine, across], [sine, cosine, down], [0.0, 0.0, 1.0]])


def unit(raw: Tensor) -> Tensor:
    """Scale rows to unit length; written out, for the exporter loses the width of what `functional.normalize` gives."""
    scaled: Tensor = raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return scaled


class Deployed(nn.Module):
    """The whole model behind the documented signature: (n, 3, 224, 224) RGB in [0, 1] to (n, 512) of unit length."""

    luma: Tensor

    def __init__(self, aligner: Aligner, embedder: Embedder) -> None:
        super().__init__()
        self.pipeline = Pipeline(aligner, embedder)
        # Rec. 601 luma, as in JPEG and as in the pictures trained on.
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Convert to grey, align, embed."""
        embedded: Tensor = self.pipeline((image * self.luma).sum(dim=1, keepdim=True))
        return embedded
