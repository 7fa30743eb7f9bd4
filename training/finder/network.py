"""The finder's network: strided 3 by 3 convolutions down to 3 by 3 places and back up to 12 by 12."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

TURN_UNIT = 45.0
"""Degrees of turn for which the network says 1."""


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Maps(nn.Module):
    """A map of places: pictures (n, 3, s, s) RGB in [0, 1] to (n, 8, s / 8, s / 8).

    The eight are a logit, the distances to left, top, right and bottom as shares of the picture's side, sine and
    cosine of the roll, and the turn in units of 45 degrees.
    """

    stride = 8

    def __init__(self, widths: tuple[int, ...] = (12, 24, 32, 48, 64), *, grey: bool = False) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.grey = grey
        self.stem = nn.Sequential(_layer(1 if grey else 3, a, 2), _layer(a, b, 2), _layer(b, b), _layer(b, c, 2))
        self.fine = _layer(c, c)
        self.middle = nn.Sequential(_layer(c, d, 2), _layer(d, d))
        self.coarse = nn.Sequential(_layer(d, e, 2), _layer(e, e), _layer(e, e))
        self.down, self.over, self.side = nn.Conv2d(e, d, 1), nn.Conv2d(d, c, 1), _layer(c, c)
        self.head = nn.Sequential(_layer(c, c), nn.Conv2d(c, 8, 1))
        self.head[1].bias.data[0] = -4.0

    def forward(self, image: Tensor) -> Tensor:
        """Map."""
        x = image * 2 - 1
        if self.grey:
            x = x.mean(dim=1, keepdim=True)
        fine = self.fine(self.stem(x))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = middle + functional.interpolate(self.down(coarse), scale_factor=2.0)
        seen = fine + functional.interpolate(self.over(middle), scale_factor=2.0)
        raw = self.head(self.side(seen))
        result: Tensor = torch.cat([raw[:, :1], functional.softplus(raw[:, 1:5]) * 0.5, raw[:, 5:]], dim=1)
        return result


class Whole(nn.Module):
    """One answer for the whole picture, as a map of a single place in its middle; the signature is that of `Maps`."""

    def __init__(self, widths: tuple[int, ...] = (12, 24, 32, 48, 64), side: int = 96) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.body = nn.Sequential(
            _layer(3, a, 2), _layer(a, b, 2), _layer(b, b), _layer(b, c, 2), _layer(c, c), _layer(c, d, 2),
            _layer(d, d), _layer(d, e, 2), _layer(e, e), nn.Flatten(), nn.Linear(e * (side // 32) ** 2, 96), nn.ReLU(),
            nn.Linear(96, 8),
        )  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        """Map; the distances run from the middle and may be negative."""
        result: Tensor = self.body(image * 2 - 1)[:, :, None, None]
        return result


def place_centres(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return x and y of every place's centre as shares of the picture's side, (size, size) each."""
    axis = (torch.arange(size, dtype=torch.float32, device=device) + 0.5) / size
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x, y


def boxes_of(maps: Tensor) -> Tensor:
    """Return the box that every place speaks of, (n, 4, h, w): left, top, right, bottom."""
    x, y = place_centres(maps.shape[-1], maps.device)
    left, top, right, bottom = maps[:, 1:5].unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], dim=1)


class Deployed(nn.Module):
    """The whole model: pictures (n, 3, s, s) RGB in [0, 1] to (n, 8).

    The eight are confidence, left, top, right, bottom, sine and cosine of the roll, turn: the box in shares of the
    square, the turn in degrees; sine and cosine are not of unit length together. The surest places speak together: a
    mean over places, weighted by a high power of their odds.
    """

    def __init__(self, maps: nn.Module) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, image: Tensor) -> Tensor:
        """Find."""
        maps = self.maps(image)
        logits = maps[:, 0].flatten(1)
        told = torch.cat([boxes_of(maps), maps[:, 5:]], dim=1).flatten(2)
        share = torch.softmax(4 * logits, dim=1).unsqueeze(1)
        left, top, right, bottom, sine, cosine, turn = (told * share).sum(dim=2).unbind(1)
        confidence = torch.sigmoid(logits.max(dim=1).values)
        return torch.stack([confidence, left, top, right, bottom, sine, cosine, turn * TURN_UNIT], dim=1)
