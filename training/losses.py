"""The two training losses: CosFace and supervised contrastive."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class CosFace(nn.Module):
    """Softmax over cosines with a margin (H. Wang et al., CVPR 2018)."""

    def __init__(self, dimension: int, identities: int, margin: float = 0.35, scale: float = 32.0) -> None:
        super().__init__()
        self.margin, self.scale = margin, scale
        self.centres = nn.Parameter(torch.randn(identities, dimension) * 0.05)

    def forward(self, unit: Tensor, identity: Tensor) -> Tensor:
        """Return the loss of embeddings (n, dimension) of unit length with their identities (n,) int64."""
        cosine = unit @ functional.normalize(self.centres, dim=1).T
        taken_off = functional.one_hot(identity, cosine.shape[1]).to(cosine.dtype) * self.margin
        return functional.cross_entropy(self.scale * (cosine - taken_off), identity)


def supervised_contrastive(unit: Tensor, identity: Tensor, temperature: float = 0.1) -> Tensor:
    """Return the supervised contrastive loss of unit embeddings (n, dimension).

    L_out of P. Khosla et al., NeurIPS 2020.
    """
    itself = torch.eye(len(unit), dtype=torch.bool)
    logits = (unit @ unit.T / temperature).masked_fill(itself, -1e9)
    share = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    genuine = (identity[:, None] == identity[None, :]) & ~itself
    return -((share * genuine).sum(1) / genuine.sum(1).clamp(min=1)).mean()
