"""Check of classifier-free guidance: ε = ε_uncond + scale (ε_cond - ε_uncond).

Ho and Salimans 2022 (arXiv:2207.12598), eq. 6, with scale = 1 + w: scale 1 is the conditional prediction alone.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import expect, numbers

check = Check(
    "classifier_free_guidance",
    home="helpers.text_to_image",
    mistakes={
        "w_for_scale": "This is the paper's w: (1 + w) ε_cond - w ε_uncond. Here scale = 1 + w, and scale 1 is ε_cond alone.",
        "exchanged": "ε_cond and ε_uncond are exchanged: start from ε_uncond and go towards ε_cond.",
        "difference_only": "Only the difference is returned: add it to ε_uncond.",
        "scaled_cond": "scale multiplies ε_cond alone; it multiplies the difference ε_cond - ε_uncond.",
        "added": "ε_cond and ε_uncond are added; take their difference.",
        "scale_ignored": "The result does not depend on scale.",
        "sign": "scale moves the result away from ε_cond: the difference is ε_cond - ε_uncond.",
        "scale_limited": "scale is limited to 1: guidance goes beyond ε_cond, on purpose.",
        "halved": "The difference is halved on the way.",
        "mutates": "An input is changed in place: use a + b, not a += b.",
    },
    hints=(
        "Guidance goes from the unconditional prediction through the conditional one, and beyond.",
        "At scale 0 the result is ε_uncond, at scale 1 it is ε_cond; in between and beyond it is a straight line.",
        "eps_uncond + scale * (eps_cond - eps_uncond).",
    ),
)


def _inputs(bench, key):
    return [bench.randn(f"{key} {name}", 2, 4, 3, 5) for name in ("uncond", "cond")]


def _guided(bench, uncond, cond, scale):
    return numbers(bench.call(uncond, cond, scale), tuple(uncond.shape))


@check.property(0.75, "scale = 1 gives the conditional prediction")
def scale_one(bench):
    uncond, cond = _inputs(bench, "one")
    u, c = uncond.double(), cond.double()
    suspects = {
        "w_for_scale": 2 * c - u,
        "exchanged": u,
        "difference_only": c - u,
        "scaled_cond": u + c,
        "scaled_cond/minus": c - u,
        "sign": 2 * u - c,
        "halved": (u + c) / 2,
    }
    received = _guided(bench, uncond, cond, 1.0)
    two = _guided(bench, uncond, cond, 2.0)
    # each of these gives at scale 1 what another mistake gives too: scale 2 tells them apart
    known_at_two = {
        "w_for_scale": 3 * c - 2 * u,
        "exchanged": 2 * u - c if not torch.allclose(two, u, 1e-4, 1e-5) else 0 * u,
        "difference_only": 2 * (c - u),
        "scaled_cond": u + 2 * c,
        "scaled_cond/minus": 2 * c - u,
        "sign": 3 * u - 2 * c,
        "halved": c,
    }
    suspects = {name: wrong for name, wrong in suspects.items() if torch.allclose(two, known_at_two[name], 1e-4, 1e-5)}
    expect(received, c, suspects, atol=1e-5)


@check.property(0.75, "each unit of scale adds ε_cond - ε_uncond, beyond 1 as well")
def slope(bench):
    uncond, cond = _inputs(bench, "slope")
    low, high = bench.uniform("low", 1.5, 3.0), bench.uniform("high", 5.0, 9.0)
    slope = (_guided(bench, uncond, cond, high) - _guided(bench, uncond, cond, low)) / (high - low)
    u, c = uncond.double(), cond.double()
    if float(slope.abs().max()) < 1e-6:
        inside = _guided(bench, uncond, cond, 0.7) - _guided(bench, uncond, cond, 0.2)
        raise Wrong("scale_limited" if float(inside.abs().max()) > 1e-6 else "scale_ignored", "another result", "the same")
    suspects = {"exchanged": u - c, "scaled_cond": c, "added": u + c, "halved": (c - u) / 2, "sign": u - c}
    if not torch.allclose(_guided(bench, uncond, cond, 0.0), c, 1e-4, 1e-5):
        del suspects["exchanged"]
    else:
        del suspects["sign"]
    expect(slope, c - u, suspects, 1e-3, 1e-4)


@check.property(0.5, "leaves its inputs as they were", needs="slope")
def untouched(bench):
    uncond, cond = _inputs(bench, "untouched")
    reply = bench.call(uncond, cond, 3.0)
    if not (torch.equal(reply.inputs[0], uncond) and torch.equal(reply.inputs[1], cond)):
        raise Wrong("mutates", "inputs unchanged", "an input changed by the call")
