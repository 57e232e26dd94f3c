"""A cascade from end to end: words to 16×16 pixels, those to 32×32."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from helpers import recipe
from helpers.cascade.base import SIDE, Base, guided
from helpers.cascade.conditioning import augment_low_resolution, dynamic_threshold
from helpers.cascade.upsampler import Upsampler, spread, stretched
from helpers.diffusion import split
from helpers.sampling import final, sample
from helpers.schedules import Schedule

Threshold = Literal["dynamic", "static"]
QUANTILE = 0.95
HOW: dict[str, Any] = {"method": "ddim", "eta": 1.0, "prediction": "x0", "clip": None}


def thresholded(
    velocity: Callable[[Tensor, Tensor], Tensor], schedule: Schedule, threshold: Threshold, quantile: float = QUANTILE
) -> Callable[[Tensor, Tensor], Tensor]:
    """The predicted x_0 of a predictor of v, kept in [-1, 1] by clipping ("static") or by `dynamic_threshold`.

    Raises:
        ValueError: another threshold.
    """
    if threshold not in ("dynamic", "static"):
        raise ValueError(f"threshold must be 'dynamic' or 'static'; got {threshold!r}")

    def predict(x: Tensor, t: Tensor) -> Tensor:
        x0, _ = split(velocity(x, t), x, t, schedule, "velocity")
        return dynamic_threshold(x0, quantile) if threshold == "dynamic" else x0.clamp(-1, 1)

    return predict


@torch.no_grad()
def draw_small(
    base: Base, pipe: Any, prompts: list[str], generator: torch.Generator, scale: float = 3.0, steps: int = 30,
    threshold: Threshold = "dynamic",
) -> Tensor:  # fmt: skip
    """Pictures (B, 3, 16, 16) in [-1, 1] of the prompts, by DDIM with η = 1."""
    noising = recipe.schedule()
    predict = thresholded(guided(base, pipe, prompts, scale), noising, threshold)
    return final(sample(predict, noising, (len(prompts), 3, SIDE, SIDE), generator=generator, steps=steps, **HOW))


@torch.no_grad()
def enlarge(upsampler: Upsampler, small: Tensor, generator: torch.Generator, level: float = 0.1, steps: int = 20) -> Tensor:
    """Pictures (B, 3, 32, 32) in [-1, 1] from (B, 3, 16, 16), which get noise of `level` and are taken for as noisy."""
    levels = torch.full((len(small),), level)
    low = augment_low_resolution(small, levels, torch.randn(small.shape, generator=generator))
    noising, known, unit = recipe.schedule(), stretched(low, levels), spread(levels)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        x0, _ = split(upsampler(x, t, low, levels), x, t, noising, "velocity")
        return ((known + unit * x0).clamp(-1, 1) - known) / unit

    difference = final(sample(predict, noising, known.shape, generator=generator, steps=steps, **HOW))
    return (known + unit * difference).clamp(-1, 1)  # of rounding only
