"""Check of the cosine noise schedule: ᾱ_t = f(t)/f(0), f(t) = cos²((t/T + s)/(1 + s)·π/2), β_t = 1 - ᾱ_t/ᾱ_{t-1} ≤ 0.999.

Nichol and Dhariwal 2021 (arXiv:2102.09672), eq. 17.
"""

from __future__ import annotations

import math

import torch

from ..check import Bench, Check, Wrong
from ..compare import close, expect, numbers
from ..figures import compared
from ..plain import describe
from ..schedules import COLUMN, some_schedule, wrong_shape

check = Check(
    "cosine_beta_schedule",
    home="helpers.schedules",
    mistakes={
        "no_square": "cos is not squared: f(t) is the square of the cosine.",
        "angle_squared": "The angle is squared in place of its cosine: f(t) is cos(…) ** 2, with the square outside.",
        "no_offset": "The offset s is missing: the angle is (t/T + s)/(1 + s)·π/2.",
        "no_rescale": "The angle is not divided by 1 + s, so ᾱ does not reach 0 at t = T.",
        "half_pi_missing": "The angle lacks its factor π/2: it should run up to π/2, not to 1.",
        "pi_for_half_pi": "The angle has π where the paper has π/2.",
        "degrees": "The angle is in degrees; cos takes radians.",
        "sine": "sin stands where cos should: ᾱ has to fall from 1 to 0.",
        "returns_alphas": "These are the α_t = 1 - β_t; return β_t.",
        "returns_alphas_cumprod": "These are the ᾱ_t; return β_t = 1 - ᾱ_t/ᾱ_{t-1}.",
        "one_minus_alphas_cumprod": "These are 1 - ᾱ_t; β_t = 1 - ᾱ_t/ᾱ_{t-1} needs the ratio of two neighbours.",
        "ratio_upside_down": "The ratio is upside down: β_t = 1 - ᾱ_t/ᾱ_{t-1}.",
        "difference": "β_t is 1 minus the ratio of neighbouring ᾱ, not their difference.",
        "T_minus_one": "The steps of t/T are not 1/T: take the T + 1 points t = 0, 1, …, T and divide by T, not T - 1 or T + 1.",
        "first_not_divided": "The first β compares with 1 in place of f(0): divide f by f(0) first, or start at t = 0.",
        "brackets_missing": "Brackets are missing: t/T + s is one, and 1 + s is one, (t/T + s)/(1 + s)·π/2.",
        "divided_by_half_pi": "The angle is divided by π/2; it is multiplied by π/2.",
        "off_by_one": "Time is shifted by one step: the first β compares t = 1 with t = 0.",
        "linear_schedule": "This is the linear schedule of the DDPM paper; the exercise asks for the cosine one.",
        "reversed": "The schedule runs backwards: β_t should grow with t.",
        "T_plus_one_long": "There are T + 1 values of ᾱ but only T betas: each β_t takes two neighbours.",
        "one_short": "One β is missing: T betas need the T + 1 points t = 0, 1, …, T.",
        **COLUMN,
        "numpy_returned": "This is a NumPy array: wrap it in torch.tensor(…, dtype=torch.float32).",
        "list_returned": "This is a Python list: wrap it in torch.tensor(…, dtype=torch.float32).",
        "half_returned": "The betas have too few digits: return torch.float32.",
        "unclipped": "The last β is not clipped: β_t = min(1 - ᾱ_t/ᾱ_{t-1}, 0.999).",
        "clipped_elsewhere": "β is clipped, but not at 0.999.",
        "alphas_cumprod_clipped": "ᾱ is kept away from 0; what has a limit is β_t = min(1 - ᾱ_t/ᾱ_{t-1}, 0.999).",
        "max_for_min": "The larger of the two is taken; β_t is the smaller one: clamp(max=0.999).",
        "clipped_below": "The small β are clipped from below too; only the upper limit 0.999 is in the paper.",
        "s_ignored": "The argument s is ignored: the result is that of s = 0.008 for every s.",
        "wrong_default_s": "The default of s is not 0.008.",
        "T_hard_coded": "t is divided by 1000 whatever T is: divide by T.",
        "s_inside_fraction": "s is divided by T as well: the angle is (t/T + s)/(1 + s)·π/2.",
        "s_divided_alone": "Only s is divided by 1 + s: the angle is (t/T + s)/(1 + s)·π/2, all of it over 1 + s.",
    },
    hints=(
        "β_t follows from two neighbouring ᾱ. At how many points do you need ᾱ, then, and which is the first?",
        "ᾱ at t = 0, 1, …, T comes from f(t) = cos²((t/T + s)/(1 + s)·π/2), divided by f(0).",
        "With ᾱ of T + 1 entries, ᾱ[1:] and ᾱ[:-1] are the neighbours. One ratio, one subtraction, the clip "
        "at 0.999, and float32 are left.",
    ),
    figure=lambda bench: _figure(bench),
)

