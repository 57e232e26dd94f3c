"""Check of RePaint's way back up one step: √(1-β_t) x_prev + √β_t noise (arXiv:2201.09865, Algorithm 1)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import expect, numbers, repeated
from ..given import expect_unchanged

check = Check(
    "inpaint_back",
    home="helpers.inpainting",
    mistakes={
        "roots_missing": "The factors lack their roots: √(1-β_t) and √β_t.",
        "signal_root_missing": "x_prev is multiplied by 1-β_t; multiply by √(1-β_t).",
        "noise_root_missing": "The noise is multiplied by β_t; multiply by √β_t.",
        "exchanged": "The factors are exchanged: x_prev gets √(1-β_t), the noise √β_t.",
        "signal_unscaled": "x_prev is not scaled: its factor is √(1-β_t), so that the variance stays.",
        "no_noise": "No noise is added: add √β_t noise.",
        "jump": "This goes from the clean image to level t with ᾱ_t; one step takes β_t.",
        "wrong_index": "Another step's β is used: take betas[t].",
        "sign": "The noise is taken away; add it.",
        "undone": "x_prev is divided by √(1-β_t): that is the way down. Multiply.",
        "own_noise": "The noise given as an argument is not used: draw none inside.",
        "mutates": "An argument is changed in place: use a * x, not x *= a.",
    },
    hints=(
        "Which equation of notebook 3 takes a picture one step further into the noise, and which β does it use?",
        "The variance of x stays 1 if it was 1: the two factors' squares add up to 1.",
        "The noise has factor betas[t].sqrt(). What is left of the variance for x_prev, and what is its root?",
    ),
)


@check.property(1.5, "√(1-β_t) x_prev + √β_t noise, with β at index t")
def values(bench):
    betas = torch.linspace(0.02, 0.6, 12) + 0.02 * torch.rand(12, generator=bench.random("betas"))
    x, noise, n = bench.randn("x", 2, 3, 4, 5), bench.randn("noise", 2, 3, 4, 5), bench.randn("noise", 2, 3, 4, 5).double()
    answers, expected = [], []
    wrong: dict[str, list[torch.Tensor]] = {}
    for t in (0, bench.integer("t", 4, 7), 11):
        answers.append(numbers(bench.call(x, t, betas, noise), tuple(x.shape)))
        b, a = betas.double()[t], (1 - betas.double()).cumprod(0)[t]
        X, keep = x.double(), (1 - betas.double()[t]).sqrt()
        beside = {f"wrong_index/{k}": betas.double()[(t + k) % 12] for k in (-1, 1)}
        beside |= {"wrong_index/clamped down": betas.double()[max(t - 1, 0)], "wrong_index/up": betas.double()[min(t + 1, 11)]}
        expected.append(keep * X + b.sqrt() * n)
        cases = {
            "roots_missing": (1 - b) * X + b * n,
            "signal_root_missing": (1 - b) * X + b.sqrt() * n,
            "noise_root_missing": keep * X + b * n,
            "exchanged": b.sqrt() * X + keep * n,
            "signal_unscaled": X + b.sqrt() * n,
            "no_noise": keep * X,
            "jump": a.sqrt() * X + (1 - a).sqrt() * n,
            "sign": keep * X - b.sqrt() * n,
            "undone": X / keep + b.sqrt() * n,
            "undone/reverse": (X - b.sqrt() * n) / keep,
        } | {name: (1 - other).sqrt() * X + other.sqrt() * n for name, other in beside.items()}
        for name, value in cases.items():
            wrong.setdefault(name, []).append(value)
    received, right = torch.stack(answers), torch.stack(expected)
    silent = [numbers(bench.call(x, 5, betas, z), tuple(x.shape)) for z in (noise, -noise)]
    if torch.equal(*silent) and not torch.allclose(received, torch.stack(wrong["no_noise"]), 1e-4, 1e-5):
        raise Wrong("own_noise", "a result that depends on noise", "the same whatever noise is")
    if not repeated(silent[0], numbers(bench.call(x, 5, betas, noise, seed=1))):
        raise Wrong("own_noise", "the same result from the same noise", "another one each time")
    expect(received, right, {name: torch.stack(values) for name, values in wrong.items()}, 1e-4, 1e-5)


@check.property(0.5, "leaves its arguments as they were", needs="values")
def untouched(bench):
    x, noise = bench.randn("x kept", 2, 1, 4, 4), bench.randn("noise kept", 2, 1, 4, 4)
    given = (x, 2, torch.tensor([0.1, 0.2, 0.3]), noise)
    expect_unchanged(given, bench.call(*given))
