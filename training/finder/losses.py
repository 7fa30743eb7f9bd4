"""What the finder is scored by while it learns."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.finder.network import TURN_UNIT, boxes_of, place_centres


def loss(maps: Tensor, truths: Tensor) -> Tensor:
    """Score maps (n, 8, h, w) against truths (n, >= 7) as `closeups.Truth.as_row`: a focal loss, a box loss, angles.

    The middle of a nose is a nose, what is outside its box is none, and what is between is not asked.
    """
    yes, asked = _targets(maps, truths)
    probability = torch.sigmoid(maps[:, 0])
    raw = functional.binary_cross_entropy_with_logits(maps[:, 0], yes, reduction="none")
    # Focal (T.-Y. Lin et al., ICCV 2017): the many easy places must not drown the few hard ones.
    easy = torch.where(yes > 0, probability, 1 - probability)
    weight = torch.where(yes > 0, 0.6, 0.4) * (1 - easy) ** 1.5 * asked
    noses = yes.flatten(1).sum(1).clamp_min(1)
    presence = ((raw * weight).flatten(1).sum(1) / noses).mean()
    share = yes / noses[:, None, None]
    return 2 * presence + _box_loss(maps, truths, share) + 0.8 * _angle_loss(maps, truths, share)


def _targets(maps: Tensor, truths: Tensor) -> tuple[Tensor, Tensor]:
    present, (left, top, right, bottom) = truths[:, 0, None, None], truths[:, 1:5, None, None].unbind(1)
    x, y = place_centres(maps.shape[-1], maps.device)
    # Half a place's side as the least radius: a small nose has its nearest place at least.
    least = 0.75 / maps.shape[-1]
    across = (x - (left + right) / 2) / ((right - left) / 2).clamp_min(1e-3)
    down = (y - (top + bottom) / 2) / ((bottom - top) / 2).clamp_min(1e-3)
    radius = torch.hypot(across, down)
    near = ((x - (left + right) / 2).abs() < least) & ((y - (top + bottom) / 2).abs() < least)
    if maps.shape[-1] == 1:
        near = torch.ones_like(near)
    yes = ((radius < 0.45) | near).float() * present
    asked = torch.where((radius < 0.9) & (yes == 0), 1 - present, torch.ones_like(yes))
    return yes, asked


def _box_loss(maps: Tensor, truths: Tensor, share: Tensor) -> Tensor:
    """Generalised IoU (H. Rezatofighi et al., CVPR 2019) and relative distance of the edges."""
    found, true = boxes_of(maps), truths[:, 1:5, None, None]
    both_low, both_high = torch.maximum(found[:, :2], true[:, :2]), torch.minimum(found[:, 2:], true[:, 2:])
    overlap = (both_high - both_low).clamp_min(0).prod(1)
    area = (found[:, 2:] - found[:, :2]).clamp_min(0).prod(1)
    true_extent = (true[:, 2:] - true[:, :2]).clamp_min(1e-3)
    union = area + true_extent.prod(1) - overlap + 1e-6
    hull = (torch.maximum(found[:, 2:], true[:, 2:]) - torch.minimum(found[:, :2], true[:, :2])).prod(1) + 1e-6
    giou = overlap / union - (hull - union) / hull
    edges = functional.smooth_l1_loss(
        (found - true) / true_extent.repeat(1, 2, 1, 1), torch.zeros_like(found), reduction="none", beta=0.1
    ).mean(1)
    return ((1 - giou + edges) * share).flatten(1).sum(1).mean()


def _angle_loss(maps: Tensor, truths: Tensor, share: Tensor) -> Tensor:
    roll, turn = torch.deg2rad(truths[:, 5]), truths[:, 6] / TURN_UNIT
    known_roll, known_turn = torch.isfinite(roll).float(), torch.isfinite(turn).float()
    roll, turn = torch.nan_to_num(roll)[:, None, None], torch.nan_to_num(turn)[:, None, None]
    apart = (maps[:, 5] - torch.sin(roll)).abs() + (maps[:, 6] - torch.cos(roll)).abs()
    lost = apart * known_roll[:, None, None] * 3 + (maps[:, 7] - turn).abs() * known_turn[:, None, None]
    return (lost * share).flatten(1).sum(1).mean()
