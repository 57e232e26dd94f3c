"""Check of dynamic thresholding (arXiv:2205.11487, §2.3 and appendix)."""

from __future__ import annotations

from functools import partial

import torch

from .. import broadcasting
from ..check import Check, Wrong
from ..compare import close, expect, numbers

check = Check(
    "dynamic_threshold",
    home="helpers.cascade.conditioning",
    mistakes={
        "whole_batch": "One threshold for the whole batch: each sample has its own.",
        "each_channel": "One threshold for each channel: the quantile is taken over all numbers of a sample.",
        "other_axes": "The quantile is taken over other axes: over all numbers of a sample, x0.abs().flatten(1) and dim=1.",
        "multiplied": "Multiplied by s: divide, or the range grows.",
        "one_sided": "Clamped from one side only: to [-s, s].",
        "no_floor": "The threshold falls below 1: a picture within [-1, 1] must stay as it is, s = max(1, quantile).",
        "ceiling": "The threshold never exceeds 1: s is the larger of 1 and the quantile.",
        "not_divided": "Clamped but not divided: divide by s, or the result leaves [-1, 1].",
        "not_clamped": "Divided but not clamped to the new range: what lies beyond s stays beyond 1.",
        "squared": "The quantile is taken of x0²; it belongs to |x0|.",
        "signed": "The quantile is taken of x0; it belongs to |x0|.",
        "maximum": "The threshold is the largest |x0|; it is the given quantile of |x0|.",
        "static": "This is static thresholding, a clamp at 1: s is the given quantile of |x0| wherever that is larger than 1 "
        "(np.percentile wants 100 · quantile).",
        "left_below_one": "A sample whose quantile is below 1 comes back as it was: s is 1 there, and clamps what lies beyond.",
        "s_not_shaped": "s (B,) does not fit x0 (B, C, H, W) yet: s.reshape(-1, 1, 1, 1).",
        "other_way": "The quantile is taken from the wrong end: it is the share of |x0| below the threshold.",
        "clamped_at_one": "Divided by s, but clamped at 1 before: clamp to [-s, s].",
        "one_sample": "The threshold of one sample is used for all: each has its own.",
        "quantile_fixed": "The quantile is written in: use the argument quantile.",
        "sign_lost": "The signs are gone: |x0| is for the quantile alone, x0 is what is clamped and divided.",
        "other_floor": "s has another floor than 1: where a sample's quantile is below 1, s is 1.",
        "spread": "The threshold is not the quantile of |x0| as torch.quantile has it.",
        "mutates": "x0 is changed in place.",
    },
    hints=(
        "Which number per sample says how far its pixels reach, without letting a single bright pixel decide?",
        "torch.quantile(x0.abs().flatten(1), quantile, dim=1) is (B,); it must not fall below 1.",
        "With s = that quantile, at least 1, shaped to (B, 1, 1, 1): what lies outside [-s, s] is brought to its border, "
        "and then the range has to become [-1, 1].",
    ),
)


def _pictures(bench):
    """Four samples: wide to both sides; within [-1, 1]; within [-1, 1] but for two places; off centre."""
    x = bench.randn("x", 3, 2, 5, 3, dtype=torch.float64)
    sizes = x[1].abs().flatten().sort().values
    to_both = (sizes * (1 - 2.0 * (torch.arange(len(sizes)) % 2))).reshape(x[1].shape)
    inside = 0.4 * x[:1] / x[:1].abs().max()
    beyond = inside.clone()
    beyond[0, 0, 0, 0], beyond[0, 1, 2, 2] = 1.7, -2.1
    return torch.cat([2 * to_both[None] + 0.3, inside, beyond, 3 * x[2:] - 5]).float(), bench.uniform("quantile", 0.75, 0.9)


