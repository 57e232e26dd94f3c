"""Langevin dynamics and denoising score matching: sample a density from its score, learn the score from data.

    x ← x + α ∇log p(x) + √(2α) z,    z ~ N(0, I)

samples p as α → 0. Papers write the same pairing of step and noise in two ways: (α, √(2α)), and (ε/2, √ε) with ε = 2α in
arXiv:1907.05600. Any other pairing samples another density: with its noise scaled by √T the chain samples p^(1/T).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from helpers.arguments import check_shape

ScoreNet = Callable[[Tensor, Any], Tensor]  # (x, σ as it was given: a number or a tensor)


def langevin_step(x: Tensor, score: Tensor, step_size: float, noise: Tensor) -> Tensor:
    """One step of unadjusted Langevin dynamics, x + α score + √(2α) noise (arXiv:1907.05600, eq. 4 with ε = 2α).

    Args:
        x: (B, ...).
        score: ∇ log p(x), of the shape of x.
        step_size: α > 0.
        noise: z ~ N(0, I), of the shape of x.

    Raises:
        ValueError: a step size that is not positive, or shapes that differ.
    """
    if not step_size > 0:
        raise ValueError(f"step_size is the α in √(2α) and must be positive; got {step_size}")
    if not x.shape == score.shape == noise.shape:
        raise ValueError(
            f"x, score and noise must share one shape; got {tuple(x.shape)}, {tuple(score.shape)} and {tuple(noise.shape)}"
        )
    return x + step_size * score + math.sqrt(2 * step_size) * noise


def langevin(
    score_fn: Callable[[Tensor], Tensor],
    x: Tensor,
    steps: int,
    step_size: float,
    temperature: float = 1.0,
    bounds: tuple[float, float] | None = None,
    generator: torch.Generator | None = None,
    step_fn: Callable[[Tensor, Tensor, float, Tensor], Tensor] = langevin_step,
) -> Iterator[Tensor]:
    """Langevin dynamics from x (B, ...) as a generator that yields x after each step.

    Args:
        score_fn: (B, ...) → (B, ...).
        x: where the chains start.
        steps: how many steps.
        step_size: α.
        temperature: T, scales the noise by √T: 1 samples p, less crowds its modes, 0 climbs the gradient.
        bounds: clamp x to (low, high) after each step.
        generator: source of the noise, on the CPU.
        step_fn: what makes a step out of (x, score, step_size, noise).

    Raises:
        ValueError: a negative temperature, and what step_fn raises.
    """
    if not temperature >= 0:
        raise ValueError(f"temperature scales the noise by its root: 0 for none, 1 for p itself; got {temperature}")
    for _ in range(steps):
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
        x = step_fn(x, score_fn(x), step_size, math.sqrt(temperature) * noise)
        if bounds is not None:
            x = x.clamp(*bounds)
        yield x


def sigma_levels(sigma_max: float, sigma_min: float, levels: int) -> Tensor:
    """Noise levels falling geometrically from `sigma_max` to `sigma_min`, (levels,) (arXiv:1907.05600, §3).

    Raises:
        ValueError: not sigma_max > sigma_min > 0, or fewer than two levels.
    """
    if not sigma_max > sigma_min > 0 or levels < 2:
        raise ValueError(
            "levels fall from sigma_max to sigma_min > 0 and are at least two; got "
            f"sigma_max={sigma_max}, sigma_min={sigma_min}, levels={levels}"
        )
    return torch.logspace(math.log10(sigma_max), math.log10(sigma_min), levels, dtype=torch.float64).float()


def per_sample(sigma: float | Tensor, x: Tensor) -> Tensor:
    """σ, a number or (B,), shaped to broadcast against x (B, ...).

    Raises:
        ValueError: sigma is neither.
    """
    sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
    if sigma.ndim and sigma.shape != x.shape[:1]:
        raise ValueError(f"sigma must be a number or one per sample, ({len(x)},); got {tuple(sigma.shape)}")
    return sigma.reshape(-1, *[1] * (x.ndim - 1))


def dsm_errors(score_net: ScoreNet, x: Tensor, sigma: float | Tensor, noise: Tensor) -> Tensor:
    """‖σ s(x + σ z, σ) + z‖² of each sample, (B,); `dsm_loss` is their mean and explains the arguments."""
    s = per_sample(sigma, x)
    check_shape(noise, x, "noise")
    score = score_net(x + s * noise, sigma)
    check_shape(score, x, "the score")
    return (s * score + noise).square().flatten(1).sum(1)


def dsm_loss(score_net: ScoreNet, x: Tensor, sigma: float | Tensor, noise: Tensor) -> Tensor:
    """Denoising score matching with the weight λ(σ) = σ²: the mean of ‖σ s(x + σ z, σ) + z‖², a scalar.

    It is arXiv:1907.05600, eq. 5 and 6, without their factor ½. Unweighted, ‖s + z/σ‖² grows like 1/σ² and the small σ
    drown the large ones.

    Args:
        score_net: s(x, σ), called with (B, ...) and `sigma` as given here, returns (B, ...).
        x: (B, ...), clean data.
        sigma: a number, or (B,), one a sample.
        noise: z ~ N(0, I), of the shape of x.

    Raises:
        ValueError: sigma is neither a number nor (B,), or the noise or the score is of another shape than x.
    """
    return dsm_errors(score_net, x, sigma, noise).mean()


class Level(NamedTuple):
    """One step of annealed Langevin dynamics: the level's number (from 0) and σ, and x (B, ...) after the step."""

    number: int
    sigma: float
    x: Tensor


