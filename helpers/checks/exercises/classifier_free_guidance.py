"""Check of classifier-free guidance: ε = ε_uncond + scale (ε_cond - ε_uncond).

Ho and Salimans 2022 (arXiv:2207.12598), eq. 6, with scale = 1 + w: scale 1 is the conditional prediction alone.
"""

from __future__ import annotations

from functools import partial

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, show
from ..given import expect_unchanged
from ..guiding import SLIPPED, SLIPS, rescaled

check = Check(
    "classifier_free_guidance",
    home="helpers.text_to_image.loop",
    mistakes={
        "w_for_scale": "This is the paper's w: (1 + w) ε_cond - w ε_uncond. Here scale = 1 + w, and scale 1 is ε_cond alone.",
        "exchanged": "ε_cond and ε_uncond are exchanged: start from ε_uncond and go towards ε_cond.",
        "difference_only": "Only the difference is returned: add it to ε_uncond.",
        "scaled_cond": "scale multiplies ε_cond alone; it multiplies the difference ε_cond - ε_uncond.",
        "terms_added": "The two terms are added: with the paper's w it is (1 + w) ε_cond - w ε_uncond, and here scale = 1 + w.",
        "cond_unscaled": "scale multiplies ε_uncond alone: (1 - scale) ε_uncond goes with scale ε_cond.",
        "added": "ε_cond and ε_uncond are added; take their difference.",
        "scale_ignored": "The result does not depend on scale.",
        "sign": "scale moves the result away from ε_cond: the difference is ε_cond - ε_uncond.",
        "scale_limited": "scale is limited to 1: guidance goes beyond ε_cond, on purpose.",
        "off_up_to_one": "For scales up to 1 the conditional prediction comes back: the formula holds there too, 0 is ε_uncond.",
        "halved": "The difference is halved on the way.",
        **SLIPPED,
        "mutates": "An input is changed in place: use a + b, not a += b.",
    },
    hints=(
        "Which prediction should scale 0 give, and which one scale 1?",
        "Between the two and beyond, the result is a straight line in scale.",
        "Start at eps_uncond. The way to eps_cond is their difference: how many times does scale go that way?",
    ),
)


FORMULAS = SLIPS | {
    "scaled_cond/the two ε_uncond cancel": lambda u, c, s: s * c,
    "terms_added": lambda u, c, s: (1 + s) * c + s * u,
    "cond_unscaled": lambda u, c, s: (1 - s) * u + c,
    "added": lambda u, c, s: u + s * (c + u),
    "halved": lambda u, c, s: u + s * (c - u) / 2,
}


def _inputs(bench, key):
    return [bench.randn(f"{key} {name}", 1, 5, 3, 4) for name in ("uncond", "cond")]


def _expect_line(bench, uncond, cond):
    """Raise Wrong unless all is right; one scale alone would not tell the known mistakes apart."""
    scales = (0.4, 1.0, 2.0, bench.uniform("scale", 4, 9))

    def along(formula):
        return torch.stack([formula(uncond.double(), cond.double(), scale) for scale in scales])

    received = along(lambda u, c, s: numbers(bench.call(uncond, cond, s), tuple(u.shape)))
    right = along(lambda u, c, s: u + s * (c - u))
    suspects = {name: along(f) for name, f in FORMULAS.items()}
    expect(received, right, suspects, atol=1e-5, otherwise=partial(rescaled, received, right))


@check.property(0.75, "scale = 0 gives the unconditional prediction, 1 the conditional one, 0.5 the middle")
def up_to_one(bench):
    uncond, cond = _inputs(bench, "below")
    for scale in (0.0, 0.5, 1.0):
        right = uncond.double() + scale * (cond - uncond).double()
        if not close(numbers(bench.call(uncond, cond, scale), tuple(uncond.shape)), right, atol=1e-5):
            _expect_line(bench, uncond, cond)
            raise Wrong("", f"{show(right)} at scale {scale}", show(numbers(bench.call(uncond, cond, scale))))


@check.property(0.75, "each unit of scale adds ε_cond - ε_uncond, beyond 1 as well")
def slope(bench):
    uncond, cond = _inputs(bench, "slope")
    low, high = bench.uniform("low", 1.5, 3.0), bench.uniform("high", 5.0, 9.0)
    results = [numbers(bench.call(uncond, cond, scale), tuple(uncond.shape)) for scale in (low, high)]
    if not close((results[1] - results[0]) / (high - low), (cond - uncond).double(), 1e-3, 1e-4):
        _expect_line(bench, uncond, cond)


@check.property(0.5, "leaves its inputs as they were", needs="slope")
def untouched(bench):
    uncond, cond = _inputs(bench, "untouched")
    expect_unchanged((uncond, cond), bench.call(uncond, cond, 3.0))