def _suspects(x0, quantile):
    x = x0.double()
    flat = x0.abs().flatten(1)

    def cut(s, floor=True):
        s = torch.as_tensor(s).double()
        s = s.clamp(min=1) if floor else s
        s = s.reshape(-1, 1, 1, 1) if s.ndim == 1 else s
        return x.clamp(-s, s) / s, s

    right, s = cut(torch.quantile(flat, quantile, dim=1))
    each = torch.quantile(x0.abs().flatten(2), quantile, dim=2).double().clamp(min=1)[:, :, None, None]
    low = torch.quantile(flat, quantile, dim=1).double().clamp(max=1).reshape(-1, 1, 1, 1)
    bare = torch.quantile(flat, quantile, dim=1).double().reshape(-1, 1, 1, 1)
    others = {dim: torch.quantile(x0.abs(), quantile, dim=dim, keepdim=True).double().clamp(min=1) for dim in range(4)}
    found = {f"other_axes/{dim}": x.clamp(-of, of) / of for dim, of in others.items() if x.shape[dim] > 1}
    found |= {
        "whole_batch": cut(torch.quantile(flat.flatten(), quantile))[0],
        "each_channel": x.clamp(-each, each) / each,
        "no_floor": cut(torch.quantile(flat, quantile, dim=1), floor=False)[0],
        "ceiling": x.clamp(-low, low) / low,
        "not_divided": x.clamp(-s, s),
        "not_clamped": x / s,
        "not_clamped/to s": (x / s).clamp(-s, s),
        "not_divided/no floor": x.clamp(-bare, bare),
        "not_clamped/no floor": x / bare,
        "multiplied": x.clamp(-s, s) * s,
        "one_sided": x.clamp(0 * s, s) / s,
        "one_sided/above": x.minimum(s) / s,
        "one_sided/below": x.maximum(-s) / s,
        "squared": cut(torch.quantile(flat**2, quantile, dim=1))[0],
        "signed": cut(torch.quantile(x0.flatten(1), quantile, dim=1))[0],
        "maximum": cut(flat.amax(1))[0],
        "static": x.clamp(-1, 1),
        "left_below_one": torch.where(bare > 1, x.clamp(-s, s) / s, x),
        "one_sample": cut(torch.quantile(flat[0], quantile).expand(len(x)))[0],
        "one_sample/last": cut(torch.quantile(flat[-1], quantile).expand(len(x)))[0],
        "sign_lost": right.abs(),
        "other_way": cut(torch.quantile(flat, 1 - quantile, dim=1))[0],
        "clamped_at_one": x.clamp(-1, 1) / s,
        "clamped_at_one/after": (x / s).clamp(-1, 1) / s,
        "spread": cut(flat.std(1))[0],
        "spread/mean": cut(flat.mean(1))[0],
        "spread/nearest": cut(torch.quantile(flat, quantile, dim=1, interpolation="nearest"))[0],
        "spread/lower": cut(torch.quantile(flat, quantile, dim=1, interpolation="lower"))[0],
        "spread/higher": cut(torch.quantile(flat, quantile, dim=1, interpolation="higher"))[0],
    }
    found |= {f"quantile_fixed/{q}": cut(torch.quantile(flat, q, dim=1))[0] for q in (0.9, 0.95, 0.99, 0.995)}
    return right, found


@check.property(2.5, "clamps each sample to its own [-s, s], s the quantile of |x0| but at least 1, and divides by s")
def values(bench):
    x0, quantile = _pictures(bench)
    for given in (x0, x0[:1]):  # a sample's threshold does not depend on its neighbours
        with broadcasting.named("s_not_shaped", f"shape {tuple(given.shape)}"):
            received = numbers(bench.call(given, quantile))
        right, suspects = _suspects(given, quantile)
        expect(received, right, suspects, otherwise=partial(_of_some_s, received, given, quantile))
    tame = x0[2:3]  # alone no sample is above it whose threshold an answer may go by
    expect(numbers(bench.call(tame, quantile)), tame.double().clamp(-1, 1), {"left_below_one": tame.double()})


def _of_some_s(received, x0, quantile) -> str:
    """The mistake, if each sample is clamped to [-s, s] and divided by s for some s, which its largest number below 1 tells."""
    if received.shape != x0.shape or not received.isfinite().all():
        return ""
    flat, got = x0.double().flatten(1), received.flatten(1)
    place = torch.where(got.abs() < 0.999, got.abs(), -1.0).argmax(1, keepdim=True)
    s = flat.gather(1, place) / got.gather(1, place)
    if not close(got, flat.clamp(-s.abs(), s.abs()) / s, 1e-3, 1e-5):
        return ""
    of_each = torch.quantile(flat.abs(), quantile, dim=1, keepdim=True)
    off = (s - of_each.clamp(min=1)).abs() > 1e-2
    return "spread" if bool((off & (of_each > 1)).any()) else "other_floor"


@check.property(0.5, "leaves x0 as it was", needs="values")
def untouched(bench):
    x0, quantile = _pictures(bench)
    if not torch.equal(bench.call(x0, quantile).inputs[0], x0):
        raise Wrong("mutates", "x0 unchanged", "changed by the call")
