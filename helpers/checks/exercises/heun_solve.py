"""Check of Heun's method from t = 0 to t = 1 in equal steps, with both stages in every step."""

from __future__ import annotations

from ..check import Check
from ..solvers import SOLVER_MISTAKES, Solver, follow, follow_along

check = Check(
    "heun_solve",
    home="helpers.flow",
    mistakes={
        "euler": "This is Euler's method: Heun's takes the mean of the slopes at both ends of the step.",
        "midpoint": "This is the midpoint method, of second order as well; Heun's takes the mean of the slopes at both ends.",
        "ralston": "This is Ralston's method, of second order as well; Heun's goes a whole step for its second slope, and counts "
        "both alike.",
        "runge_kutta": "This is Runge and Kutta's method of fourth order, with four slopes a step; Heun's has two.",
        "half_missing": "The two slopes are added: take their mean.",
        "same_time_twice": "The second slope is taken at time t; it belongs to the end of the step, t + h.",
        "same_place_twice": "The second slope is taken at x; it belongs to where Euler's step leads, x + h v(x, t).",
        "end_slope_only": "Only the second slope is used: take the mean of both.",
        "step_size_missing_inside": "Euler's step inside is not multiplied by h: it leads to x + h v(x, t).",
        "from_the_guess": "The mean slope is followed from the guess; it starts from x, as the guess did.",
        "euler_at_the_end": "The last step is Euler's, as in the EDM paper, where the end would divide by 0; "
        "here each step has both stages.",
        "times_exchanged": "The two times are exchanged: the first slope is taken at t, the second at t + h.",
        "end_time_twice": "The first slope is taken at t + h; it belongs to the start of the step, t.",
        "half_on_one": "Only one of the two slopes is halved: put brackets round their sum.",
        "step_size_on_one": "Only one of the two slopes is multiplied by h: put brackets round their sum.",
        "half_way": "The steps have half the length: h = 1/steps, and the ½ belongs to the mean of the slopes.",
        "euler_at_the_start": "The first step is Euler's; here each step has both stages.",
        "x_left_out_inside": "The second slope is taken at h v(x, t) alone; the guess is x + h v(x, t).",
        "no_step_size": "The mean slope is not multiplied by the step size 1/steps.",
        "slopes_subtracted": "The second slope is subtracted; take the mean of the two.",
        "slope_reused": "The second slope is used again as the next step's first: it was taken at the guess, and the step ends "
        "elsewhere. Ask velocity(x, t) anew.",
        "guess_backwards": "Euler's step to the guess goes backwards: x + h v(x, t).",
        "half_a_step": "The guess is half a step away; the second slope belongs to the end of the step, h away.",
        "half_the_steps": "Half as many steps are made: `steps` counts steps, not how often velocity is asked.",
        "one_too_far": "The second slope is taken at t + 1; it belongs to the end of the step, t + h.",
        "two_steps_on": "The second slope is taken at t + 2 h, as where t has moved on already; it belongs to t + h.",
        "kept_from_end": "The second slope is kept away from t = 1: the last step's belongs there.",
        **SOLVER_MISTAKES,
    },
    hints=(
        "Euler trusts the slope at the start of a step. Where could you get a second opinion, and how would you weigh the two?",
        "Make Euler's step to a guess; take the slope there, at t + h; go from x along the mean of the two slopes.",
        "first = velocity(x, t); second = velocity(x + h * first, t + h), also in the last step; what moves x is "
        "h times their mean.",
    ),
)


WAYS = (
    *("euler", "midpoint", "ralston", "runge_kutta", "half_missing", "same_time_twice", "same_place_twice", "end_slope_only"),
    *("step_size_missing_inside", "from_the_guess", "times_exchanged", "end_time_twice", "half_on_one", "half_on_one/first"),
    *("step_size_on_one", "step_size_on_one/bare"),
    *("x_left_out_inside", "no_step_size/mean", "slopes_subtracted", "guess_backwards", "half_a_step", "half_a_step/place"),
    *("time_stands/heun", "one_too_far", "two_steps_on"),
)


def _suspects(field, x, n):
    if n == 1:
        return {"euler_at_the_end": follow(field, x, 1, "euler")}
    found = {name: follow(field, x, n, name) for name in WAYS}
    found["time_from_one"] = follow(lambda y, t: field(y, 1 - t), x, n, "heun")
    found["sign"] = follow(lambda y, t: -field(y, t), x, n, "heun")
    found["time_to_noise"] = follow(lambda y, t: -field(y, 1 - t), x, n, "heun")
    found["step_index"] = follow(lambda y, t: field(y, t * n), x, n, "heun")
    found["half_way"] = follow_along(field, x, [i / (2 * n) for i in range(n + 1)], "heun")
    start = follow_along(field, x, [0, 1 / n], "euler")
    found["euler_at_the_start"] = follow_along(field, start, [i / n for i in range(1, n + 1)], "heun")
    found["half_the_steps"] = follow(field, x, n // 2, "heun")
    found["slope_reused"] = _reusing(field, x, n)
    for latest in (0.99, 0.999, 0.9999):
        found[f"kept_from_end/{latest}"] = follow(lambda y, t, latest=latest: field(y, min(t, latest)), x, n, "heun")
    found["sign/outside"] = _outside(field, x, n)
    found["euler_at_the_end"] = follow_along(field, x, [i / n for i in range(n + 1)], "heun", last="euler")
    return found


def _reusing(field, x, n):
    x, first = x.double(), field(x, 0.0)
    for i in range(n):
        second = field(x + first / n, (i + 1) / n)
        x, first = x + (first + second) / (2 * n), second
    return x


def _outside(field, x, n):
    x = x.double()
    for i in range(n):
        first = field(x, i / n)
        x = x - (first + field(x + first / n, (i + 1) / n)) / (2 * n)
    return x


solver = Solver("heun", (3, 6), _suspects)


@check.property(1.5, "points (B, D): equal steps along the mean of the slopes at both ends")
def points(bench):
    solver.points(bench)


@check.property(0.75, "images (B, C, H, W); a single step has both stages, too")
def images(bench):
    solver.images(bench)


@check.property(0.75, "leaves the x that it was given as it was, and gives velocity places in its dtype")
def untouched(bench):
    solver.untouched(bench)
