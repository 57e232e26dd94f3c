"""Check of where SDEdit starts: t = round(strength · (T-1)), and x_t by eq. 4 (arXiv:2108.01073, 2006.11239)."""

from __future__ import annotations

import math

import torch

from ..check import Check, Wrong
from ..compare import expect, repeated
from ..given import expect_unchanged
from ..plain import describe

check = Check(
    "sdedit_start",
    home="helpers.sdedit",
    mistakes={
        "times_T": "strength multiplies T: the last level is T-1, so t = round(strength · (T-1)).",
        "rounded_down": "t is rounded down: use round, not int.",
        "rounded_up": "t is rounded up: round takes the nearest whole number.",
        "from_the_end": "t runs the wrong way: strength 1 is the noisiest level, T-1.",
        "t_not_int": "t has to be an int: int(round(...)), or .item() of a tensor.",
        "order": "The order is (t, x_t).",
        "only_picture": "Only x_t is returned: return t, x_t.",
        "roots_missing": "The factors of eq. 4 lack their roots: √ᾱ and √(1-ᾱ).",
        "exchanged": "The factors are exchanged: x0 gets √ᾱ, the noise √(1-ᾱ).",
        "not_scaled": "x0 is not scaled: its factor is √ᾱ.",
        "no_noise": "No noise is added: add √(1-ᾱ) noise.",
        "wrong_level": "x_t is not at the level t that is returned: take alphas_cumprod[t].",
        "blend": "x0 and noise are mixed by strength itself: take the level's factors, √ᾱ and √(1-ᾱ).",
        "clean_at_zero": "Strength 0 is level 0, which has a little noise; here x0 comes back as it was.",
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
    a = torch.linspace(0.97, 0.05, T) - 0.01 * torch.rand(T, generator=bench.random(f"{key} steps"))
    return bench.randn(f"{key} x0", 2, 3, 4, 5), a, bench.randn(f"{key} noise", 2, 3, 4, 5)


def _pair(reply):
    value = reply.value
    if isinstance(value, torch.Tensor) and value.ndim == 4:
        raise Wrong("only_picture", "(t, x_t)", describe(value))
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Wrong(expected="(t, x_t)", received=describe(value))
    first, second = value
    if isinstance(first, torch.Tensor) and first.ndim == 4 and not (isinstance(second, torch.Tensor) and second.ndim == 4):
        raise Wrong("order", "(t, x_t)", "(x_t, t)")
    scalar = isinstance(first, torch.Tensor) and first.numel() == 1
    if not scalar and (isinstance(first, bool) or not isinstance(first, (int, float))):
        raise Wrong(expected="an int t", received=describe(first))
    if not isinstance(second, torch.Tensor) or second.ndim != 4 or second.is_complex():
        raise Wrong(expected="a tensor x_t", received=describe(second))
    return first, second.double()


@check.property(0.75, "t = round(strength · (T-1))")
def level(bench):
    x0, a, noise = _given(bench, "level")
    strengths = [0.0, 1.0, 0.3, 0.8, 0.15, 0.55, 0.97, bench.integer("level", 2, 20) / (T - 1) + 0.3 / (T - 1)]
    received = torch.tensor([float(_pair(bench.call(x0, s, a, noise))[0]) for s in strengths]).double()

    def along(f):
        return torch.tensor([float(f(s)) for s in strengths]).double()

    suspects = {
        "times_T": along(lambda s: round(s * T)),
        "times_T/clamped": along(lambda s: min(round(s * T), T - 1)),
        "times_T/down": along(lambda s: min(int(s * T), T - 1)),
        "rounded_down": along(lambda s: int(s * (T - 1) + 1e-9)),
        "rounded_up": along(lambda s: math.ceil(s * (T - 1) - 1e-9)),
        "times_T/less one": along(lambda s: max(round(s * T) - 1, 0)),
        "times_T/down, less one": along(lambda s: max(int(s * T) - 1, 0)),
        "from_the_end": along(lambda s: round((1 - s) * (T - 1))),
        "from_the_end/rest": along(lambda s: T - 1 - round(s * (T - 1))),
    }
    expect(received, along(lambda s: round(s * (T - 1))), suspects, 0, 1e-6)


@check.property(0.25, "t is an int", needs="level")
def whole(bench):
    x0, a, noise = _given(bench, "whole")
    t, _ = _pair(bench.call(x0, 0.4, a, noise))
    if not isinstance(t, int):
        raise Wrong("t_not_int", "an int", describe(t))


@check.property(0.75, "x_t by eq. 4 at level t")
def values(bench):
    x0, a_all, noise = _given(bench, "values")
    received, right = [], []
    wrong: dict[str, list[torch.Tensor]] = {}
    X, n = x0.double(), noise.double()
    for strength in (0.0, 0.3, 0.8, 1.0):
        replies = [_pair(bench.call(x0, strength, a_all, noise, seed=seed)) for seed in (0, 1)]
        if not repeated(replies[0][1], replies[1][1]):
            raise Wrong("own_noise", "the same result from the same noise", "another one each time")
        t = min(max(round(float(replies[0][0])), 0), T - 1)  # of the answer, so that one mistake costs once
        a, above, below = (a_all.double()[min(max(t + k, 0), T - 1)] for k in (0, 1, -1))
        received.append(replies[0][1])
        right.append(a.sqrt() * X + (1 - a).sqrt() * n)
        cases = {
            "roots_missing": a * X + (1 - a) * n,
            "exchanged": (1 - a).sqrt() * X + a.sqrt() * n,
            "not_scaled": X + (1 - a).sqrt() * n,
            "no_noise": a.sqrt() * X,
            "no_noise/x0": X,
            "wrong_level": above.sqrt() * X + (1 - above).sqrt() * n,
            "wrong_level/below": below.sqrt() * X + (1 - below).sqrt() * n,
            "blend": (1 - strength) * X + strength * n,
            "blend/roots": (1 - strength) ** 0.5 * X + strength**0.5 * n,
            "clean_at_zero": X if strength == 0 else a.sqrt() * X + (1 - a).sqrt() * n,
        }
        for name, value in cases.items():
            wrong.setdefault(name, []).append(value)
    expect(torch.stack(received), torch.stack(right), {name: torch.stack(v) for name, v in wrong.items()}, 1e-4, 1e-5)


@check.property(0.25, "leaves its arguments as they were", needs="values")
def untouched(bench):
    x0, a, noise = _given(bench, "kept")
    given = (x0, 0.6, a, noise)
    expect_unchanged(given, bench.call(*given))
