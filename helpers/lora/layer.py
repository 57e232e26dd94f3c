"""LoRA: teach a trained layer something new through a narrow detour, and leave the layer itself alone (arXiv:2106.09685)."""

import math

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):
    """base(x) + (alpha/rank) x Aᵀ Bᵀ (§4.1): x (…, in) → (…, out); the base is frozen, only A and B train.

    A (rank, in) starts at random and B (out, rank) at zero, so that a new layer equals its base and B's gradient is not zero.

    Args:
        base: the layer to adapt, with or without bias.
        rank: width of the detour, from 1 to the smaller of in and out.
        alpha: its strength, α.

    Raises:
        ValueError: a rank outside that range.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        if not 1 <= rank <= min(base.in_features, base.out_features):
            raise ValueError(f"rank must lie between 1 and {min(base.in_features, base.out_features)}; got {rank}")
        self.base, self.scale = base.requires_grad_(False), alpha / rank
        self.A = nn.Parameter(torch.empty(rank, base.in_features, dtype=base.weight.dtype, device=base.weight.device))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank, dtype=base.weight.dtype, device=base.weight.device))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)
