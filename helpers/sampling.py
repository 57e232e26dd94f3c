"""Running the chain backwards: one generator for all samplers, yielding every step so that anyone can watch.

for step in sample(model, schedule, (16, 1, 32, 32)):
    plot_batch(step.x0)          # or nothing: `final(sample(...))` is the last x
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from helpers.arguments import is_count
from helpers.diffusion import Prediction, check_prediction, noise_from_x0, split
from helpers.profile import Precision, autocast
from helpers.schedules import Schedule

Method = Literal["ancestral", "ddim", "dpm"]
Clip = Literal["x0", "xt"] | None
Variance = Literal["beta", "posterior"]
Stepper = Callable[[Tensor, Tensor, Tensor, int, int], Tensor]  # x, x_0, ε, t, t_prev → the next x


@dataclass(frozen=True)
class Sampling:
    """How to go from noise to images.

    Attributes:
        method: "ancestral" (Algorithm 2 of arXiv:2006.11239, all T steps), "ddim" (arXiv:2010.02502) or
            "dpm" (DPM-Solver++(2M), arXiv:2211.01095).
        steps: how many network evaluations; None for the schedule's T.
        eta: noise of DDIM in [0, 1], 0 for none, 1 for as much as DDPM.
        clip: "x0" clips the predicted x_0 to [-1, 1], as the paper's authors do; None clips nothing; "xt" clips
            the state itself, a widespread mistake kept here to be looked at.
        prediction: what the network predicts, "noise", "velocity" or "x0".
        variance: σ_t² of the ancestral step, "beta" or "posterior" (§3.2 of arXiv:2006.11239).

    Raises:
        ValueError: a word or number that names no way to sample.
    """

    method: Method = "ancestral"
    steps: int | None = None
    eta: float = 0.0
    clip: Clip = "x0"
    prediction: Prediction = "noise"
    variance: Variance = "beta"

    def __post_init__(self):
        for name, words in (("method", tuple(STEPPERS)), ("variance", get_args(Variance))):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} must be one of {', '.join(words)}; got {getattr(self, name)!r}")
        if self.clip not in ("x0", "xt", None):
            raise ValueError(f"clip must be 'x0', 'xt' or None; got {self.clip!r}")
        check_prediction(self.prediction)
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta must lie in [0, 1]: 0 adds no noise, 1 as much as DDPM; got {self.eta}")
        if self.steps is not None and not is_count(self.steps):
            raise ValueError(f"steps is a number of network evaluations, 1 or more, or None for all; got {self.steps}")

    def times(self, T: int) -> list[int]:
        """The time indices to visit on a schedule of T steps, from T-1 down to 0.

        Raises:
            ValueError: more steps than T, or ancestral sampling with skipped steps.
        """
        steps = T if self.steps is None else self.steps
        if self.method == "ancestral" and steps != T:
            raise ValueError("ancestral sampling visits every step; for fewer use method='ddim', with eta=1 for noise")
        return timesteps(T, steps)


class Step(NamedTuple):
    """One step of the way back: x after the step that left time index t, and the x_0 predicted there."""

    t: int
    x: Tensor
    x0: Tensor


def ancestral_move(x_t: Tensor, e: Tensor, t: int, schedule: Schedule, z: Tensor | None, variance: Variance = "beta") -> Tensor:
    """x_{t-1} from x_t and the predicted noise e: line 4 of Algorithm 2, arXiv:2006.11239.

    `variance` is "beta" (σ_t² = β_t) or "posterior" (σ_t² = β̃_t): both are legitimate (§3.2). z is N(0, I), and
    is not used at t = 0.

    Raises:
        ValueError: another variance, or no z where one is needed.
    """
    if variance not in get_args(Variance):
        raise ValueError(f"variance must be one of {', '.join(get_args(Variance))}; got {variance!r}")
    beta, alpha = schedule.betas[t], schedule.alphas[t]
    mean = (x_t - beta / schedule.sqrt_one_minus_alphas_cumprod[t] * e) / alpha.sqrt()
    if t == 0:
        return mean
    if z is None:
        raise ValueError(f"z may be None at t = 0 only; t is {t}: hand over noise of x_t's shape")
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
    """x at t_prev from x at t and the predicted noise e: eq. 12 of arXiv:2010.02502 (σ: eq. 16), with x_0 clipped to [-1, 1].

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
    return x if z is None or eta == 0 else x + sigma * z


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
    """`steps` evenly spaced time indices from T-1 down to 0, both included.

    Raises ValueError unless steps lie between 1 and T.
    """
    if not is_count(steps) or steps > T:
        raise ValueError(f"steps must be between 1 and the schedule's {T}; got {steps}")
    return torch.linspace(T - 1, 0, steps, dtype=torch.float64).round().long().tolist()