def annealed_langevin_steps(
    score_net: ScoreNet,
    x: Tensor,
    sigmas: Tensor | Sequence[float],
    steps_per_level: int,
    step_size: float,
    generator: torch.Generator | None = None,
) -> Iterator[Level]:
    """Algorithm 1 of arXiv:1907.05600 as a generator of `Level`; `annealed_langevin` explains the arguments.

    Raises ValueError unless there are sigmas, positive and falling.
    """
    sigmas = torch.as_tensor(sigmas).tolist()
    if not sigmas or sorted(sigmas, reverse=True) != sigmas or sigmas[-1] <= 0:
        raise ValueError(f"sigmas must be positive and fall from large to small; got {sigmas}")
    for i, sigma in enumerate(sigmas):
        alpha = step_size * sigma**2 / sigmas[-1] ** 2

        def score_fn(x: Tensor, sigma: float = sigma) -> Tensor:
            return score_net(x, x.new_full((len(x),), sigma))

        for x in langevin(score_fn, x, steps_per_level, alpha / 2, generator=generator):  # noqa: B020
            yield Level(i, sigma, x)


def annealed_langevin(
    score_net: ScoreNet,
    x: Tensor,
    sigmas: Tensor | Sequence[float],
    steps_per_level: int,
    step_size: float,
    generator: torch.Generator | None = None,
) -> Tensor:
    """x ← x + (α_i/2) s(x, σ_i) + √α_i z with α_i = ε σ_i²/σ_L², level by level (arXiv:1907.05600, algorithm 1).

    Since (α_i/2, √α_i) is `langevin_step`'s pairing at half the step, no second implementation is needed.

    Args:
        score_net: s(x, σ), called with x (B, ...) and σ (B,), returns (B, ...).
        x: (B, ...), the start, spread like the largest σ.
        sigmas: (L,), falling.
        steps_per_level: Langevin steps at each σ.
        step_size: ε.
        generator: source of the noise, on the CPU.

    Returns:
        The last x, (B, ...).

    Raises:
        ValueError: sigmas that do not fall, or are not positive.
    """
    for level in annealed_langevin_steps(score_net, x, sigmas, steps_per_level, step_size, generator):
        x = level.x
    return x
