"""SDEdit (arXiv:2108.01073): drown a sketch in some noise, and let the network denoise it into something real.

A little noise keeps the sketch and its faults, much noise keeps little but the label: strength is the trade.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from helpers.guidance import Predictor
from helpers.sampling import Sampling, Step, ddim_step
from helpers.schedules import Schedule


def sdedit_start(x0: Tensor, strength: float, alphas_cumprod: Tensor, noise: Tensor) -> tuple[int, Tensor]:
    """Where an edit starts: t = round(strength · (T-1)), and x_t by eq. 4 of arXiv:2006.11239.

    Args:
        x0: (B, C, H, W) in [-1, 1], the sketch.
        strength: in [0, 1]; 0 is level 0, which has a little noise, 1 is level T-1.
        alphas_cumprod: (T,), ᾱ.
        noise: like x0, from N(0, I).

    Raises:
        ValueError: strength is not in [0, 1].
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is a share of the chain, in [0, 1]; got {strength}")
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


def sdedit(
    predict: Predictor,
    sketch: Tensor,
    strength: float,
    schedule: Schedule,
    steps: int = 50,
    eta: float = 1.0,
    generator: torch.Generator | None = None,
    start_fn: Callable[..., tuple[int, Tensor]] = sdedit_start,
) -> Iterator[Step]:
    """Noise the sketch (B, C, H, W) up to `strength` and walk back to the clean image, yielding every step.

    Args:
        predict: ε of (x, t); guided or not.
        sketch: (B, C, H, W) in [-1, 1].
        strength: in [0, 1].
        schedule: the one that the network was trained with.
        steps: network evaluations of the whole chain; an edit needs its share of them.
        eta: noise of DDIM, 0 for none, 1 for as much as DDPM.
        generator: of all random numbers, on the CPU.
        start_fn: called as `sdedit_start` is.

    Raises:
        ValueError: strength or eta not in [0, 1], or steps no positive whole number.
    """
    Sampling(method="ddim", steps=steps, eta=eta)  # refuses what no sampler does

    def draw() -> Tensor:
        return torch.randn(sketch.shape, generator=generator).to(sketch)

    start, x = start_fn(sketch, strength, schedule.alphas_cumprod, draw())
    x = x.to(sketch)
    count = max(1, round(steps * (start + 1) / schedule.T))
    times = torch.linspace(start, 0, count, dtype=torch.float64).round().long().unique().flip(0).tolist()
    for t, t_prev in zip(times, [*times[1:], -1]):
        with torch.no_grad():
            e = predict(x, torch.full((len(x),), t, device=x.device))
        x0 = ddim_step(x, e, t, -1, schedule.alphas_cumprod)
        x = ddim_step(x, e, t, t_prev, schedule.alphas_cumprod, eta, draw())
        yield Step(t, x, x0)