S = 0.008
RTOL, ATOL = 3e-3, 1e-6  # leaves room for float32 arithmetic: β_1 = 4e-5 is the difference of two numbers near 1


def _alphas_cumprod(T: int, s: float, power: float = 2, points: torch.Tensor | None = None) -> torch.Tensor:
    t = torch.arange(T + 1, dtype=torch.float64) if points is None else points
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** power
    return f / f[0]


def _ratio(alphas_cumprod: torch.Tensor) -> torch.Tensor:
    return 1 - alphas_cumprod[1:] / alphas_cumprod[:-1]


def _betas(T: int, s: float) -> torch.Tensor:
    return _ratio(_alphas_cumprod(T, s)).clamp(max=0.999)


def _figure(bench: Bench):
    # β on a logarithmic axis: ᾱ looks the same for many a wrong schedule
    return compared(bench, (1000,), torch.arange(1, 1001), _betas(1000, S), ("t", r"$\beta_t$"), log=True)


def _grid(T: int, s: float) -> torch.Tensor:
    """f at T points only, from t = 0 to T."""
    t = torch.linspace(0, 1, T, dtype=torch.float64)
    return torch.cos((t + s) / (1 + s) * math.pi / 2) ** 2


def _suspects(T: int, s: float) -> dict[str, torch.Tensor]:
    """What known mistakes make of β, before the clip."""
    t = torch.arange(T + 1, dtype=torch.float64)
    right, first = _alphas_cumprod(T, s), torch.zeros(1, dtype=torch.float64)
    angle = (t / T + s) / (1 + s) * math.pi / 2
    return {
        "no_square": _ratio(_alphas_cumprod(T, s, power=1)),
        "angle_squared": _ratio(torch.cos(angle**2)),
        "no_offset": _ratio(torch.cos(t / T * math.pi / 2) ** 2),
        "T_hard_coded": _ratio(_alphas_cumprod(1000, s, points=t)),
        "s_inside_fraction": _ratio(torch.cos((t + s) / T / (1 + s) * math.pi / 2) ** 2),
        "s_divided_alone": _ratio(torch.cos((t / T + s / (1 + s)) * math.pi / 2) ** 2),
        "first_not_divided": 1 - torch.cat([right[1:2] * torch.cos(angle[0]) ** 2, right[2:] / right[1:-1]]),
        "first_not_divided/grid": 1 - torch.cat([torch.cos(angle[0]) ** 2 + first, _grid(T, s)[1:] / _grid(T, s)[:-1]]),
        "brackets_missing": _ratio(torch.cos((t / T + s) / 1 + s * math.pi / 2) ** 2),
        "brackets_missing/sum": _ratio(torch.cos(t / T + s / (1 + s) * math.pi / 2) ** 2),
        "alphas_cumprod_clipped": _ratio(right.clamp(min=1e-3)),
        "divided_by_half_pi": _ratio(torch.cos((t / T + s) / ((1 + s) * math.pi / 2)) ** 2),
        "no_rescale": _ratio(torch.cos((t / T + s) * math.pi / 2) ** 2),
        "half_pi_missing": _ratio(torch.cos((t / T + s) / (1 + s)) ** 2),
        "pi_for_half_pi": _ratio(torch.cos(2 * angle) ** 2),
        "degrees": _ratio(torch.cos(angle * math.pi / 180) ** 2),
        "sine": _ratio(torch.sin(angle) ** 2),
        "returns_alphas": 1 - _betas(T, s),
        "returns_alphas_cumprod": right[1:],
        "returns_alphas_cumprod/all": right,
        "one_minus_alphas_cumprod": 1 - right[1:],
        "one_minus_alphas_cumprod/not divided": torch.sin(angle[1:]) ** 2,
        "returns_alphas_cumprod/not divided": torch.cos(angle[1:]) ** 2,
        "ratio_upside_down": 1 - right[:-1] / right[1:],
        "difference": right[:-1] - right[1:],
        "T_minus_one": torch.cat([first, _ratio(_alphas_cumprod(T, s, points=t[:-1] * T / (T - 1)))]),
        "T_minus_one/more": _ratio(_alphas_cumprod(T, s, points=t * T / (T + 1))),
        "T_minus_one/beyond": _ratio(_alphas_cumprod(T, s, points=t * (T + 1) / T)),
        "off_by_one": _ratio(_alphas_cumprod(T, s, points=t + 1)),
        "off_by_one/late": torch.cat([first, _ratio(right)[:-1]]),
        "off_by_one/early": _ratio(_alphas_cumprod(T, s, points=t - 1)),
        "linear_schedule": torch.linspace(1e-4, 0.02, T, dtype=torch.float64),
        "reversed": _betas(T, s).flip(0),
        "clipped_below": _betas(T, s).clamp(min=1e-4),
        "max_for_min": _ratio(right).clamp(min=0.999),
        "wrong_default_s": _ratio(_alphas_cumprod(T, 10 * s)),
        "wrong_default_s/small": _ratio(_alphas_cumprod(T, s / 10)),
    }


