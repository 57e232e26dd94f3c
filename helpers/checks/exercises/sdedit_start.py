"""Check of where SDEdit starts: t = round(strength · (T-1)), and x_t by eq. 4 (arXiv:2108.01073, 2006.11239)."""

from __future__ import annotations

import math

import torch

from .. import mixing
from ..check import Check, Wrong
from ..compare import expect, repeated
from ..given import expect_unchanged
from ..mixing import Along, mixed
from ..plain import SubjectError, describe

check = Check(
    "sdedit_start",
    home="helpers.sdedit",
    mistakes={
        "times_T": "strength multiplies T: the last level is T-1, so t = round(strength · (T-1)).",
        "fixed_T": "T is written in as 1000; it is len(alphas_cumprod), so the last level is len(alphas_cumprod) - 1.",
        "not_rounded": "strength · (T-1) comes back as it is: round it to the level that x_t is at.",
        "rounded_first": "strength is rounded, and multiplied after it: round the product strength · (T-1).",
        "rounded_down": "t is rounded down: use round, not int.",
        "rounded_up": "t is rounded up: round takes the nearest whole number.",
        "from_the_end": "t runs the wrong way: strength 1 is the noisiest level, T-1.",
        "t_not_int": "t has to be an int: int(round(...)), or .item() of a tensor.",
        "order": "The order is (t, x_t).",
        "only_picture": "Only x_t is returned: return t, x_t.",
        **mixing.mistakes("x0", "ᾱ", "1-ᾱ"),
        "cumprod_again": "The product is taken a second time: alphas_cumprod is ᾱ already.",
        "wrong_level": "x_t is not at the level t that is returned: take alphas_cumprod[t].",
        "blend": "x0 and noise are mixed by strength itself: take the level's factors, √ᾱ and √(1-ᾱ).",
        "clean_at_zero": "Strength 0 is level 0, which has a little noise; here x0 comes back as it was.",
        "noise_at_one": "Strength 1 is level T-1, where a little of x0 is left; here the noise comes back as it was.",
        "own_noise": "The noise given as an argument is not used: draw none inside.",
        "mutates": "An argument is changed in place: use a * x, not x *= a.",
    },
    hints=(
        "If strength is a share of the way along the schedule, what are the first and the last level?",
        "t = round(strength * (len(alphas_cumprod) - 1)); x_t is eq. 4 of the DDPM paper at that t.",
        "With a = alphas_cumprod[t], x0 has factor a.sqrt(). The noise has the rest of the variance; return both, t first.",
    ),
)

T = 23


def _given(bench, key: str):
    a = torch.linspace(0.985, 0.22, T) ** 2 - 0.01 * torch.rand(T, generator=bench.random(f"{key} steps"))
    return bench.wide(f"{key} x0", 2, 3, 4, 5), a, bench.wide(f"{key} noise", 2, 3, 4, 5)


def _call(bench, x0, strength, alphas_cumprod, noise, seed=0):
    """(t, x_t) of the answer's reply; an index that a wrong T leads to is called by its name."""
    try:
        return _pair(bench.call(x0, strength, alphas_cumprod, noise, seed=seed))
    except SubjectError as error:
        beyond = {round(strength * 1000): "fixed_T", round(strength * 999): "fixed_T", round(strength * T): "times_T"}
        for index, mistake in beyond.items():
            if f"index {index} is out of" in error.message:
                raise Wrong(mistake, f"t = {round(strength * (T - 1))} for T = {T}", f"t = {index}") from None
        raise


def _level(t) -> float:
    """The level that an answer means, whether t is a number or a tensor of it."""
    return float(torch.as_tensor(t).flatten()[0])


def _pair(reply):
    value = reply.value
    if isinstance(value, torch.Tensor) and value.ndim == 4:
        raise Wrong("only_picture", "(t, x_t)", describe(value))
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Wrong(expected="(t, x_t)", received=describe(value))
    first, second = value
    if isinstance(first, torch.Tensor) and first.ndim == 4 and not (isinstance(second, torch.Tensor) and second.ndim == 4):
        raise Wrong("order", "(t, x_t)", "(x_t, t)")
    if isinstance(first, torch.Tensor) and first.numel() and (first == first.flatten()[0]).all():
        whole = reply.facts["0"].was_numpy and first.ndim == 0 and not first.is_floating_point()
        first = int(first) if whole else first  # NumPy's integer serves as an index like Python's
    elif isinstance(first, bool) or not isinstance(first, (int, float)):
        raise Wrong(expected="an int t", received=describe(first))
    if not isinstance(second, torch.Tensor) or second.ndim != 4 or second.is_complex():
        raise Wrong(expected="a tensor x_t", received=describe(second))
    return first, second.double()


