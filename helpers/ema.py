"""The average of the weights along the run, which samples better than the last weights do."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


class EMA(Generic[Network]):
    """An exponential moving average of a network's weights: θ̄ ← d θ̄ + (1-d) θ.

    The decay warms up, min(decay, (1+n)/(10+n)) at update n, so that a short run's average does not remember
    its random start.
    """

    def __init__(self, model: Network, decay: float = 0.9999):
        self.decay = decay
        self.updates = 0
        self.model: Network = copy.deepcopy(model).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        for mine, theirs in zip(self.model.buffers(), model.buffers()):
            mine.copy_(theirs)
