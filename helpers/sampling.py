"""Running the chain backwards: one generator for all samplers, yielding every step so that anyone can watch.

for step in sample(model, schedule, (16, 1, 32, 32)):
    plot_batch(step.x0)          # or nothing: `final(sample(...))` is the last x
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from helpers.diffusion import noise_from_x0, split
from helpers.profile import autocast
from helpers.schedules import Schedule

METHODS = ("ancestral", "ddim", "dpm")
CLIPS = ("x0", "xt", None)


class Step(NamedTuple):
    """One step of the way back: x after the step that left time index t, and the x_0 predicted there."""

    t: int
    x: Tensor
    x0: Tensor


def ancestral_step(x_t: Tensor, e: Tensor, t: int, schedule: Schedule, z: Tensor | None, variance: str = "beta") -> Tensor:
    """x_{t-1} from x_t and the predicted noise e: line 4 of Algorithm 2, arXiv:2006.11239.

    `variance` is "beta" (σ_t² = β_t) or "posterior" (σ_t² = β̃_t): both are legitimate (§3.2). z is N(0, I), and
    is not used at t = 0.
    """
    beta, alpha, alpha_bar = schedule.betas[t], schedule.alphas[t], schedule.alphas_cumprod[t]
    mean = (x_t - beta / (1 - alpha_bar).sqrt() * e) / alpha.sqrt()
    if t == 0:
        return mean
    sigma = (beta if variance == "beta" else schedule.posterior_variance[t]).sqrt()
    return mean + sigma * z


def ddim_step(
    x_t: Tensor,
    e: Tensor,
    t: int,
    t_prev: int,
    alphas_cumprod: Tensor,
    eta: float = 0.0,
    z: Tensor | None = None,
) -> Tensor:
    """x at t_prev from x at t and the predicted noise e: eq. 12 of arXiv:2010.02502, with x_0 clipped to [-1, 1].

    t_prev = -1 means the clean image, ᾱ = 1. After clipping, ε is computed again from the clipped x_0.
    eta = 0 is deterministic; eta = 1 adds as much noise as DDPM does.
    """
    one = alphas_cumprod.new_ones(())
    a_t, a_prev = alphas_cumprod[t], alphas_cumprod[t_prev] if t_prev >= 0 else one
    x0 = ((x_t - (1 - a_t).sqrt() * e) / a_t.sqrt()).clamp(-1, 1)
    e = (x_t - a_t.sqrt() * x0) / (1 - a_t).sqrt()
    return _ddim_move(x0, e, a_t, a_prev, eta, z)


def _ddim_move(x0: Tensor, e: Tensor, a_t: Tensor, a_prev: Tensor, eta: float, z: Tensor | None) -> Tensor:
    sigma = eta * ((1 - a_prev) / (1 - a_t)).sqrt() * (1 - a_t / a_prev).clamp(min=0).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).clamp(min=0).sqrt() * e
    return x if eta == 0 else x + sigma * z


def dpm_step(
    x_t: Tensor, x0: Tensor, before: tuple[Tensor, Tensor] | None, a_t: Tensor, a_prev: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """One step of DPM-Solver++(2M), arXiv:2211.01095, Algorithm 2: a straight line through the last two x_0.

    Args:
        x_t, x0: the state and the x_0 predicted there.
        before: what the previous step returned second (None at the start).
        a_t, a_prev: ᾱ where we are and where we go; ᾱ = 1 ends the chain.

    Returns:
        the new state, and (x0, h) to hand to the next step.
    """
    if a_prev == 1:
        return x0, (x0, torch.inf * a_t)
    half_log_snr = [0.5 * (a / (1 - a)).log() for a in (a_t, a_prev)]
    h = half_log_snr[1] - half_log_snr[0]
    d = x0
    if before is not None:
        x0_before, h_before = before
        d = x0 + h / (2 * h_before) * (x0 - x0_before)
    x = ((1 - a_prev) / (1 - a_t)).sqrt() * x_t - a_prev.sqrt() * torch.expm1(-h) * d
    return x, (x0, h)


def timesteps(T: int, steps: int) -> list[int]:
    """`steps` evenly spaced time indices from T-1 down to 0, both included."""
    if not 1 <= steps <= T:
        raise ValueError(f"steps must be between 1 and the schedule's {T}; got {steps}")
    return torch.linspace(T - 1, 0, steps, dtype=torch.float64).round().long().tolist()


def sample(
    model: nn.Module | Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    shape: tuple[int, ...],
    method: str = "ancestral",
    steps: int | None = None,
    eta: float = 0.0,
    clip: str | None = "x0",
    prediction: str = "noise",
    variance: str = "beta",
    generator: torch.Generator | None = None,
    precision: str = "fp32",
    x: Tensor | None = None,
) -> Iterator[Step]:
    """Go from noise to images, yielding every step.

    Args:
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W); a module is put into eval mode meanwhile.
        schedule: the one it was trained with.
        shape: (B, C, H, W).
        method: "ancestral" (Algorithm 2 of arXiv:2006.11239, all T steps), "ddim" (arXiv:2010.02502) or
            "dpm" (DPM-Solver++(2M), arXiv:2211.01095).
        steps: how many network evaluations (default: T).
        eta: noise of DDIM, 0 for none, 1 for as much as DDPM.
        clip: "x0" clips the predicted x_0 to [-1, 1], as the paper's authors do; None clips nothing; "xt" clips
            the state itself, a widespread mistake kept here to be looked at.
        prediction: what the network predicts, "noise", "velocity" or "x0".
        variance: σ_t² of the ancestral step, "beta" or "posterior".
        generator: of all random numbers, on the CPU.
        precision: "fp32", "bf16" or "fp16" inside the network.
        x: the starting noise (default: drawn from the generator).

    Yields:
        Step(t, x, x0); the last one has t = 0 and x is the sample.

    Raises:
        ValueError: an unknown method or clip, too many steps, ancestral sampling with skipped steps.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    if clip not in CLIPS:
        raise ValueError(f"clip must be 'x0', 'xt' or None; got {clip!r}")
    times = timesteps(schedule.T, steps or schedule.T)
    if method == "ancestral" and len(times) != schedule.T:
        raise ValueError("ancestral sampling visits every step; for fewer use method='ddim', with eta=1 for noise")
    device = next(model.parameters()).device if isinstance(model, nn.Module) else schedule.betas.device
    return _walk(model, schedule.to(device), shape, method, times, eta, clip, prediction, variance, generator,
                 precision, x, device)  # fmt: skip


