"""Inpainting with a network that was never trained for it: at every step, put the known pixels back.

Merging alone leaves seams: the unknown part is denoised beside known pixels that were noised anew, and what it has
settled on at one step the next may contradict. RePaint (arXiv:2201.09865) goes back up a step and down again, so that
both parts are denoised together until they agree.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.guidance import Predictor
from helpers.sampling import ddim_step, timesteps
from helpers.schedules import Schedule, in_float64


def inpaint_merge(x_prev: Tensor, x0_known: Tensor, mask: Tensor, t_prev: int, alphas_cumprod: Tensor, noise: Tensor) -> Tensor:
    """Known pixels from x0_known, taken to level t_prev by eq. 4 of 2006.11239, the others from x_prev (2201.09865, eq. 8).

    Args:
        x_prev: (B, C, H, W), the sampler's state at t_prev.
        x0_known: (B, C, H, W) in [-1, 1], the picture; it matters only where it is known.
        mask: float, 1 where the picture is known and 0 elsewhere; x_prev's shape, or (B or 1, 1, H, W).
        t_prev: the level, an index into alphas_cumprod; -1 is the clean picture.
        alphas_cumprod: (T,), ᾱ.
        noise: (B, C, H, W) from N(0, I).
    """
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.where(mask > 0.5, known.to(x_prev), x_prev)


def inpaint_back(x_prev: Tensor, t: int, betas: Tensor, noise: Tensor) -> Tensor:
    """One step of the forward process, √(1-β_t) x_prev + √β_t noise (2006.11239, eq. 2): RePaint's way back up."""
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise


def respace(schedule: Schedule, steps: int) -> tuple[Schedule, list[int]]:
    """A schedule of `steps` steps whose ᾱ are those of `schedule` at evenly spaced times, and those times, rising.

    β'_i = 1 - ᾱ_i/ᾱ_{i-1} (arXiv:2102.09672, eq. 19): so the way back up, which needs betas, is right for skipped steps too.
    """
    times = timesteps(schedule.T, steps)[::-1]
    alphas_cumprod = in_float64(schedule.alphas_cumprod)[times]
    before = torch.cat([alphas_cumprod.new_ones(1), alphas_cumprod[:-1]])
    return Schedule(1 - alphas_cumprod / before).to(schedule.betas.device), times


def inpaint(
    predict: Predictor,
    x0_known: Tensor,
    mask: Tensor,
    schedule: Schedule,
    steps: int = 50,
    repeats: int = 1,
    generator: torch.Generator | None = None,
    merge: Callable[..., Tensor] = inpaint_merge,
    back: Callable[..., Tensor] = inpaint_back,
) -> Tensor:
    """Fill in what the mask hides, (B, C, H, W) in [-1, 1]; the known pixels come back exactly.

    Args:
        predict: ε of (x, t); guided or not.
        x0_known, mask: as in `inpaint_merge`.
        schedule: the one that the network was trained with.
        steps: levels of noise that are visited.
        repeats: how often each of them is denoised; 1 merges alone, more resample (RePaint's U).
        generator: of all random numbers, on the CPU.
        merge, back: called as `inpaint_merge` and `inpaint_back` are.

    Raises:
        ValueError: a repeat count below 1, or a mask with other values than 0 and 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats counts how often each step is done, at least 1; got {repeats}")
    if not torch.all((mask == 0) | (mask == 1)):
        raise ValueError("mask must be 1 where the picture is known and 0 elsewhere; it has other values")
    short, times = respace(schedule, steps)

    def draw() -> Tensor:
        return torch.randn(x0_known.shape, generator=generator).to(x0_known)

    x = draw()
    for i in reversed(range(steps)):
        t = torch.full((len(x),), times[i], device=x.device)
        for repeat in range(repeats):
            with torch.no_grad():
                x_prev = ddim_step(x, predict(x, t), i, i - 1, short.alphas_cumprod, eta=1.0, z=draw())
            x_prev = merge(x_prev, x0_known, mask, i - 1, short.alphas_cumprod, draw()).to(x)
            if repeat < repeats - 1 and i > 0:
                x = back(x_prev, i, short.betas, draw()).to(x)
            else:
                break
        x = x_prev
    return x


def seam(images: Tensor, row: int) -> tuple[Tensor, Tensor]:
    """How hard the edge between two rows of images (B, C, H, W) is: the mean |difference| across it, and inside.

    Returns:
        each (B,): the mean absolute difference between rows row-1 and row, where a mask ends, and the mean over the three
        pairs of rows above and below it.
    """
    steps = images.diff(dim=2).abs().mean(dim=(1, 3))  # (B, H-1): step i lies between the rows i and i+1
    inside = torch.cat([steps[:, row - 4 : row - 1], steps[:, row : row + 3]], dim=1)
    return steps[:, row - 1], inside.mean(dim=1)
