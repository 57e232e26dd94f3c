"""Check of the dropped labels: each becomes `null` with probability p, independently of the others.

Ho and Salimans 2022 (arXiv:2207.12598), Algorithm 1, line 3.
"""

from __future__ import annotations

import math

import torch

from ..check import Check, Wrong
from ..compare import show
from ..plain import SubjectError, describe
from ..probes import Probe

check = Check(
    "drop_labels",
    home="helpers.conditional",
    mistakes={
        "inverted": "This keeps a label with probability p; p is the probability of dropping it.",
        "null_fixed": "The dropped labels become some other number: use the argument null.",
        "null_added": "null is added to the dropped labels: put it in their place.",
        "one_in_a_few": "p is rounded, to one label in 2, 3 or 4 or to tenths: compare a number from [0, 1) with p itself.",
        "p_fixed": "One label in ten is dropped whatever p is: use the argument p.",
        "normal": "randn draws normal numbers, which lie below p far too often: rand draws evenly from [0, 1).",
        "random_label": "Dropped labels are replaced by other digits; replace each by null.",
        "never": "No label is ever dropped.",
        "always": "All labels are dropped whatever p is.",
        "whole_batch": "One draw decides for the whole batch: draw one number a label.",
        "by_digit": "One draw decides for all labels of a digit: draw one number a label.",
        "exact_share": "Always the same number of labels is dropped: draw for each label independently of the others.",
        "mask_returned": "The mask is returned: return the labels, with null where the mask is true.",
        "shortened": "Dropped labels are taken out: put null in their place, so that the shape stays.",
        "not_int64": "The result is not int64: labels are indices. torch.where(mask, null, labels) keeps the type.",
        "generator_ignored": "The randomness is not the generator's: torch.rand(labels.shape, generator=generator).",
        "reseeded": "The result is the same whatever the generator: draw with it, and seed nothing inside.",
        "generator_needed": "Without a generator it fails: hand generator=None on to torch.rand, which then uses the global one.",
        "mutates": "The given labels are changed in place: make a copy first, or use torch.where.",
        "same_tensor": "The tensor that comes back uses the memory of the one that was given: return a copy, for p = 0 as well.",
    },
    hints=(
        "What decides about one label, if it knows nothing of the others and nothing of its own digit?",
        "torch.rand(labels.shape, generator=generator) draws one number in [0, 1) for each label, each on its own.",
        "That number is below p with probability p, never for p = 0. torch.where takes one of two values by a condition: which?",
    ),
)

N = 8000


def _generator(seed: int) -> Probe:
    return Probe("generator", {"seed": seed})


def _labels(bench, key: str, n: int = N) -> torch.Tensor:
    return torch.randint(0, 7, (n,), generator=bench.random(key))


def _dropped(bench, labels, p, null, seed) -> tuple[torch.Tensor, object]:
    """Which labels became null, once the result is labels at all; and the reply."""
    reply = bench.call(labels, p, null, seed=seed, generator=_generator(seed))
    value = reply.value
    if not isinstance(value, torch.Tensor):
        raise Wrong(expected="a tensor of labels", received=describe(value))
    if value.dtype == torch.bool:
        raise Wrong("mask_returned", "int64 labels", "a tensor of bools")
    if value.shape != labels.shape:
        fewer = value.ndim == 1 and len(value) < len(labels)
        raise Wrong("shortened" if fewer else "", f"shape {tuple(labels.shape)}", f"shape {tuple(value.shape)}")
    changed = value != labels
    where = value[changed]
    if len(where) and not torch.all(where == null):
        kinds = where.unique()
        drawn = torch.isin(kinds, torch.arange(7)).all() or torch.equal(kinds, torch.arange(len(kinds)))
        mistake = "null_fixed" if len(kinds) == 1 else "random_label" if drawn else ""
        mistake = "null_added" if torch.equal(where - labels[changed], torch.full_like(where, null)) else mistake
        raise Wrong(mistake, f"a dropped label becomes {null}", show(kinds.double()))
    return changed, reply


@check.property(0.75, "each label becomes null with probability p, the others stay")
def share(bench):
    labels, null = _labels(bench, "share"), bench.integer("null", 11, 40)
    p = bench.uniform("p", 0.44, 0.46)  # far from a third, a half, and tenths
    dropped, _ = _dropped(bench, labels, p, null, bench.integer("seed", 1, 10**6))
    got, margin = dropped.double().mean().item(), 5 * (p * (1 - p) / N) ** 0.5
    if abs(got - p) <= margin:
        return
    if got in (0.0, 1.0):
        few = labels[:60]
        which = [_dropped(bench, few, p, null, seed)[0] for seed in range(40)]
        shares = [each.double().mean().item() for each in which]
        if any(s not in (0.0, 1.0) for s in shares):
            mistake = "by_digit" if all(_by_digit(few, each) for each in which) else ""
        else:
            mistake = "whole_batch" if 0 < sum(shares) < 40 else ("always" if shares[0] else "never")
        raise Wrong(mistake, f"a share of {p} dropped", f"{got:.3g} of them")
    other = 0.29  # a mistake gives its share for another p as well
    again = _dropped(bench, labels, other, null, bench.integer("seed", 1, 10**6))[0].double().mean().item()
    near = _known_shares(p, got, margin) & _known_shares(other, again, margin)
    mistake = "by_digit" if _by_digit(labels, dropped) else near.pop() if len(near) == 1 else ""
    raise Wrong(mistake, f"a share of {p} dropped", f"{got:.3g} of them")


