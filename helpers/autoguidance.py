"""A network guided by its younger self (arXiv:2406.02507).

Where a network is unsure, it averages: strokes blur, and a digit is half a 3 and half an 8. A less trained copy errs in
the same places, only more. So go further in the direction from the younger one to the older: v + w (v - v_younger).
It needs no labels, unlike classifier-free guidance, and costs a second evaluation.
"""

import copy
from pathlib import Path

from torch import Tensor, nn

from helpers.checkpoint import load_checkpoint, save_checkpoint


class Autoguided(nn.Module):
    """Two networks as one: x (B, C, H, W), t (B,) → output + w (output - younger's output), (B, C, H, W).

    `scale` is this w, the guidance weight of arXiv:2406.02507 less 1: at 0 the younger network has no say.
    """

    def __init__(self, model: nn.Module, younger: nn.Module, scale: float = 1.0):
        super().__init__()
        self.model, self.younger, self.scale = model, younger, scale

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        output = self.model(x, t)
        return output + self.scale * (output - self.younger(x, t))


class KeepYounger:
    """Given to `train` as `on_step`, it keeps a copy of the averaged network as it is after `step` steps.

    Args:
        step: when to copy.
        path: file to keep the copy in as well, for a run that may be interrupted and resumed later than that.
    """

    def __init__(self, step: int = 500, path: str | Path | None = None):
        self.step, self.path = step, Path(path) if path else None
        self.model: nn.Module | None = None

    def __call__(self, step: int, loss: float, ema_model: nn.Module) -> None:
        if step == self.step:
            kept = self.model = copy.deepcopy(ema_model)
            if self.path:
                save_checkpoint(self.path, kept, {"step": step})

    def get(self, network: nn.Module) -> nn.Module | None:
        """The copy; when the run was resumed after `step`, the one in the file, loaded into `network`; else None."""
        if self.model is None and self.path and self.path.exists():
            load_checkpoint(self.path, network)
            self.model = network.eval()
        return self.model
