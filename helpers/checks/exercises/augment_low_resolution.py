"""Check of noise-conditioning augmentation, √(1-level²) low + level noise (arXiv:2106.15282, §3)."""

from __future__ import annotations

import torch

from .. import broadcasting
from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..given import expect_unchanged

check = Check(
    "augment_low_resolution",
    home="helpers.cascade.conditioning",
    mistakes={
        "no_square": "The level is a standard deviation, its square the variance: the picture keeps √(1 - level²).",
        "level_as_variance": "The level is used as a variance, √level · noise; it is the noise's standard deviation.",
        "no_root": "1 - level² is a variance; the picture is multiplied by its root.",
        "straight": "This is flow matching's straight path, (1 - level) low + level noise; the variances have to add up to 1.",
        "not_scaled_down": "The picture is not scaled down: √(1 - level²) keeps the variance as it was.",
        "exchanged": "The two factors are exchanged: a level near 0 must leave the picture nearly as it is.",
        "sign": "The noise is subtracted; the same in law, but not the formula: add it.",
        "picture_factor": "The noise's factor is right, the picture's is not: make it √(1 - level²).",
        "noise_factor": "The picture's factor is right, the noise's is not: make it level.",
        "both_factors": "Neither factor is right: the picture's is √(1 - level²), the noise's is level.",
        "clamped": "The result is clamped: noise has no bounds, and neither has a noisy picture.",
        "one_level": "All pictures get one level; each has its own, level (B,).",
        "wrong_axis": "The level runs along the width: shape it to (B, 1, 1, 1) first.",
        "level_not_shaped": "level (B,) does not multiply low (B, C, H, W) yet: level.reshape(-1, 1, 1, 1).",
        "own_noise": "Another result each time for the same inputs: use the noise that is given, draw none inside.",
        "mutates": "An input is changed in place.",
    },
    hints=(
        "Picture and noise both have variance about 1. If the noise's factor is level, which factor of the picture keeps "
        "the variance of the sum at 1?",
        "level² + (the other factor)² = 1; and level (B,) has to be shaped to multiply (B, C, H, W).",
        "With level = level.reshape(-1, 1, 1, 1), the noise's factor is level; the picture's is the root of what is left of 1.",
    ),
)


def _inputs(bench, key, *shape):
    low, noise = bench.wide(f"{key} low", *shape), bench.wide(f"{key} noise", *shape)
    b = shape[0]
    spread = (torch.arange(b) + torch.rand(b, generator=bench.random(f"{key} level"))) / b  # one level in each b-th of [0, 1)
    return low, 0.95 * spread, noise


def _suspects(low, level, noise):
    low, noise, a = low.double(), noise.double(), level.double().reshape(-1, 1, 1, 1)
    keep = (1 - a**2).sqrt()
    found = {
        "no_square": (1 - a).sqrt() * low + a * noise,
        "level_as_variance": (1 - a).sqrt() * low + a.sqrt() * noise,
        "no_root": (1 - a**2) * low + a * noise,
        "straight": (1 - a) * low + a * noise,
        "not_scaled_down": low + a * noise,
        "exchanged": a * low + keep * noise,
        "sign": keep * low - a * noise,
        "clamped": (keep * low + a * noise).clamp(-1, 1),
        "one_level": keep[:1] * low + a[:1] * noise,
        "one_level/largest": (1 - a.max() ** 2).sqrt() * low + a.max() * noise,
        "one_level/mean": (1 - a.mean() ** 2).sqrt() * low + a.mean() * noise,
    }
    if low.shape[-1] == len(low):
        across = level.double()
        found["wrong_axis"] = (1 - across**2).sqrt() * low + across * noise
    return keep * low + a * noise, found


def _expect_right(bench, key, *shape, **how):
    given = _inputs(bench, key, *shape)
    with broadcasting.named("level_not_shaped", "a picture"):
        replies = [bench.call(*given, seed=seed, **how) for seed in (0, 1)]
    received, again = (numbers(reply) for reply in replies)
    if not repeated(received, again):
        raise Wrong("own_noise", "the same for the same inputs", "another result")
    right, suspects = _suspects(*given)
    expect(received, right, suspects, otherwise=lambda: _other_factors(received, *given))
    return replies[0]


def _other_factors(received, low, level, noise) -> str:
    """Which factor is wrong, if what is received is a sum of picture and noise in each sample."""
    basis = torch.stack([low.double().flatten(1), noise.double().flatten(1)], 2)
    if received.shape != low.shape or not received.isfinite().all():
        return ""
    factors = torch.linalg.lstsq(basis, received.flatten(1).unsqueeze(2)).solution
    if not close((basis @ factors).reshape(received.shape), received):
        return ""
    picture, own = factors.squeeze(2).T
    if close(own, level):
        return "picture_factor"
    return "noise_factor" if close(picture, (1 - level.double() ** 2).sqrt()) else "both_factors"


@check.property(1.5, "√(1 - level²) low + level noise, each picture with its own level")
def values(bench):
    _expect_right(bench, "a", 4, 3, 2, 4)
    _expect_right(bench, "b", 3, 1, 5, 2)


@check.property(0.5, "changes none of its inputs", needs="values")
def untouched(bench):
    given = _inputs(bench, "a", 4, 3, 2, 4)
    expect_unchanged(given, bench.call(*given))
