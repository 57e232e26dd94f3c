"""The variational bound of a DDPM in bits a dimension: L_T + Σ L_{t-1} + L_0, eq. 5 of arXiv:2006.11239."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.diffusion import Prediction, diffuse, posterior, split
from helpers.likelihood import LOG2
from helpers.schedules import Schedule, extract


@dataclass(frozen=True)
class Bound:
    """The bound of each picture and its three parts, in bits a dimension, (B,) each, on the CPU."""

    prior: Tensor  # L_T
    middle: Tensor  # Σ L_{t-1}
    decoder: Tensor  # L_0

    @property
    def total(self) -> Tensor:
        return self.prior + self.middle + self.decoder


def middle_terms(x0: Tensor, x0_predicted: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """L_{t-1} = KL(q(x_{t-1} | x_t, x_0) ‖ p_θ(x_{t-1} | x_t)) in nats, (B,), for index t ≥ 1 (eq. 8 with σ_t² = β̃_t).

    Both are Gaussians of one variance, so only the means differ, by the first coefficient of eq. 7 times the error in x_0.
    """
    mean, variance = posterior(x0, x0, t, schedule)
    guessed, _ = posterior(x0_predicted, x0, t, schedule)
    return ((mean - guessed).square() / (2 * variance)).flatten(1).sum(1)


def decoder_term(x0: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """L_0 = -ln P(x_0 | x_1) in nats, (B,): a Gaussian integrated over the cell of each of the 256 grey levels (eq. 13)."""
    upper = torch.special.ndtr((x0 + 1 / 255 - mean).double() / std)
    lower = torch.special.ndtr((x0 - 1 / 255 - mean).double() / std)
    upper, lower = torch.where(x0 > 0.999, 1.0, upper), torch.where(x0 < -0.999, 0.0, lower)
    return -(upper - lower).clamp(min=1e-12).log().flatten(1).sum(1)


def prior_term(x0: Tensor, schedule: Schedule) -> Tensor:
    """L_T = KL(q(x_T | x_0) ‖ N(0, I)) in nats, (B,)."""
    a_bar = schedule.alphas_cumprod[-1].double()
    each = 0.5 * (a_bar * x0.double().square() + (1 - a_bar) - 1 - (1 - a_bar).log())
    return each.flatten(1).sum(1)


@torch.no_grad()
def variational_bound(
    model: Callable[[Tensor, Tensor], Tensor],
    schedule: Schedule,
    x0: Tensor,
    prediction: Prediction = "noise",
    draws: int = 20,
    generator: torch.Generator | None = None,
) -> Bound:
    """The bound on -log2 P(x_0) a dimension, of pictures x0 (B, C, H, W) whose values are grey levels, k/127.5 - 1.

    The T - 1 middle terms differ by orders of magnitude, so a few are drawn for each picture with a chance p_t ∝ √E[L_t²], and
    L_t/p_t is averaged (arXiv:2102.09672, eq. 18): unbiased, with far less scatter than equal chances.
    """
    nats, place = x0[0].numel() * LOG2, x0.device
    x0, schedule = x0.cpu(), schedule.to("cpu")  # only the network runs where the pictures are

    def predicted(t: Tensor) -> Tensor:
        x_t = diffuse(x0, t, torch.randn(x0.shape, generator=generator).to(x0), schedule)
        guess = split(model(x_t.to(place), t.to(place)).float().cpu(), x_t, t, schedule, prediction)[0]
        return guess.clamp(-1, 1)

    chances = importance(lambda t: middle_terms(x0, predicted(t), t, schedule), len(x0), schedule.T)
    middle = torch.zeros(len(x0), dtype=torch.float64)
    for _ in range(draws):
        t = 1 + torch.multinomial(chances, len(x0), replacement=True, generator=generator)
        middle += middle_terms(x0, predicted(t), t, schedule).double() / chances[t - 1] / draws
    first = torch.zeros(len(x0), dtype=torch.long)
    std = extract(schedule.betas, first).sqrt().double()  # β̃ is zero at the first index, where β is as good
    decoder = decoder_term(x0, predicted(first), std)
    return Bound(prior_term(x0, schedule) / nats, middle / nats, decoder / nats)


def importance(terms: Callable[[Tensor], Tensor], batch: int, T: int, places: int = 24) -> Tensor:
    """Chances p_t ∝ √E[L_t²] for t = 1 … T-1, (T-1,) float64 of sum 1: measured at some t, the logarithm interpolated."""
    at = torch.logspace(0, math.log10(T - 1), places).round().long().unique()
    sizes = torch.stack([terms(torch.full((batch,), int(t))).double().square().mean().sqrt() for t in at])
    t = torch.arange(1, T)
    above = torch.searchsorted(at, t).clamp(1, len(at) - 1)
    low, high = at[above - 1], at[above]
    share = (t - low) / (high - low)
    logs = sizes.clamp(min=1e-12).log()
    p = torch.lerp(logs[above - 1], logs[above], share.double()).exp()
    return p / p.sum()
