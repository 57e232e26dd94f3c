"""Flow matching: learn the velocity that carries noise to data, then follow it (arXiv:2210.02747, 2209.03003).

Time runs from t = 0, noise, to t = 1, data. A pair (noise, data) moves along a straight line, x_t = (1-t) noise + t data, with
the velocity data - noise. Many pairs cross at one place; the flow takes their mean there, v(x, t) = E[data - noise | x_t = x],
and dx/dt = v(x, t) carries the whole of N(0, I) to the whole of the data (arXiv:2210.02747, theorem 1).

Shapes: x, data and noise are (B, D) or (B, C, H, W); t is (B,) in [0, 1]; a velocity is a function (x, t) → like x.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from helpers.arguments import check_shape, is_count

Velocity = Callable[[Tensor, Tensor], Tensor]


def like(t: Tensor, x: Tensor) -> Tensor:
    """t (B,), or a number for all, shaped to multiply x (B, …).

    Raises:
        ValueError: t is neither one number nor one a sample.
    """
    if t.ndim == 0:
        return t
    if t.shape != x.shape[:1]:
        raise ValueError(f"t must hold one time a sample, shape ({len(x)},); got {tuple(t.shape)}")
    return t.reshape(-1, *[1] * (x.ndim - 1))


def interpolate(data: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t = (1-t) noise + t data (arXiv:2209.03003, eq. 1): noise at t = 0, data at t = 1.

    Raises:
        ValueError: data and noise of different shapes, or t not (B,).
    """
    check_shape(noise, data, "noise")
    s = like(t, data)
    return (1 - s) * noise + s * data


def flow_matching_loss(model: Velocity, data: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """The mean over batch and dimensions of |v_θ(x_t, t) - (data - noise)|², a scalar (arXiv:2210.02747, eq. 23).

    Raises:
        ValueError: data, noise and the model's velocity of different shapes, or t not (B,).
    """
    velocity = model(interpolate(data, noise, t), t).float()
    check_shape(velocity, data, "the model's velocity")
    return (velocity - (data - noise)).square().mean()


def logit_normal(n: int, generator: torch.Generator | None = None, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """n times in (0, 1), more of them in the middle: the sigmoid of N(mean, std²) (arXiv:2403.03206, §3.1), (n,)."""
    return (mean + std * torch.randn(n, generator=generator)).sigmoid()


def velocity_from_score(score: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """(x + (1-t) score)/t, for t (B,) in (0, 1]: the velocity of the straight path from the score of its density.

    Tweedie: E[noise | x] = -(1-t) score. With x = (1-t) noise + t data this gives E[data | x], and the difference.
    """
    s = like(t, x)
    return (x + (1 - s) * score) / s


def score_from_velocity(velocity: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """(t velocity - x)/(1-t), for t (B,) in [0, 1): the inverse of `velocity_from_score`."""
    s = like(t, x)
    return (s * velocity - x) / (1 - s)


def walk(velocity: Velocity, x: Tensor, times: Tensor, heun: bool = False) -> Iterator[tuple[float, Tensor]]:
    """Follow dx/dt = velocity(x, t) along `times` (N+1,), rising or falling; yields (t, x) at each of them.

    Euler's method, or with `heun` Heun's: the mean of the slopes at both ends of the step (arXiv:2206.00364, algorithm 1).
    """
    values = times.tolist()
    yield values[0], x
    for now, after in zip(values, values[1:]):
        slope = velocity(x, x.new_full((len(x),), now))
        if heun:
            end = velocity(x + (after - now) * slope, x.new_full((len(x),), after))
            slope = (slope + end) / 2
        x = x + (after - now) * slope
        yield after, x


def euler_solve(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """x at t = 1, from x at t = 0, in `steps` equal steps of Euler's method: an error in proportion to 1/steps.

    Raises:
        ValueError: steps is not a positive whole number.
    """
    return _last(walk(velocity, x, _times(steps)))


def heun_solve(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """As `euler_solve` by Heun's method: two evaluations a step, an error in proportion to 1/steps².

    Raises:
        ValueError: steps is not a positive whole number.
    """
    return _last(walk(velocity, x, _times(steps), heun=True))


def adaptive_solve(velocity: Velocity, x: Tensor, rtol: float = 1e-5, atol: float = 1e-5) -> tuple[Tensor, int]:
    """x at t = 1 by scipy's Runge-Kutta 4(5), which chooses its own steps; and how often it called velocity.

    The batch is one long vector to scipy: the most difficult sample sets the step of all.

    Raises:
        ValueError: the solver gave up on the way, as it does where the velocity is no number.
    """
    from scipy.integrate import solve_ivp

    def slope(t: float, flat: np.ndarray) -> np.ndarray:
        now = torch.from_numpy(flat).to(x).reshape(x.shape)
        return velocity(now, x.new_full((len(x),), t)).flatten().cpu().double().numpy()

    with torch.no_grad():
        solution = solve_ivp(slope, (0.0, 1.0), x.flatten().cpu().double().numpy(), rtol=rtol, atol=atol)
    if not solution.success:
        raise ValueError(
            f"the solver gave up at t = {solution.t[-1]:.3g} ({solution.message}): is the velocity a number everywhere, "
            "and rtol and atol no smaller than its rounding?"
        )
    return torch.from_numpy(solution.y[:, -1]).to(x).reshape(x.shape), solution.nfev


def bend(places: Tensor, times: Tensor) -> float:
    """How far paths leave the straight line between their ends, at worst, in parts of its length: their mean.

    places: (N+1, B, D) at `times` (N+1,), as `walk` yields them.
    """
    start, end = places[:1], places[-1:]
    share = ((times - times[0]) / (times[-1] - times[0])).to(places)[:, None, None]
    off = (places - torch.lerp(start, end, share)).norm(dim=-1).amax(0)
    return (off / (end - start)[0].norm(dim=-1)).mean().item()


def check_steps(steps: int, name: str = "steps") -> None:
    """Raise ValueError unless a number of steps, called `name`, is a positive whole number."""
    if not is_count(steps):
        raise ValueError(f"{name} is a positive whole number; got {steps!r}")


def _times(steps: int) -> Tensor:
    check_steps(steps)
    return torch.arange(steps + 1, dtype=torch.float64) / steps


def _last(steps: Iterator[tuple[float, Tensor]]) -> Tensor:
    for place in steps:
        last = place
    return last[1]
