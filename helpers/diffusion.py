"""The forward process, its posterior, and the three ways a network can name what it removed.

Equations of arXiv:2006.11239 unless said otherwise. Images are (B, C, H, W), t is (B,), integers in 0..T-1.
"""

from typing import Literal, get_args

from torch import Tensor

from helpers.arguments import check_shape
from helpers.schedules import Schedule, extract

Prediction = Literal["noise", "velocity", "x0"]
PREDICTIONS: tuple[str, ...] = get_args(Prediction)


def diffuse(x0: Tensor, t: Tensor, noise: Tensor, schedule: Schedule) -> Tensor:
    """x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε, in one jump (eq. 4)."""
    _check_batch(x0, t, noise, "noise")
    return (
        extract(schedule.sqrt_alphas_cumprod, t, x0.device) * x0
        + extract(schedule.sqrt_one_minus_alphas_cumprod, t, x0.device) * noise
    )


def velocity(x0: Tensor, t: Tensor, noise: Tensor, schedule: Schedule) -> Tensor:
    """v = √ᾱ_t ε - √(1-ᾱ_t) x_0: a target of the same size at every t (arXiv:2202.00512, §4)."""
    _check_batch(x0, t, noise, "noise")
    return (
        extract(schedule.sqrt_alphas_cumprod, t, x0.device) * noise
        - extract(schedule.sqrt_one_minus_alphas_cumprod, t, x0.device) * x0
    )


def target(x0: Tensor, t: Tensor, noise: Tensor, schedule: Schedule, prediction: Prediction = "noise") -> Tensor:
    """What the network should output for x_t: ε, v or x_0."""
    check_prediction(prediction)
    if prediction == "velocity":
        return velocity(x0, t, noise, schedule)
    return noise if prediction == "noise" else x0


def split(output: Tensor, x_t: Tensor, t: Tensor, schedule: Schedule, prediction: Prediction = "noise") -> tuple[Tensor, Tensor]:
    """Turn the network's output at x_t into (predicted x_0, predicted ε), whichever of the three it predicts."""
    _check_batch(x_t, t, output, "the network's output")
    a = extract(schedule.sqrt_alphas_cumprod, t, x_t.device)
    b = extract(schedule.sqrt_one_minus_alphas_cumprod, t, x_t.device)
    return x0_and_noise(output, x_t, a, b, prediction)


def x0_and_noise(output: Tensor, x_t: Tensor, a: Tensor, b: Tensor, prediction: Prediction) -> tuple[Tensor, Tensor]:
    """x_0 and ε of x_t = a x_0 + b ε with a² + b² = 1, from the one of the three that is known: eq. 4 solved for them.

    Raises ValueError for another prediction.
    """
    check_prediction(prediction)
    if prediction == "noise":
        return (x_t - b * output) / a, output
    if prediction == "velocity":
        return a * x_t - b * output, b * x_t + a * output
    return output, (x_t - a * output) / b


def noise_from_x0(x0: Tensor, x_t: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """The ε that joins x_0 to x_t: eq. 4 solved for ε. Needed again whenever x_0 has been clipped."""
    return split(x0, x_t, t, schedule, "x0")[1]


def score(noise: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """∇ log q(x_t) ≈ -ε/√(1-ᾱ_t): what the noise prediction says in the language of score matching."""
    return -noise / extract(schedule.sqrt_one_minus_alphas_cumprod, t, noise.device)


def posterior(x0: Tensor, x_t: Tensor, t: Tensor, schedule: Schedule) -> tuple[Tensor, Tensor]:
    """Mean (B, C, H, W) and variance (B, 1, 1, 1) of q(x_{t-1} | x_t, x_0) (eqs. 6 and 7).

    The mean's two factors are formed from terms that are exact to their last digit: 1 - ᾱ from a float32 ᾱ near 1 is not.
    """
    _check_batch(x_t, t, x0, "x0")
    device = x_t.device
    beta, alpha = extract(schedule.betas, t, device), extract(schedule.alphas, t, device)
    a_bar_prev = extract(schedule.alphas_cumprod_prev, t, device)
    noise_share = extract(schedule.sqrt_one_minus_alphas_cumprod, t, device).square()  # 1 - ᾱ_t
    variance = extract(schedule.posterior_variance, t, device)  # so that (1 - ᾱ_{t-1})/(1 - ᾱ_t) is variance/β_t
    return a_bar_prev.sqrt() * beta / noise_share * x0 + alpha.sqrt() * variance / beta * x_t, variance


def _check_batch(x: Tensor, t: Tensor, other: Tensor, name: str) -> None:
    if len(t) != len(x):
        raise ValueError(f"one t per image: got {len(x)} images and {len(t)} values of t")
    check_shape(other, x, name)


def check_prediction(prediction: str) -> None:
    """Raise ValueError unless `prediction` is one of the three things that a network can predict."""
    if prediction not in PREDICTIONS:
        raise ValueError(f"prediction must be one of {', '.join(PREDICTIONS)}; got {prediction!r}")
