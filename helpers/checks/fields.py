"""What the checks of notebook 6 share: a velocity field that a check knows in closed form, and ways to follow it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .check import Wrong
from .compare import numbers, repeated
from .messages import Reply
from .plain import SubjectError
from .probes import Probe


class Field:
    """v(x, t) = x A + b + t c + q (1 + t) x² + sin(k x)/k in float64, drawn from a check's seed, and the probe of it.

    For k = 0 the wave is left out; along a fast one a difference quotient is off, however it is taken.
    """

    def __init__(self, bench, key: str, dims: int, k: float = 0.0):
        self.A = 0.7 * bench.randn(f"{key} A", dims, dims, dtype=torch.float64) / dims**0.5
        self.b = bench.randn(f"{key} b", dims, dtype=torch.float64)
        self.c = bench.randn(f"{key} c", dims, dtype=torch.float64)
        self.q = bench.uniform(f"{key} q", 0.05, 0.1)
        self.k = k

    @property
    def probe(self) -> Probe:
        return Probe("velocity_field", {"A": self.A, "b": self.b, "c": self.c, "q": self.q, "k": self.k})

    def __call__(self, x: torch.Tensor, t) -> torch.Tensor:
        """v at x (B, …), t a number or (B,); float64, with a graph if x or the field's own tensors have one."""
        flat = x.double().flatten(1)
        t = torch.as_tensor(t, dtype=torch.float64).expand(len(flat))[:, None]
        wave = (self.k * flat).sin() / self.k if self.k else 0.0
        return (flat @ self.A + self.b + t * self.c + self.q * (1 + t) * flat**2 + wave).reshape(x.shape)

    def form(self, x: torch.Tensor, t: torch.Tensor, probe: torch.Tensor) -> torch.Tensor:
        """probeᵀ (∂v/∂x) probe of each sample, (B,) float64; the Jacobian is Aᵀ + diag(2 q (1 + t) x + cos(k x))."""
        x, p = x.double().flatten(1), probe.double().flatten(1)
        bend = 2 * self.q * (1 + t.double())[:, None] * x + ((self.k * x).cos() if self.k else 0.0)
        return ((p @ self.A) * p).sum(1) + (bend * p**2).sum(1)


MISTAKES = {
    "t_multiplied": "velocity is given a multiple of t, as networks of 1000 steps want it: give it t itself, from 0 to 1.",
}


def ask(bench, mistake: str, *args, **how):
    """The reply to a call that hands a velocity field over; `mistake` is what a t of another shape than (B,) is called.

    A check that asks so has MISTAKES among its own.
    """
    try:
        return bench.call(*args, **how)
    except SubjectError as error:
        came = error.message.split("; got ")[-1]
        if "velocity wants one time a sample" in error.message:
            raise Wrong(mistake, "t of shape (B,)", came) from None
        if "velocity wants times between 0 and 1" in error.message:
            raise Wrong("t_multiplied", "t from 0 to 1", came) from None
        raise


def _runge_kutta(v, x, t, h):
    first = v(x, t)
    second = v(x + h / 2 * first, t + h / 2)
    third = v(x + h / 2 * second, t + h / 2)
    return x + h / 6 * (first + 2 * second + 2 * third + v(x + h * third, t + h))


# one step of size h from (x, t): of each known method, and of what is mistaken for it
STEPS = {
    "euler": lambda v, x, t, h: x + h * v(x, t),
    "heun": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h * v(x, t), t + h)),
    "midpoint": lambda v, x, t, h: x + h * v(x + h / 2 * v(x, t), t + h / 2),
    "end_of_step": lambda v, x, t, h: x + h * v(x, t + h),
    "middle_of_step": lambda v, x, t, h: x + h * v(x, t + h / 2),
    "time_from_one": lambda v, x, t, h: x + h * v(x, 1 - t),
    "time_stands": lambda v, x, t, h: x + h * v(x, 0.0),
    "sign": lambda v, x, t, h: x - h * v(x, t),
    "no_step_size": lambda v, x, t, h: x + v(x, t),
    "time_to_noise": lambda v, x, t, h: x - h * v(x, 1 - t),
    "other_step_size": lambda v, x, t, h: x + v(x, t) / (1 / h + 1),
    "other_step_size/larger": lambda v, x, t, h: x + v(x, t) / (1 / h - 1) if h < 1 else x,
    "other_step_size/steps": lambda v, x, t, h: x + v(x, t) / h,
    "other_step_size/t": lambda v, x, t, h: x + t * v(x, t),
    "x_left_out": lambda v, x, t, h: h * v(x, t),
    "half_missing": lambda v, x, t, h: x + h * (v(x, t) + v(x + h * v(x, t), t + h)),
    "same_time_twice": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h * v(x, t), t)),
    "same_place_twice": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x, t + h)),
    "end_slope_only": lambda v, x, t, h: x + h * v(x + h * v(x, t), t + h),
    "step_size_missing_inside": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + v(x, t), t + h)),
    "from_the_guess": lambda v, x, t, h: x + h * v(x, t) + h / 2 * (v(x, t) + v(x + h * v(x, t), t + h)),
    "times_exchanged": lambda v, x, t, h: x + h / 2 * (v(x, t + h) + v(x + h * v(x, t + h), t)),
    "end_time_twice": lambda v, x, t, h: x + h / 2 * (v(x, t + h) + v(x + h * v(x, t + h), t + h)),
    "half_on_one": lambda v, x, t, h: x + h * (v(x, t) + v(x + h * v(x, t), t + h) / 2),
    "half_on_one/first": lambda v, x, t, h: x + h * (v(x, t) / 2 + v(x + h * v(x, t), t + h)),
    "x_left_out_inside": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(h * v(x, t), t + h)),
    "no_step_size/mean": lambda v, x, t, h: x + (v(x, t) + v(x + h * v(x, t), t + h)) / 2,
    "slopes_subtracted": lambda v, x, t, h: x + h / 2 * (v(x, t) - v(x + h * v(x, t), t + h)),
    "guess_backwards": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x - h * v(x, t), t + h)),
    "half_a_step": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h / 2 * v(x, t), t + h / 2)),
    "half_a_step/place": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h / 2 * v(x, t), t + h)),
    "time_stands/heun": lambda v, x, t, h: x + h / 2 * (v(x, 0.0) + v(x + h * v(x, 0.0), h)),
    "runge_kutta": _runge_kutta,
    "one_too_far": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h * v(x, t), t + 1)),
}