def _schedule(bench: Bench, T: int, **kwargs) -> torch.Tensor:
    return numbers(bench.call(T, **kwargs)).flatten()


def _expect_betas(received: torch.Tensor, T: int, s: float, suspects: dict[str, torch.Tensor]) -> None:
    # the last β depends on the clip, which is a property of its own, and so do more of them if it is low
    right, limit = _betas(T, s), float(received.max()) if len(received) else math.nan
    if limit < 0.999 and (right < limit).double().mean() > 0.25 and close(received, right.clamp(max=limit), RTOL, ATOL):
        return
    if limit < 0.999 and (low := float(received.min())) < limit and close(received, right.clamp(low, limit), RTOL, ATOL):
        raise Wrong(
            "clipped_below" if low > 1.01 * float(right.min()) else "clipped_elsewhere", "0.999", f"{low:.6g} to {limit:.6g}"
        )
    shown = {name: betas[:-1] for name, betas in suspects.items()}
    shown |= {f"{name}/clipped {low}": betas.clamp(low, 0.999) for name, betas in shown.items() for low in (0, -math.inf)}
    expect(received[:-1], right[:-1], shown, RTOL, ATOL)


@check.property(0.25, "returns T betas, shape (T,)")
def shape(bench):
    T = bench.integer("shape", 40, 400)
    received = tuple(numbers(bench.call(T)).shape)
    if received == (T,):
        some_schedule(bench, T)
        return
    raise Wrong(wrong_shape(received, T), f"shape ({T},)", f"shape {received}")


@check.property(0.5, "returns a tensor of float32 (float64 will do)")
def dtype(bench):
    reply = some_schedule(bench, 100)
    fact = reply.facts.get("")
    if fact is None:
        raise Wrong("list_returned", "a float32 tensor", describe(reply.value))
    if fact.was_numpy:
        raise Wrong("numpy_returned", "a float32 tensor", "a NumPy array")
    if fact.dtype not in ("float32", "float64"):
        mistake = {"float16": "half_returned", "bfloat16": "half_returned"}
        raise Wrong(mistake.get(fact.dtype, ""), "float32", fact.dtype)


@check.property(1.5, "β_t = 1 - ᾱ_t/ᾱ_{t-1} from the squared cosine, for s = 0.008")
def values(bench):
    for T in (1000, bench.integer("values", 100, 600)):
        _expect_betas(_schedule(bench, T), T, S, _suspects(T, S))


@check.property(1.0, "β is clipped at 0.999, which touches the last one")
def clip(bench):
    T = bench.integer("clip", 100, 900)
    betas = _schedule(bench, T)
    received = float(betas[-1]) if len(betas) else math.nan
    if abs(received - 0.999) < 5e-5:
        return
    last = T // 10  # β rises steeply there
    elsewhere = received > 0 and close(betas[-last:], _ratio(_alphas_cumprod(T, S)).clamp(max=received)[-last:], RTOL, ATOL)
    mistake = "unclipped" if abs(received - 1) < 1e-6 else "clipped_elsewhere" if elsewhere else ""
    mistake = "max_for_min" if "max_for_min" in bench.named else mistake
    raise Wrong(mistake, "0.999", f"{received:.6g}")


@check.property(0.5, "the offset s is an argument that counts")
def offset(bench):
    T = bench.integer("T", 100, 600)
    for s in (bench.uniform("s", 0.02, 0.1), bench.uniform("another s", 0.02, 0.1)):
        _expect_betas(_schedule(bench, T, s=s), T, s, _suspects(T, s) | {"s_ignored": _betas(T, S)})


check.defaults(0.25, "s may be left out, and is 0.008 then", needs="shape")
