"""A DDPM is a flow as well: the same field as noise, score and velocity; the same network as ODE and as SDE.

A DDPM's x_k = √ᾱ x_0 + √(1-ᾱ) ε lies on the straight path (1-t) ε + t x_0 once it is divided by √ᾱ + √(1-ᾱ), at the time
t = √ᾱ/(√ᾱ + √(1-ᾱ)). So its probability-flow ODE (arXiv:2011.13456, eq. 13) can be followed with the solvers of `helpers.flow`.
"""

import torch
from torch import Tensor, nn

from helpers.diffusion import Prediction, check_prediction, x0_and_noise
from helpers.flow import Velocity, check_steps, like
from helpers.schedules import Schedule, in_float64


def probability_flow_slope(score: Tensor, x: Tensor, beta: Tensor | float) -> Tensor:
    """dx/dk = -½ β (x + score): the drift of the probability-flow ODE of a DDPM, in steps k (arXiv:2011.13456, eq. 13).

    Its SDE is dx = -½ β x dk + √β dw, so eq. 13's f - ½ g² score is this. k grows from data to noise.
    """
    return -0.5 * beta * (x + score)


def straight_times(alphas_cumprod: Tensor) -> Tensor:
    """t = √ᾱ/(√ᾱ + √(1-ᾱ)) in [0, 1], of each ᾱ, float64: when the straight path has the same ratio of data and noise."""
    a_bar = in_float64(alphas_cumprod)
    a, b = a_bar.sqrt(), (1 - a_bar).sqrt()
    return a / (a + b)


class DDPMFlow(nn.Module):
    """A DDPM's network as the velocity of the straight path: x (B, C, H, W), t (B,) in [0, 1] → (B, C, H, W).

    Args:
        model: (x (B, C, H, W), k (B,)) → what it predicts; it is also asked between two steps, at a fractional k.
        schedule: the one it was trained with.
        prediction: "noise", "velocity" (that of arXiv:2202.00512, a third thing of this name) or "x0".
        clip: clip the predicted x_0 to [-1, 1], as DDIM does; a flow whose likelihood is wanted must not be clipped.

    Raises:
        ValueError: another prediction.
    """

    def __init__(self, model: nn.Module, schedule: Schedule, prediction: Prediction = "noise", clip: bool = False):
        super().__init__()
        check_prediction(prediction)
        self.model, self.prediction, self.clip = model, prediction, clip
        self.times: Tensor
        self.register_buffer(
            "times", straight_times(schedule.alphas_cumprod).float().to(schedule.betas.device)
        )  # falls as k grows

    def steps(self, t: Tensor) -> Tensor:
        """The fractional step k of each t (B,): between the two steps whose times enclose it, 0 and T-1 at the ends."""
        rising = self.times.flip(0)
        above = torch.searchsorted(rising, t.contiguous()).clamp(1, len(rising) - 1)
        low, high = rising[above - 1], rising[above]
        share = ((t - low) / (high - low)).clamp(0, 1)
        return len(rising) - 1 - (above - 1 + share)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        t = t.clamp(self.times[-1], self.times[0])  # the DDPM never saw cleaner or noisier pictures
        size = (t**2 + (1 - t) ** 2).sqrt()
        x_k = x / like(size, x)
        output = self.model(x_k, self.steps(t)).float()
        a, b = like(t / size, x), like((1 - t) / size, x)  # √ᾱ and √(1-ᾱ)
        x0, noise = x0_and_noise(output, x_k, a, b, self.prediction)
        if self.clip:
            x0, noise = x0_and_noise(x0.clamp(-1, 1), x_k, a, b, "x0")
        return x0 - noise


def sde_solve(velocity: Velocity, x: Tensor, steps: int, generator: torch.Generator | None = None, amount: float = 1.0) -> Tensor:
    """x at t = 1 by an SDE with the flow's own densities p_t, `amount` = 0 being the ODE (arXiv:2011.13456, eq. 13 and §4.3).

    dx = (v + ½ g² s) dt + g dw for any g: what the noise widens the score s = (t v - x)/(1-t) pulls together again. Here
    g² = 2 (1-t) · amount, so that ½ g² s = amount · (t v - x) stays finite. Euler–Maruyama, no noise in the last step.

    Raises:
        ValueError: steps is not a positive whole number, or amount is negative.
    """
    check_steps(steps)
    if amount < 0:
        raise ValueError(f"amount is how much noise there is, 0 or more; got {amount}")
    h = 1 / steps
    for i in range(steps):
        t = i * h
        v = velocity(x, x.new_full((len(x),), t))
        x = x + h * (v + amount * (t * v - x))
        if amount and i + 1 < steps:
            x = x + (2 * (1 - t) * amount * h) ** 0.5 * torch.randn(x.shape, generator=generator).to(x)
    return x
