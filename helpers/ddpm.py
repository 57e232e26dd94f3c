"""The three formulas of DDPM from plain tensors, as notebook 3 writes them (arXiv:2006.11239).

Whoever skips one of the exercises goes on with the function here. The library's own spelling, which takes a whole `Schedule`,
is in `helpers.diffusion`, `helpers.training` and `helpers.sampling`; a test holds the two against each other.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.arguments import check_shape


def forward_diffusion(x0: Tensor, t: Tensor, e: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε, each image at its own t (eq. 4).

    x0, e: (B, C, H, W); t: (B,), integers in 0..T-1; alphas_cumprod: (T,), float32 or float64. Returns x_t like x0.
    Raises ValueError if there is not one t an image, or e is of another shape than x0.
    """
    if t.shape != (len(x0),):
        raise ValueError(f"one t per image: got {len(x0)} images and t of shape {tuple(t.shape)}")
    check_shape(e, x0, "e")
    a_bar = alphas_cumprod[t.to(alphas_cumprod.device)].reshape(-1, 1, 1, 1)
    return a_bar.sqrt().to(x0) * x0 + (1 - a_bar).sqrt().to(x0) * e  # eq. 4


def ddpm_loss(model: nn.Module, x0: Tensor, t: Tensor, e: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """L_simple, the mean over batch and pixels of (ε - ε_θ(x_t, t))², a scalar that carries the gradient (eq. 14).

    model: (x_t (B, C, H, W), t (B,)) → ε_θ like x_t; the rest as for `forward_diffusion`, which raises ValueError as this does
    for an ε_θ of another shape.
    """
    predicted = model(forward_diffusion(x0, t, e, alphas_cumprod), t)
    check_shape(predicted, e, "the model's ε")
    return F.mse_loss(predicted, e)  # eq. 14


def ancestral_step(x_t: Tensor, e: Tensor, t: int, betas: Tensor, z: Tensor | None) -> Tensor:
    """x_{t-1} from x_t and the predicted noise e: line 4 of Algorithm 2 with σ_t = √β_t (§3.2), nothing clipped.

    x_t, e, z: (B, C, H, W), z from N(0, I); t: 0..T-1; betas: (T,). At t = 0 no noise is added, and z may be None.
    Raises ValueError if t lies outside the schedule, or z is None before the last step.
    """
    if not 0 <= t < len(betas):
        raise ValueError(f"t must lie in 0..{len(betas) - 1}; got {t}")
    if t > 0 and z is None:
        raise ValueError(f"at t = {t} the step adds noise: give z; only at t = 0 may it be None")
    beta = betas[t]
    noise_share = -torch.expm1(torch.log1p(-betas[: t + 1]).sum())  # 1 - ᾱ_t, by logarithms: exact where ᾱ_t is nearly 1
    mean = (x_t - beta / noise_share.sqrt() * e) / (1 - beta).sqrt()  # line 4, without its noise
    return mean if t == 0 or z is None else mean + beta.sqrt() * z