def follow(velocity, x, steps: int, method: str) -> torch.Tensor:
    """x after `steps` equal steps from t = 0 to 1 by one of STEPS."""
    x = x.double()
    for i in range(steps):
        x = STEPS[method](velocity, x, i / steps, 1 / steps)
    return x


def follow_along(velocity, x, times, method: str, last: str = "") -> torch.Tensor:
    """x along given times by one of STEPS, the last step by another if named."""
    x = x.double()
    pairs = list(zip(times, times[1:]))
    for i, (now, after) in enumerate(pairs):
        x = STEPS[last if last and i == len(pairs) - 1 else method](velocity, x, now, after - now)
    return x


# numbers of steps at which a sum of 1/steps ends below 1, and at which an arange up to 1 holds one time more
BETRAYED = (10, 49)


def mistaken_grids(steps: int) -> dict[str, list[float]]:
    """Times that a loop with a slip at its ends goes through, in place of i/steps for i = 0 … steps."""
    return {
        "one_step_short": [i / (steps - 1) for i in range(steps)],
        "last_left_out": [i / steps for i in range(steps)],
        "one_too_many": [i / steps for i in range(steps + 2)],
        "only_one": [0, 1 / steps],
    }


SOLVER_MISTAKES = MISTAKES | {
    "shape_of_t": "velocity wants t as a tensor with one time a sample, (B,): x.new_full((len(x),), i / steps).",
    "trajectory": "All places come back: return the last x alone.",
    "drawn": "Two calls with the same x end in different places: nothing is drawn on the way, and x is where it starts.",
    "late_start": "The times start a little after 0, as for fields that are no number there: step i starts at t = i/steps.",
    "clamped": "x is clamped: a flow's points have no bounds.",
    "mutates": "The x that was given is changed in place: use x = x + …, not x += ….",
}


def solve(bench, field: Field, x: torch.Tensor, steps: int) -> tuple[torch.Tensor, Reply]:
    """Where a solver ends, float64, and its reply; raises Wrong for all places, and for other ones each time."""
    ends, shape = [], tuple(x.shape)
    for seed in (0, 1):
        reply = ask(bench, "shape_of_t", field.probe, x, steps, seed=seed)
        value = numbers(reply)
        if value.ndim == len(shape) + 1 and tuple(value.shape[1:]) == shape:
            raise Wrong("trajectory", f"shape {shape}", f"shape {tuple(value.shape)}")
        ends.append(numbers(reply, shape))
    if not repeated(ends[0], ends[1]):
        raise Wrong("drawn", "the same end from the same x", "another one each time")
    return ends[0], reply


def solver_slips(field: Field, x: torch.Tensor, steps: int, method: str) -> dict[str, torch.Tensor]:
    """Where a slip of SOLVER_MISTAKES leads that either solver can have."""
    late = {
        f"late_start/{first}": follow(lambda y, t, first=first: field(y, first + (1 - first) * t), x, steps, method)
        for first in (1e-2, 1e-3, 1e-4)
    }
    cut = x.double()
    for i in range(steps):
        cut = STEPS[method](field, cut, i / steps, 1 / steps).clamp(-1, 1)
    return late | {"clamped": follow(field, x, steps, method).clamp(-1, 1), "clamped/in each step": cut}


def first_right(bench, *tries: Callable):
    """What the first of `tries` (functions of the bench that raise where the answer is wrong) returns.

    For properties that only mean something for an answer that is right, be it for points or for images.
    """
    for attempt in tries:
        try:
            return attempt(bench)
        except (Wrong, SubjectError):
            continue
    raise Wrong(expected="right numbers, before anything else", received="other numbers")