def _walk(model, schedule, shape, method, times, eta, clip, prediction, variance, generator, precision, x, device):
    def draw() -> Tensor:
        return torch.randn(shape, generator=generator).to(device)

    was_training = isinstance(model, nn.Module) and model.training
    if was_training:
        model.eval()
    try:
        x = draw() if x is None else x.to(device)
        before = None
        for t, t_prev in zip(times, [*times[1:], -1]):
            t_batch = torch.full((shape[0],), t, device=device)
            with torch.no_grad(), autocast(device, precision):
                output = model(x, t_batch)
            x0, e = split(output.float(), x, t_batch, schedule, prediction)
            if clip == "x0":
                x0 = x0.clamp(-1, 1)
                e = noise_from_x0(x0, x, t_batch, schedule)
            a_t = schedule.alphas_cumprod[t]
            a_prev = schedule.alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a_t)
            if method == "ancestral":
                x = ancestral_step(x, e, t, schedule, draw() if t else None, variance)
            elif method == "ddim":
                x = _ddim_move(x0, e, a_t, a_prev, eta, draw() if eta and t else torch.zeros(()))
            else:
                x, before = dpm_step(x, x0, before, a_t, a_prev)
            if clip == "xt":
                x = x.clamp(-1, 1)
            yield Step(t, x, x0)
    finally:
        if was_training:
            model.train()


def final(steps: Iterator[Step]) -> Tensor:
    """Run a sampler to its end and return the last x, (B, C, H, W)."""
    for step in steps:
        last = step
    return last.x
