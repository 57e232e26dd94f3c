"""Check of Stable Diffusion's schedule: β_t = (linear from √β_start to √β_end)², T values (arXiv:2112.10752)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import expect, numbers
from ..figures import compared
from ..schedules import COLUMN, some_schedule, wrong_shape

START, END = 0.00085, 0.012

check = Check(
    "scaled_linear_beta_schedule",
    home="helpers.schedules",
    mistakes={
        "linear": "β itself is linear here; its square root should be.",
        "not_squared_back": "These are √β: square them at the end.",
        "no_roots": "The ends are squared without a root before: go from √β_start to √β_end, then square.",
        "root_of_linear": "This is the root of a β that is linear: go from √β_start to √β_end, then square.",
        "squares_for_roots": "Roots and squares are exchanged: take the roots of the ends first, and square what lies between.",
        "stretched": "The ends are multiplied by 1000/T; here they are β_start and β_end for every T.",
        "geometric": "β grows geometrically here; its square root should grow linearly.",
        "ends_exchanged": "The schedule falls from β_end to β_start; it should grow.",
        "end_left_out": "The last value is not β_end: T values, both ends included, as torch.linspace gives.",
        "start_left_out": "The first value is not β_start: T values, both ends included, as torch.linspace gives.",
        "ddpm_ends": "These are the ends of the DDPM paper, 1e-4 and 0.02; Stable Diffusion's are 0.00085 and 0.012.",
        "returns_alphas": "These are α_t = 1 - β_t; return β_t.",
        "returns_alphas_cumprod": "These are ᾱ_t; return β_t.",
        "T_plus_one_long": "There is one value too many: T betas.",
        "one_short": "There is one value too few: T betas.",
        "T_ignored": "The number of values does not follow T.",
        **COLUMN,
        "arguments_ignored": "beta_start and beta_end are ignored: the result is always that of 0.00085 and 0.012.",
        "end_ignored": "beta_end is ignored.",
        "start_ignored": "beta_start is ignored.",
        "wrong_defaults": "The values are right for the ends given, so the defaults are wrong: 0.00085 and 0.012.",
    },
    hints=(
        "What is linear in t, if it is not β: which function of β?",
        "The square root of β runs linearly, in T points, both ends included.",
        "torch.linspace from the root of beta_start to the root of beta_end gives √β. What turns √β into β? Then float32.",
    ),
    figure=lambda bench: compared(bench, (1000,), torch.arange(1, 1001), _betas(1000, START, END), ("t", r"$\beta_t$")),
)


def _betas(T, start, end):
    share = torch.arange(T, dtype=torch.float64) / (T - 1)
    return (start**0.5 * (1 - share) + end**0.5 * share) ** 2


def _suspects(T, start, end):
    share = torch.arange(T, dtype=torch.float64) / (T - 1)
    right = _betas(T, start, end)
    short = torch.arange(T, dtype=torch.float64) / T
    return {
        "linear": start * (1 - share) + end * share,
        "not_squared_back": right.sqrt(),
        "no_roots": (start * (1 - share) + end * share) ** 2,
        "root_of_linear": (start * (1 - share) + end * share).sqrt(),
        "squares_for_roots": (start**2 * (1 - share) + end**2 * share).sqrt(),
        "stretched": 1000 / T * right,
        "stretched/linear": 1000 / T * (start * (1 - share) + end * share),
        "geometric": start * (end / start) ** share,
        "ends_exchanged": right.flip(0),
        "end_left_out": (start**0.5 * (1 - short) + end**0.5 * short) ** 2,
        "start_left_out": (start**0.5 * (1 - short - 1 / T) + end**0.5 * (short + 1 / T)) ** 2,
        "returns_alphas": 1 - right,
        "returns_alphas_cumprod": torch.cumprod(1 - right, 0),
    }


@check.property(0.5, "returns T betas, shape (T,)")
def shape(bench):
    T = bench.integer("shape", 40, 400)
    received = tuple(numbers(some_schedule(bench, T)).shape)
    if received == (T,):
        return
    mistake = wrong_shape(received, T)
    if not mistake and received == tuple(numbers(bench.call(T + 1)).shape):
        mistake = "T_ignored"
    raise Wrong(mistake, f"shape ({T},)", f"shape {received}")


@check.property(0.75, "√β is linear in t, from 0.00085 to 0.012")
def values(bench):
    T = bench.integer("values", 100, 1000)
    received = numbers(bench.call(T)).flatten()
    suspects = _suspects(T, START, END) | {"ddpm_ends": _betas(T, 1e-4, 0.02), "linear/ddpm": torch.linspace(1e-4, 0.02, T)}
    explicit = numbers(bench.call(T, beta_start=START, beta_end=END)).flatten()
    if explicit.shape == (T,) and torch.allclose(explicit, _betas(T, START, END), 1e-4, 1e-7):
        suspects = {"ddpm_ends": suspects["ddpm_ends"]}
        if received.shape == (T,) and not torch.allclose(received, suspects["ddpm_ends"], 1e-4, 1e-7):
            suspects["wrong_defaults"] = received
    expect(received, _betas(T, START, END), suspects, 1e-4, 1e-7)


@check.property(0.5, "beta_start and beta_end are arguments that count")
def ends(bench):
    T, start, end = bench.integer("T", 100, 600), bench.uniform("start", 0.002, 0.008), bench.uniform("end", 0.02, 0.05)
    received = numbers(bench.call(T, beta_start=start, beta_end=end)).flatten()
    suspects = _suspects(T, start, end) | {
        "arguments_ignored": _betas(T, START, END),
        "end_ignored": _betas(T, start, END),
        "start_ignored": _betas(T, START, end),
    }
    expect(received, _betas(T, start, end), suspects, 1e-4, 1e-7)


check.defaults(0.25, "beta_start and beta_end may be left out", needs="shape")
