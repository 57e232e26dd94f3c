"""Check of Euler's method from t = 0 to t = 1 in equal steps."""

from __future__ import annotations

from functools import partial

import torch

from ..check import Check, Wrong
from ..compare import expect
from ..fields import BETRAYED, SOLVER_MISTAKES, Field, first_right, follow, follow_along, mistaken_grids, solve, solver_slips
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_undisturbed

check = Check(
    "euler_solve",
    home="helpers.flow",
    mistakes={
        "heun": "This is Heun's method, the next exercise: Euler takes the slope at the start of the step alone.",
        "midpoint": "This is the midpoint method: Euler takes the slope at the start of the step.",
        "end_of_step": "t is that of the end of the step: step i starts at t = i/steps.",
        "middle_of_step": "t is that of the middle of the step: step i starts at t = i/steps.",
        "time_from_one": "Time runs backwards here: it starts at t = 0 (noise) and ends at t = 1 (data).",
        "time_stands": "t stays 0: step i starts at t = i/steps.",
        "sign": "The velocity is subtracted: add it.",
        "no_step_size": "The velocity is not multiplied by the step size 1/steps.",
        "one_step_short": "This makes steps - 1 steps, as torch.linspace(0, 1, steps) leads to: it needs steps + 1 points.",
        "last_left_out": "The last step is missing: there are steps of them, and the last ends at t = 1.",
        "one_too_many": "This makes one step too many: for i in range(steps) makes steps of them, "
        "which `while t < 1` and torch.arange(0, 1, h) do for some numbers of steps only.",
        "only_one": "This stops after the first step: move the return out of the loop.",
        "step_index": "t is the number of the step, not i/steps.",
        "other_step_size": "The step size is another than 1/steps.",
        "time_to_noise": "This goes the way back, from data to noise: t runs from 0 to 1 here, and the velocity is added.",
        "x_left_out": "x is replaced by the step: x + velocity / steps.",
        "from_the_start": "Each step starts from the first x: carry the x of the last step on.",
        "first_left_out": "The first step, from t = 0, is missing: range(steps) begins at 0.",
        "velocity_returned": "The last velocity comes back: return x.",
        **SOLVER_MISTAKES,
        **GIVEN_MISTAKES,
    },
    hints=(
        "How far does the point move in a short time h, if it keeps the velocity that it has at the start of it?",
        "h = 1/steps. Step i starts at t = i·h, the same for each sample: x.new_full((len(x),), i / steps).",
        "In a loop over i in range(steps): t as above, then x = x + velocity(x, t) / steps. The loop ends before the return.",
    ),
)


WAYS = (
    *("heun", "midpoint", "end_of_step", "middle_of_step", "time_from_one", "time_stands", "sign", "no_step_size"),
    *("other_step_size", "other_step_size/larger", "other_step_size/steps", "other_step_size/t"),
    *("time_to_noise", "x_left_out"),
)
GRIDS = ("one_step_short", "last_left_out", "one_too_many", "only_one")


def _suspects(field, x, n):
    if n == 1:
        return {}
    found = {name: follow(field, x, n, name) for name in WAYS}
    found |= {name: follow_along(field, x, mistaken_grids(n)[name], "euler") for name in GRIDS}
    # the number of the step in place of its time, and linspace's short grid with h = 1/steps
    moved = short = x.double()
    for i in range(n):
        moved, short = moved + field(moved, i) / n, short + field(short, i / (n - 1)) / n
    places = [follow_along(field, x, [j / n for j in range(i + 1)], "euler") for i in range(n)]
    start, last = x.double(), x.double()
    for i in range(n):
        last = start + field(last, i / n) / n
    found |= {"from_the_start": last, "velocity_returned": field(places[-1], (n - 1) / n)}
    found["first_left_out"] = follow_along(field, x, [i / n for i in range(1, n + 1)], "euler")
    return found | {"step_index": moved, "one_step_short/h": short} | solver_slips(field, x, n, "euler")


def _points(bench):
    n, field, x = bench.integer("steps", 4, 7), Field(bench, "points", 3), bench.randn("points x", 5, 3)
    end, reply = solve(bench, field, x, n)
    expect(end, follow(field, x, n, "euler"), partial(_suspects, field, x, n), 1e-4, 1e-5)
    return x, reply


def _images(bench):
    field, x = Field(bench, "images", 12), bench.randn("images x", 2, 1, 3, 4)
    for n in (3, 1, *BETRAYED):
        end, reply = solve(bench, field, x, n)
        expect(end, follow(field, x, n, "euler"), partial(_suspects, field, x, n), 1e-4, 1e-5)
    return x, reply


@check.property(1.0, "points (B, D): equal steps of x + h v(x, t) from t = 0 to 1")
def points(bench):
    _points(bench)


@check.property(0.5, "images (B, C, H, W), and a single step")
def images(bench):
    _images(bench)


@check.property(0.5, "leaves the x that it was given as it was, and gives velocity places in its dtype")
def untouched(bench):
    x, reply = first_right(bench, _points, _images)
    if not torch.equal(reply.inputs[1], x):
        raise Wrong("mutates", "x unchanged", "x changed by the call")
    expect_undisturbed(reply)