def sample(
    model: nn.Module | Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    shape: tuple[int, ...],
    sampling: Sampling | None = None,
    *,
    generator: torch.Generator | None = None,
    precision: Precision = "fp32",
    x: Tensor | None = None,
    **settings: Any,
) -> Iterator[Step]:
    """Go from noise to images, yielding every step.

    Args:
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W); a module is put into eval mode meanwhile.
        schedule: the one it was trained with.
        shape: (B, C, H, W).
        sampling: how to sample.
        generator: of all random numbers, on the CPU.
        precision: "fp32", "bf16" or "fp16" inside the network.
        x: the starting noise (default: drawn from the generator).
        settings: fields of `Sampling` by name, such as method="ddim", steps=50; they win over `sampling`.

    Yields:
        Step(t, x, x0); the last one has t = 0 and x is the sample.

    Raises:
        ValueError: settings that `Sampling` refuses, too many steps, ancestral sampling that skips some, noise of another shape.
        TypeError: a setting that `Sampling` does not have.
    """
    if x is not None and tuple(x.shape) != tuple(shape):
        raise ValueError(f"x is the noise to start from and must have the samples' shape {tuple(shape)}; got {tuple(x.shape)}")
    how = replace(sampling or Sampling(), **settings)
    times = how.times(schedule.T)
    device = next(model.parameters()).device if isinstance(model, nn.Module) else schedule.betas.device
    return _walk(model, schedule.to(device), shape, how, times, generator, precision, x, device)


def _walk(
    model: nn.Module | Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    shape: tuple[int, ...],
    how: Sampling,
    times: list[int],
    generator: torch.Generator | None,
    precision: Precision,
    x: Tensor | None,
    device: torch.device,
) -> Iterator[Step]:
    def draw() -> Tensor:
        return torch.randn(shape, generator=generator).to(device)

    network = model if isinstance(model, nn.Module) and model.training else None
    if network:
        network.eval()
    try:
        x = draw() if x is None else x.to(device)
        stepper = STEPPERS[how.method](schedule, how, draw)
        for t, t_prev in zip(times, [*times[1:], -1]):
            t_batch = torch.full((shape[0],), t, device=device)
            with torch.no_grad(), autocast(device, precision):
                output = model(x, t_batch)
            x0, e = split(output.float(), x, t_batch, schedule, how.prediction)
            if how.clip == "x0":
                x0 = x0.clamp(-1, 1)
                e = noise_from_x0(x0, x, t_batch, schedule)
            x = stepper(x, x0, e, t, t_prev)
            if how.clip == "xt":
                x = x.clamp(-1, 1)
            yield Step(t, x, x0)
    finally:
        if network:
            network.train()


def _alpha_bars(schedule: Schedule, t: int, t_prev: int) -> tuple[Tensor, Tensor]:
    """ᾱ where we are and where we go; t_prev = -1 is the clean image, ᾱ = 1."""
    a_t = schedule.alphas_cumprod[t]
    return a_t, schedule.alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a_t)


def _ancestral(schedule: Schedule, how: Sampling, draw: Callable[[], Tensor]) -> Stepper:
    return lambda x, x0, e, t, t_prev: ancestral_move(x, e, t, schedule, draw() if t else None, how.variance)


def _ddim(schedule: Schedule, how: Sampling, draw: Callable[[], Tensor]) -> Stepper:
    def step(x: Tensor, x0: Tensor, e: Tensor, t: int, t_prev: int) -> Tensor:
        z = draw() if how.eta and t else torch.zeros_like(x)
        return _ddim_move(x0, e, *_alpha_bars(schedule, t, t_prev), how.eta, z)

    return step


def _dpm(schedule: Schedule, how: Sampling, draw: Callable[[], Tensor]) -> Stepper:
    before: tuple[Tensor, Tensor] | None = None

    def step(x: Tensor, x0: Tensor, e: Tensor, t: int, t_prev: int) -> Tensor:
        nonlocal before
        x, before = dpm_step(x, x0, before, *_alpha_bars(schedule, t, t_prev))
        return x

    return step


STEPPERS: dict[str, Callable[[Schedule, Sampling, Callable[[], Tensor]], Stepper]] = {
    "ancestral": _ancestral,
    "ddim": _ddim,
    "dpm": _dpm,
}


def final(steps: Iterator[Step]) -> Tensor:
    """Run a sampler to its end and return the last x, (B, C, H, W)."""
    for step in steps:
        last = step
    return last.x
