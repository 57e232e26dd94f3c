"""How probable is a picture under a flow? The exact log-density, by an ODE and its divergence (arXiv:1806.07366, 1810.01367).

Along dx/dt = v(x, t) the log-density of the moving point changes by -div v (arXiv:1806.07366, eq. 8), so

    ln p(x) = ln N(x_0; 0, I) - ∫_0^1 div v(x_t, t) dt,    with x_1 = x and x_0 found by going backwards.

Velocities are functions (x (B, …), t (B,)) → like x.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from helpers.flow import Velocity, check_steps

LOG2 = math.log(2)


def hutchinson_divergence(velocity: Velocity, x: Tensor, t: Tensor, probe: Tensor) -> Tensor:
    """probeᵀ (∂v/∂x) probe for each sample, (B,): an unbiased estimate of div v if E[probe probeᵀ] = I.

    One vector-Jacobian product, whatever the number of dimensions (arXiv:1810.01367, eq. 7). Works under no_grad.
    """
    return _value_and_divergence(velocity, x, t, probe)[1]


def exact_divergence(velocity: Velocity, x: Tensor, t: Tensor) -> Tensor:
    """The trace of ∂v/∂x, (B,): as many vector-Jacobian products as x has dimensions, so for a few dimensions only."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        v = velocity(x, t).flatten(1)
        rows = [torch.autograd.grad(v[:, i].sum(), x, retain_graph=True)[0].flatten(1)[:, i] for i in range(v.shape[1])]
    return torch.stack(rows, 1).sum(1).detach()


def _value_and_divergence(velocity, x, t, probe) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        x = x.detach().requires_grad_()  # a leaf of its own: the caller's x stays as it was
        v = velocity(x, t)
        (product,) = torch.autograd.grad(v, x, probe)
    return v.detach(), (product * probe).flatten(1).sum(1).detach()


def rademacher(shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
    """Random signs, ±1 with equal chance: the probe with the smallest variance among those with independent entries."""
    return 2.0 * torch.randint(0, 2, shape, generator=generator) - 1


def data_times(steps: int, end: float = 1.0) -> Tensor:
    """`steps` + 1 times falling from `end` to 0, in equal steps of √(1-t): closer together near the data, where a flow is
    steep; float64.

    Raises ValueError unless steps is a positive whole number and end lies in (0, 1].
    """
    check_steps(steps)
    if not 0 < end <= 1:
        raise ValueError(f"end is the time of the data's side, in (0, 1]; got {end}")
    u = torch.linspace(math.sqrt(1 - end), 1, steps + 1, dtype=torch.float64)
    return 1 - u**2


def log_likelihood(
    velocity: Velocity,
    x: Tensor,
    steps: int = 100,
    probe: Tensor | None = None,
    divergence: Callable[[Velocity, Tensor, Tensor], Tensor] = exact_divergence,
) -> Tensor:
    """ln p(x) in nats, summed over dimensions, (B,) on the CPU: from the data back to the noise, by Heun's method.

    Args:
        velocity: of the flow from N(0, I), at t = 0, to the data, at t = 1.
        x: (B, …).
        steps: of the solver, two evaluations each.
        probe: like x, for Hutchinson's estimate, the same all along the way, so that the error is that of one probe
            and not of the solver; None for `divergence`.
        divergence: (velocity, x, t) → (B,), used without a probe: the exact trace unless said otherwise.

    Raises:
        ValueError: steps is not a positive whole number.
    """

    def slopes(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        batch = x.new_full((len(x),), t)
        if probe is not None:
            return _value_and_divergence(velocity, x, batch, probe)
        with torch.no_grad():
            value = velocity(x, batch)
        return value, divergence(velocity, x, batch)

    times = data_times(steps).tolist()
    integral = torch.zeros(len(x), dtype=torch.float64)  # of div v dt, from t = 1 to 0, on the CPU as `log_normal` is
    for now, after in zip(times, times[1:]):
        h = after - now  # negative
        v, div = slopes(x, now)
        v_end, div_end = slopes(x + h * v, after)
        x = x + h * (v + v_end) / 2
        integral += h * (div + div_end).cpu().double() / 2
    return log_normal(x) + integral


def log_normal(x: Tensor) -> Tensor:
    """ln N(x; 0, I) in nats, summed over dimensions: x (B, …) → (B,), float64 on the CPU, as not every GPU has float64."""
    flat = x.flatten(1).cpu().double()
    return -0.5 * (flat.square().sum(1) + flat.shape[1] * math.log(2 * math.pi))


def to_levels(images: Tensor) -> Tensor:
    """Images in [-1, 1] → their 256 grey levels k = 0 … 255, as floats."""
    return ((images.clamp(-1, 1) + 1) * 127.5).round()


def dequantise(levels: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """(k + u)/128 - 1 with u uniform in [0, 1): grey levels spread over their cells, in [-1, 1) (arXiv:1511.01844, §3.1).

    A density on exact levels could be made as high as one likes there, and would say nothing.
    """
    return (levels + torch.rand(levels.shape, generator=generator).to(levels)) / 128 - 1


def bits_per_dim(log_likelihood: Tensor, dims: int) -> Tensor:
    """Bits a dimension of the levels k, from the log-density in nats of y = (k + u)/128 - 1: (B,) → (B,).

    A cell of k is 1/128 wide in each dimension of y, so ln P(k) ≥ E_u[ln p(y)] - dims ln 128 (arXiv:1511.01844, eq. 10).
    """
    return -(log_likelihood - dims * math.log(128)) / (dims * LOG2)
