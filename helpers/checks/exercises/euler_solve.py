"""Check of Euler's method from t = 0 to t = 1 in equal steps."""

from __future__ import annotations

from ..check import Check
from ..solvers import SOLVER_MISTAKES, Solver, follow, follow_along

check = Check(
    "euler_solve",
    home="helpers.flow",
    mistakes={
        "heun": "This is Heun's method, the next exercise: Euler takes the slope at the start of the step alone.",
        "midpoint": "This is the midpoint method: Euler takes the slope at the start of the step.",
        "end_of_step": "t is that of the end of the step: step i starts at t = i/steps.",
        "middle_of_step": "t is that of the middle of the step: step i starts at t = i/steps.",
        "no_step_size": "The velocity is not multiplied by the step size 1/steps.",
        "other_step_size": "The step size is another than 1/steps.",
        "x_left_out": "x is replaced by the step: x + velocity / steps.",
        "from_the_start": "Each step starts from the first x: carry the x of the last step on.",
        "first_left_out": "The first step, from t = 0, is missing: range(steps) begins at 0.",
        "velocity_returned": "The last velocity comes back: return x.",
        "times_stretched": "The times are i/(steps - 1), as torch.linspace(0, 1, steps) gives them, both ends counted; step i "
        "starts at t = i/steps.",
        "place_stands": "The velocity is asked at the first x in every step: ask it where the last step led.",
        **SOLVER_MISTAKES,
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


def _suspects(field, x, n):
    if n == 1:
        return {}
    found = {name: follow(field, x, n, name) for name in WAYS}
    # the number of the step in place of its time, and linspace's short grid with h = 1/steps
    moved = short = stood = x.double()
    for i in range(n):
        moved, short, stood = moved + field(moved, i) / n, short + field(short, i / (n - 1)) / n, stood + field(x, i / n) / n
    places = [follow_along(field, x, [j / n for j in range(i + 1)], "euler") for i in range(n)]
    start, last = x.double(), x.double()
    for i in range(n):
        last = start + field(last, i / n) / n
    found |= {"from_the_start": last, "velocity_returned": field(places[-1], (n - 1) / n)}
    found["first_left_out"] = follow_along(field, x, [i / n for i in range(1, n + 1)], "euler")
    return found | {"step_index": moved, "times_stretched": short, "place_stands": stood}


solver = Solver("euler", (4, 7), _suspects)


@check.property(1.0, "points (B, D): equal steps of x + h v(x, t) from t = 0 to 1")
def points(bench):
    solver.points(bench)


@check.property(0.5, "images (B, C, H, W), and a single step")
def images(bench):
    solver.images(bench)


@check.property(0.5, "leaves the x that it was given as it was, and gives velocity places in its dtype")
def untouched(bench):
    solver.untouched(bench)