def _known_shares(p: float, got: float, margin: float) -> set[str]:
    """The mistakes that drop about this share."""
    known = {"inverted": 1 - p, "p_fixed": 0.1, "normal": (1 + math.erf(p / 2**0.5)) / 2}
    known |= {f"one_in_a_few/{count}": 1 / count for count in (2, 3, 4)}
    known |= {"one_in_a_few/up": math.ceil(10 * p) / 10, "one_in_a_few/down": math.floor(10 * p) / 10}
    return {name.split("/")[0] for name, share in known.items() if abs(got - share) <= margin}


def _by_digit(labels, dropped) -> bool:
    """Whether all labels of each digit are dropped, or none of them."""
    return all(dropped[labels == digit].unique().numel() == 1 for digit in labels.unique())


@check.property(0.5, "independently: how many are dropped varies as it should", needs="share")
def independent(bench):
    labels, p, runs, n = _labels(bench, "independent", 40), bench.uniform("p of each", 0.3, 0.6), 60, 40
    start = bench.integer("first seed", 1, 10**6)
    which = [_dropped(bench, labels, p, 23, start + i)[0] for i in range(runs)]
    dropped = torch.stack(which).double()
    counts, variance = dropped.sum(1), n * p * (1 - p)
    if all(_by_digit(labels, each) for each in which):
        raise Wrong("by_digit", "each label dropped by itself", "all labels of a digit dropped together")
    if torch.equal(dropped, dropped[:1].expand_as(dropped)):
        raise Wrong("reseeded", "other labels dropped each time", f"the same {counts[0]:g} of {n} in {runs} calls")
    if counts.var() < 0.3 * variance:
        raise Wrong("exact_share", f"a count that varies by {variance**0.5:.2g} from batch to batch", show(counts))
    everywhere = (dropped.mean(0) - p).abs().max().item()
    if counts.var() > 3 * variance or everywhere > 5.5 * (p * (1 - p) / runs) ** 0.5:
        raise Wrong("", "each label dropped with the same probability, whatever the others do", show(dropped.mean(0)))


@check.property(0.25, "all randomness comes from the generator, the global one if there is none", needs="share")
def generator(bench):
    labels = _labels(bench, "generator", 200)

    def drawn(request_seed, **given):
        return bench.call(labels, 0.5, 11, seed=request_seed, **given).value

    first, again = (drawn(seed, generator=_generator(5)) for seed in (1, 2))
    if not torch.equal(first, again):
        raise Wrong("generator_ignored", "the same labels from the same generator", "other ones each time")
    if torch.equal(first, drawn(1, generator=_generator(6))):
        raise Wrong("reseeded", "other labels from another generator", "the same ones")
    try:
        plain, same, other = drawn(1), drawn(1), drawn(2)
    except SubjectError as error:
        if error.kind != "raised":
            raise
        raise Wrong("generator_needed", "labels without a generator", error.message) from None
    if not torch.equal(plain, same):
        raise Wrong("generator_ignored", "the same labels from torch's global generator in the same state", "other ones")
    if torch.equal(plain, other):
        raise Wrong("reseeded", "other labels from torch's global generator in another state", "the same ones")


@check.property(0.25, "int64, and p = 0 and p = 1 are exact", needs="share")
def ends(bench):
    labels = _labels(bench, "ends", 300)
    for p, expected in ((0.0, labels), (1.0, torch.full_like(labels, 11))):
        value = bench.call(labels, p, 11, generator=_generator(3)).value
        if value.dtype != torch.int64:
            raise Wrong("not_int64", "int64", str(value.dtype).removeprefix("torch."))
        if not torch.equal(value, expected):
            raise Wrong("", f"for p = {p:g} {'the labels as they were' if p == 0 else 'null everywhere'}", show(value.double()))


@check.property(0.25, "returns a new tensor and leaves the given one as it was", needs="share")
def copies(bench):
    labels = _labels(bench, "copies", 60)
    for p in (0.5, 0.0):  # what changes the given labels returns them as well
        reply = bench.call(labels, p, 11, generator=_generator(2))
        if not torch.equal(reply.inputs[0], labels):
            raise Wrong("mutates", "the given labels unchanged", "changed by the call")
        if reply.shared:
            raise Wrong("same_tensor", "a new tensor", f"the given one, for p = {p:g}")
