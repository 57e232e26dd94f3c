"""Check of inpainting's merge: known pixels at their level, the others from the sampler (arXiv:2201.09865, eq. 8)."""

from __future__ import annotations

import torch

from .. import mixing
from ..check import Check, Wrong
from ..compare import expect, numbers, repeated
from ..given import expect_unchanged
from ..mixing import Along, mixed
from ..plain import SubjectError

check = Check(
    "inpaint_merge",
    home="helpers.inpainting",
    mistakes={
        "inverted": "The mask is read the wrong way round: 1 is known.",
        "clean_known": "The known pixels are put in clean at every step; take them to level t_prev with eq. 4.",
        **mixing.mistakes("x0_known", "ᾱ", "1-ᾱ"),
        "cumprod_again": "The product is taken a second time: alphas_cumprod is ᾱ already.",
        "level_above": "The known pixels are at the level t_prev + 1: x_prev is at t_prev, so take alphas_cumprod[t_prev].",
        "level_below": "The known pixels are at the level t_prev - 1: take alphas_cumprod[t_prev].",
        "last_not_clean": "t_prev = -1 is the clean picture, but alphas_cumprod[-1] is the noisiest level: treat it by itself.",
        "zero_clean": "At t_prev = 0 the known pixels have a little noise still: clean is t_prev = -1 alone.",
        "last_noisy": "At t_prev = -1 the known pixels still carry noise; there they are x0_known itself.",
        "unknown_lost": "The unknown pixels are not those of x_prev.",
        "known_lost": "At the end the known pixels are not put in: for t_prev = -1 they are x0_known where mask is 1.",
        "one_mask": "The mask of one picture, or of one channel, is used for all: let the mask multiply the pictures as it is.",
        "mask_as_index": "A mask (B, 1, H, W) does not index pictures (B, C, H, W): mask.expand_as(x_prev), or torch.where.",
        "all_noised": "The merged picture is noised as a whole: only the known pixels are taken to t_prev, x_prev is there.",
        "added": "x_prev is added to the known pixels everywhere: multiply it by 1 - mask.",
        "own_noise": "The noise given as an argument is not used: draw none inside.",
        "mutates": "An input is changed in place: build a new tensor, with torch.where or mask * a + (1 - mask) * b.",
    },
    hints=(
        "x_prev is at level t_prev. How noisy do the known pixels have to be, to fit beside it?",
        "With a = alphas_cumprod[t_prev] they are a.sqrt() * x0_known + (1 - a).sqrt() * noise; x0_known itself for t_prev = -1.",
        "mask is 1 or 0: times the known pixels it leaves those, and 1 - mask the others. Each comes from one of the two.",
    ),
)

T = 12


def _given(bench, key: str, mask_shape: tuple[int, ...] = (2, 1, 4, 5)):
    """x_prev, x0_known, mask, ᾱ and noise."""
    x, x0, noise = (bench.wide(f"{key} {name}", 2, 3, 4, 5) for name in ("x_prev", "x0_known", "noise"))
    mask = (torch.rand(mask_shape, generator=bench.random(f"{key} mask")) < 0.5).float()
    mask[..., 0, :2] = torch.tensor([0.0, 1.0])  # both kinds occur
    return x, x0, mask, torch.linspace(0.95, bench.uniform(f"{key} last", 0.05, 0.2), T), noise


def _cases(x, x0, mask, t, alphas_cumprod, noise):
    """What is right, and what the known mistakes give; all in float64."""
    X, known, m, a_all, n = (value.double() for value in (x, x0, mask, alphas_cumprod, noise))

    def merge(k):
        return m * k + (1 - m) * X

    def level(a):
        return merge(mixed(known, n, a))

    a, above, below = a_all[t], a_all[min(t + 1, T - 1)], a_all[max(t - 1, 0)]
    noised = known if t < 0 else mixed(known, n, a)
    right = merge(noised)
    cases = {
        "inverted": m * X + (1 - m) * noised,
        "clean_known": merge(known),
        "level_above": level(above),
        "level_above/clean": right if t < 0 else level(above),
        "level_below": right if t < 0 else level(below),
        "level_below/clean": merge(known) if t < 1 else level(below),
        "cumprod_again": right if t < 0 else level(a_all.cumprod(0)[t]),
        "last_not_clean": level(a),
        "zero_clean": merge(known) if t < 1 else right,
        "last_noisy": level(a_all[0]) if t < 0 else right,
        "last_noisy/noise added": merge(known + (1 - a).sqrt() * n) if t < 0 else right,
        "unknown_lost": (m * noised).expand_as(X),
        "unknown_lost/noise": m * noised + (1 - m) * n,
        "unknown_lost/picture": noised,
        "unknown_lost/at the end": known if t < 0 else right,
        "known_lost": X if t < 0 else right,
        "known_lost/at 0": X if t < 1 else right,
        "one_mask": m[:1] * noised + (1 - m[:1]) * X,
        "one_mask/channel": m[:, :1] * noised + (1 - m[:, :1]) * X,
        "one_mask/both": m[:1, :1] * noised + (1 - m[:1, :1]) * X,
        "all_noised": right if t < 0 else mixed(merge(known), n, a),
        "all_noised/added": right if t < 0 else merge(a.sqrt() * known) + (1 - a).sqrt() * n,
        "added": m * noised + X,
    }
    return right, cases | {name: right if t < 0 else merge(k) for name, k in mixing.slips(known, n, a).items()}


def _call(bench, *given, seed=0):
    try:
        return bench.call(*given, seed=seed)
    except SubjectError as error:
        if "The shape of the mask" in error.message:
            raise Wrong("mask_as_index", "the two merged", error.message) from None
        raise


def _expect_merged(bench, key: str, levels: tuple[int, ...], *mask_shape: int) -> None:
    x, x0, mask, alphas_cumprod, noise = _given(bench, key, mask_shape or (2, 1, 4, 5))
    along = Along()
    for t in levels:
        given = (x, x0, mask, t, alphas_cumprod, noise)
        one, again = (numbers(_call(bench, *given, seed=seed), tuple(x.shape)) for seed in (0, 1))
        if not repeated(one, again):
            raise Wrong("own_noise", "the same result from the same noise", "another one each time")
        along.add(one, *_cases(*given))
    expect(*along.all(), 1e-4, 1e-5)


@check.property(1.25, "known pixels at level t_prev by eq. 4, the others from x_prev")
def values(bench):
    _expect_merged(bench, "values", (1, bench.integer("t_prev", 4, 7), T - 2))


@check.property(0.5, "for t_prev = -1 the known pixels are clean", needs="values")
def clean(bench):
    _expect_merged(bench, "clean", (-1, 0, 3))


@check.property(0.25, "a mask of x_prev's shape, or one for the whole batch, will do as well", needs="values")
def masks(bench):
    _expect_merged(bench, "full", (2, 5), 2, 3, 4, 5)
    _expect_merged(bench, "one", (2, 5), 1, 1, 4, 5)


@check.property(0.5, "leaves what it was given as it was", needs="values")
def untouched(bench):
    x, x0, mask, alphas_cumprod, noise = _given(bench, "kept")
    given = (x, x0, mask, 3, alphas_cumprod, noise)
    expect_unchanged(given, bench.call(*given))