@check.property(0.75, "t = round(strength · (T-1))")
def level(bench):
    x0, a, noise = _given(bench, "level")
    strengths = [0.0, 1.0, 0.3, 0.8, 0.15, 0.55, 0.97, bench.integer("level", 2, 20) / (T - 1) + 0.3 / (T - 1)]
    received = torch.tensor([_level(_call(bench, x0, s, a, noise)[0]) for s in strengths]).double()

    def along(f):
        return torch.tensor([float(f(s)) for s in strengths]).double()

    suspects = {
        "times_T": along(lambda s: round(s * T)),
        "times_T/clamped": along(lambda s: min(round(s * T), T - 1)),
        "times_T/down": along(lambda s: min(int(s * T), T - 1)),
        "rounded_down": along(lambda s: int(s * (T - 1) + 1e-9)),
        "rounded_up": along(lambda s: math.ceil(s * (T - 1) - 1e-9)),
        "times_T/less one": along(lambda s: max(round(s * T) - 1, 0)),
        "times_T/less one, below 0": along(lambda s: round(s * T) - 1),
        "clean_at_zero": along(lambda s: round(s * (T - 1)) if s else -1),
        "not_rounded": along(lambda s: s * (T - 1)),
        "rounded_first": along(lambda s: round(s) * (T - 1)),
        "times_T/down, less one": along(lambda s: max(int(s * T) - 1, 0)),
        "from_the_end": along(lambda s: round((1 - s) * (T - 1))),
        "from_the_end/rest": along(lambda s: T - 1 - round(s * (T - 1))),
        "from_the_end/times T": along(lambda s: min(T - int(s * T), T - 1)),
        "from_the_end/times T, less one": along(lambda s: max(T - 1 - int(s * T), 0)),
        "from_the_end/down": along(lambda s: T - 1 - int(s * (T - 1))),
    }
    expect(received, along(lambda s: round(s * (T - 1))), suspects, 0, 1e-6)


@check.property(0.25, "t is an int", needs="level")
def whole(bench):
    x0, a, noise = _given(bench, "whole")
    t, _ = _call(bench, x0, 0.4, a, noise)
    if not isinstance(t, int):
        raise Wrong("t_not_int", "an int", describe(t))


@check.property(0.75, "x_t by eq. 4 at level t")
def values(bench):
    x0, a_all, noise = _given(bench, "values")
    along, X, n = Along(), x0.double(), noise.double()
    for strength in (0.0, 0.3, 0.8, 1.0):
        (found, x_t), (_, again) = (_call(bench, x0, strength, a_all, noise, seed) for seed in (0, 1))
        if not repeated(x_t, again):
            raise Wrong("own_noise", "the same result from the same noise", "another one each time")
        t = min(max(round(_level(found)), 0), T - 1)  # of the answer, so that one mistake costs once
        a, right = a_all.double()[t], mixed(x0, noise, a_all[t])
        cases = mixing.slips(x0, noise, a) | {
            "noise_missing/x0": X,
            "cumprod_again": mixed(x0, noise, a_all.double().cumprod(0)[t]),
            "wrong_level": mixed(x0, noise, a_all[min(t + 1, T - 1)]),
            "wrong_level/below": mixed(x0, noise, a_all[max(t - 1, 0)]),
            "wrong_level/around": mixed(x0, noise, a_all[t - 1]),
            "blend": (1 - strength) * X + strength * n,
            "blend/roots": (1 - strength) ** 0.5 * X + strength**0.5 * n,
            "clean_at_zero": right if strength else X,
            "noise_at_one": n if strength == 1 else right,
        }
        along.add(x_t, right, cases)
    expect(*along.all(), 1e-4, 1e-5)


@check.property(0.25, "leaves its arguments as they were", needs="values")
def untouched(bench):
    x0, a, noise = _given(bench, "kept")
    given = (x0, 0.6, a, noise)
    expect_unchanged(given, bench.call(*given))
