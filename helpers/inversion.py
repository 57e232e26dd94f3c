"""DDIM run upwards: from a picture to the noise that DDIM would draw it from (arXiv:2010.02502, §4.3)."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.diffusion import Prediction, split
from helpers.sampling import timesteps
from helpers.schedules import Schedule


@torch.no_grad()
def invert(
    model: Callable[[Tensor, Tensor], Tensor], schedule: Schedule, x: Tensor, steps: int = 50, prediction: Prediction = "noise"
) -> Tensor:
    """The noise x_T, like x, that the deterministic sampler (η = 0) takes back to x, up to the error of its steps.

    Each step uses eq. 12 with σ = 0 the other way round: x_0 and ε are predicted at t, and put together at the next, noisier
    time. The prediction is the one of the time that is left, not of the time where the sampler will come from; with
    many steps the two agree.

    Args:
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W).
        schedule: the one it was trained with.
        x: pictures or latents (B, C, H, W).
        steps: network evaluations, 2 or more.
        prediction: what the network predicts.

    Raises:
        ValueError: fewer than 2 steps, or more than the schedule has.
    """
    if steps < 2:
        raise ValueError(f"the way up leads from one time to another: steps must be 2 or more; got {steps}")
    upwards = timesteps(schedule.T, steps)[::-1]
    for t, t_next in zip(upwards, upwards[1:]):
        times = torch.full((len(x),), t, device=x.device)
        x0, e = split(model(x, times), x, times, schedule, prediction)
        a = schedule.alphas_cumprod[t_next]
        x = a.sqrt() * x0 + (1 - a).sqrt() * e
    return x
