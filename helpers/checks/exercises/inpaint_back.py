"""Check of RePaint's way back up one step: √(1-β_t) x_prev + √β_t noise (arXiv:2201.09865, Algorithm 1)."""

from __future__ import annotations

import torch

from .. import mixing
from ..check import Check, Wrong
from ..compare import expect, numbers, repeated
from ..given import expect_unchanged
from ..mixing import Along, mixed

check = Check(
    "inpaint_back",
    home="helpers.inpainting",
    mistakes={
        **mixing.mistakes("x_prev", "1-β_t", "β_t"),
        "jump": "This goes from the clean image to level t with ᾱ_t; one step takes β_t.",
        "wrong_index": "Another step's β is used: take betas[t].",
        "undone": "x_prev is divided by √(1-β_t): that is the way down. Multiply.",
        "quiet_at_zero": "At t = 0 the noise is left out; that belongs to the way down. The way up adds √β_t noise at each t.",
        "posterior": "The noise has the variance β̃_t of the way down; one step up adds noise of variance β_t.",
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
    x, noise = bench.wide("x", 2, 3, 4, 5), bench.wide("noise", 2, 3, 4, 5)
    b, a_bar, along = betas.double(), (1 - betas.double()).cumprod(0), Along()
    for t in (0, bench.integer("t", 4, 7), 11):
        X, n, keep = x.double(), noise.double(), (1 - b[t]).sqrt()
        others = [b[t - 1], b[(t + 1) % 12], b[max(t - 1, 0)], b[min(t + 1, 11)], b[11 - t]]
        behind = b[t] * (1 - (a_bar[t - 1] if t else 1)) / (1 - a_bar[t])
        right = mixed(x, noise, 1 - b[t])
        cases = mixing.slips(x, noise, 1 - b[t]) | {
            "jump": mixed(x, noise, a_bar[t]),
            "quiet_at_zero": right if t else keep * X,
            "quiet_at_zero/x_prev": right if t else X,
            "posterior": keep * X + behind.sqrt() * n,
            "undone": X / keep + b[t].sqrt() * n,
            "undone/reverse": (X - b[t].sqrt() * n) / keep,
            "undone/step": (X - b[t] / (1 - a_bar[t]).sqrt() * n) / keep,
        }
        cases |= {f"wrong_index/{i}": mixed(x, noise, 1 - other) for i, other in enumerate(others)}
        along.add(numbers(bench.call(x, t, betas, noise), tuple(x.shape)), right, cases)
    received, right, wrong = along.all()
    silent = [numbers(bench.call(x, 5, betas, z), tuple(x.shape)) for z in (noise, -noise)]
    if torch.equal(*silent) and not torch.allclose(received, wrong["noise_missing"], 1e-4, 1e-5):
        raise Wrong("own_noise", "a result that depends on noise", "the same whatever noise is")
    if not repeated(silent[0], numbers(bench.call(x, 5, betas, noise, seed=1))):
        raise Wrong("own_noise", "the same result from the same noise", "another one each time")
    expect(received, right, wrong, 1e-4, 1e-5)


@check.property(0.5, "leaves its arguments as they were", needs="values")
def untouched(bench):
    x, noise = bench.randn("x kept", 2, 1, 4, 4), bench.randn("noise kept", 2, 1, 4, 4)
    given = (x, 2, torch.tensor([0.1, 0.2, 0.3]), noise)
    expect_unchanged(given, bench.call(*given))
