"""What the checks of solvers share: known methods, ways to go wrong along the times, and the properties of every solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from .check import Wrong
from .compare import expect, numbers, repeated
from .fields import MISTAKES, Field, ask, first_right
from .given import MISTAKES as GIVEN_MISTAKES
from .given import expect_undisturbed
from .messages import Reply
from .plain import describe


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
    "step_size_on_one": lambda v, x, t, h: x + h * v(x, t) + v(x + h * v(x, t), t + h) / 2,
    "step_size_on_one/bare": lambda v, x, t, h: x + h * v(x, t) + v(x + h * v(x, t), t + h),
    "no_step_size/mean": lambda v, x, t, h: x + (v(x, t) + v(x + h * v(x, t), t + h)) / 2,
    "slopes_subtracted": lambda v, x, t, h: x + h / 2 * (v(x, t) - v(x + h * v(x, t), t + h)),
    "guess_backwards": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x - h * v(x, t), t + h)),
    "half_a_step": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h / 2 * v(x, t), t + h / 2)),
    "half_a_step/place": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h / 2 * v(x, t), t + h)),
    "time_stands/heun": lambda v, x, t, h: x + h / 2 * (v(x, 0.0) + v(x + h * v(x, 0.0), h)),
    "ralston": lambda v, x, t, h: x + h / 4 * (v(x, t) + 3 * v(x + 2 * h / 3 * v(x, t), t + 2 * h / 3)),
    "runge_kutta": _runge_kutta,
    "one_too_far": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h * v(x, t), t + 1)),
    "two_steps_on": lambda v, x, t, h: x + h / 2 * (v(x, t) + v(x + h * v(x, t), t + 2 * h)),
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


SOLVER_MISTAKES = {
    "time_from_one": "Time runs backwards here: it starts at t = 0 (noise) and ends at t = 1 (data).",
    "time_to_noise": "This goes the way back, from data to noise: t runs from 0 to 1 here, and the velocity is added.",
    "time_stands": "t stays 0: step i starts at t = i/steps.",
    "step_index": "t is the number of the step, not i/steps.",
    "sign": "The velocity is subtracted: add it.",
    "one_step_short": "This makes steps - 1 steps, as torch.linspace(0, 1, steps) leads to: it needs steps + 1 points.",
    "last_left_out": "The last step is missing: there are steps of them, and the last ends at t = 1.",
    "one_too_many": "This makes one step too many: for i in range(steps) makes steps of them, "
    "which `while t < 1` and torch.arange(0, 1, h) do for some numbers of steps only.",
    "only_one": "This stops after the first step: move the return out of the loop.",
    **MISTAKES,
    **GIVEN_MISTAKES,
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
        if isinstance(reply.value, (list, tuple)) and all(isinstance(place, torch.Tensor) for place in reply.value):
            raise Wrong("trajectory", f"shape {shape}", describe(reply.value))
        value = numbers(reply)
        if value.ndim == len(shape) + 1 and tuple(value.shape[1:]) == shape:
            raise Wrong("trajectory", f"shape {shape}", f"shape {tuple(value.shape)}")
        ends.append(numbers(reply, shape))
    if not repeated(ends[0], ends[1]):
        raise Wrong("drawn", "the same end from the same x", "another one each time")
    return ends[0], reply


@dataclass(frozen=True)
class Solver:
    """The check of a solver that takes equal steps from t = 0 to 1, as far as it is the same for each.

    method: of STEPS. steps: from how many to how many, for points. suspects: (field, x, steps) → where the slips of this method
    alone lead.
    """

    method: str
    steps: tuple[int, int]
    suspects: Callable[[Field, torch.Tensor, int], dict[str, torch.Tensor]]

    def points(self, bench) -> tuple[torch.Tensor, Reply]:
        """Points (B, D), and the reply of the solver that went right; raises Wrong for another place."""
        field, x = Field(bench, "points", 3), bench.randn("points x", 5, 3)
        return x, self._expect_end(bench, field, x, bench.integer("steps", *self.steps))

    def images(self, bench) -> tuple[torch.Tensor, Reply]:
        """Images (B, C, H, W), by few steps, by one, and by as many as betray a sum of 1/steps."""
        field, x = Field(bench, "images", 12), bench.randn("images x", 2, 1, 3, 4)
        for n in (3, 1, *BETRAYED):
            reply = self._expect_end(bench, field, x, n)
        return x, reply

    def untouched(self, bench) -> None:
        """Raise Wrong unless x is left as it was, and velocity asked in its dtype."""
        x, reply = first_right(bench, self.points, self.images)
        if not torch.equal(reply.inputs[1], x):
            raise Wrong("mutates", "x unchanged", "x changed by the call")
        expect_undisturbed(reply)

    def _expect_end(self, bench, field: Field, x: torch.Tensor, n: int) -> Reply:
        end, reply = solve(bench, field, x, n)
        expect(end, follow(field, x, n, self.method), lambda: self.suspects(field, x, n) | self._slips(field, x, n), 1e-4, 1e-5)
        return reply

    def _slips(self, field: Field, x: torch.Tensor, n: int) -> dict[str, torch.Tensor]:
        """Where slips lead that any solver can have; in a single step they can't be told from each other."""
        if n == 1:
            return {}
        late = {
            f"late_start/{first}": follow(lambda y, t, first=first: field(y, first + (1 - first) * t), x, n, self.method)
            for first in (1e-2, 1e-3, 1e-4)
        }
        grids = {name: follow_along(field, x, times, self.method) for name, times in mistaken_grids(n).items()}
        cut = x.double()
        for i in range(n):
            cut = STEPS[self.method](field, cut, i / n, 1 / n).clamp(-1, 1)
        at_the_end = follow(field, x, n, self.method).clamp(-1, 1)
        return grids | late | {"clamped": at_the_end, "clamped/in each step": cut}
