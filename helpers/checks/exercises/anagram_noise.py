"""Check of a visual anagram's noise: each view's prediction turned back, and their mean (arXiv:2311.17919, §3.2)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_float32
from ..plain import describe
from ..probes import Probe

check = Check(
    "anagram_noise",
    home="helpers.anagrams",
    mistakes={
        "not_turned_back": "The predictions are not turned back: apply inverses[i] to each before the mean.",
        "views_not_applied": "The predictors see x itself: each has to see its own views[i](x).",
        "no_views": "The predictors see x itself: there is no turn, or it is turned back at once. Each has to see its own "
        "views[i](x), and inverses[i] comes after the predictor.",
        "mean_first": "The mean is taken of predictions that are still turned: each is turned back by its own inverse first.",
        "inverse_is_view": "views[i] turns the prediction back; that is right for half a turn only: use inverses[i].",
        "view_is_inverse": "views and inverses are exchanged: the predictor sees views[i](x).",
        "sum": "This is the sum; return the mean.",
        "first_only": "Only the first view counts: take the mean over all of them.",
        "last_only": "Only the last view counts: add the predictions up in the loop, and return after it.",
        "two_only": "Only two views are used: there may be more, or one alone.",
        "halved": "The sum is divided by 2, whatever the number of views is: divide by len(views).",
        "other_count": "The sum is divided by another number than that of the views: divide by len(views).",
        "left_out": "Not every view counts: each has its share in the mean, the first and the last as well.",
        "unequal": "The views do not count alike: each has the share 1/len(views).",
        "starts_from_x": "x itself is in the sum: start from nothing, and add the predictions up.",
        "no_mean": "All predictions come back: return their mean, one tensor of x's shape.",
        "other_axis": "The mean runs along another axis than that of the views: torch.stack(found).mean(0), one entry a view.",
        "all_pairs": "Every predictor is asked for every view: predictors[i] belongs to views[i] alone, as zip pairs them.",
        "per_image": "The sum is divided by the number of images; divide it by the number of views, len(views).",
        "one_predictor": "The same predictor is asked for every view: use predictors[i].",
        "chained": "The views are applied one after the other: each one starts from x.",
        "drawn": "Two calls with the same x differ: nothing is drawn here, every view is used each time.",
        "mutates": "x is changed in place.",
        "other_dtype": GIVEN_MISTAKES["other_dtype"],
    },
    hints=(
        "What has to happen to a prediction that was made of a turned picture, before it is averaged with the others?",
        "for predict, view, inverse in zip(predictors, views, inverses) goes through the three lists together.",
        "For each: view(x), then predict, then inverse. That is one tensor a view: stack them, and take the mean.",
    ),
)


def _rotate(x, k):
    return torch.rot90(x, k, (-2, -1))


def _setting(bench, key: str, turns: list[int], images: int = 8):
    """x (images, 1, 5, 5), and for each view the quarters of its turn, and slope and map of its predictor."""
    slopes = [bench.uniform(f"{key} slope {i}", 0.5, 2.0) for i in range(len(turns))]
    maps = [bench.randn(f"{key} map {i}", 5, 5) for i in range(len(turns))]
    return bench.wide(f"{key} x", images, 1, 5, 5), turns, slopes, maps


def _call(bench, x, turns, slopes, maps, seed=0):
    views, inverses = (Probe("quarter_turns", {"turns": [sign * k for k in turns]}) for sign in (1, -1))
    return bench.call(Probe("linear_predictors", {"slopes": slopes, "maps": maps}), views, inverses, x, seed=seed)


def _expect_mean(bench, key: str, turns: list[int], images: int = 8) -> None:
    x, turns, slopes, maps = _setting(bench, key, turns, images)
    X = x.double()

    def predictions(view=True, inverse=-1, swap=1, same=False, shift=0):
        made = []
        for i, k in enumerate(turns):
            p = 0 if same else (i + shift) % len(turns)
            seen = _rotate(X, swap * k) if view else X
            made.append(_rotate(slopes[p] * seen + maps[p].double(), inverse * k))
        return torch.stack(made)

    right = predictions()
    turned = predictions(inverse=0).mean(0)
    pairs = [predictions(shift=shift).mean(0) for shift in range(len(turns))]
    state, along, passed = X, X, []
    for a, b, k in zip(slopes, maps, turns):
        state, along = _rotate(a * _rotate(state, k) + b.double(), -k), _rotate(along, k)
        passed.append(_rotate(a * along + b.double(), -k))
    suspects = {
        "not_turned_back": predictions(inverse=0).mean(0),
        "views_not_applied": predictions(view=False).mean(0),
        "no_views": predictions(view=False, inverse=0).mean(0),
        "inverse_is_view": predictions(inverse=1).mean(0),
        "view_is_inverse": predictions(swap=-1, inverse=1).mean(0),
        "one_predictor": predictions(same=True).mean(0),
        "chained": state,
        "chained/views": torch.stack(passed).mean(0),
        "all_pairs": torch.stack(pairs).mean(0),
        "mean_first": _rotate(turned, -turns[-1]),
        "mean_first/first": _rotate(turned, -turns[0]),
        "mean_first/all": torch.stack([_rotate(turned, -k) for k in turns]).mean(0),
        "starts_from_x": (right.sum(0) + X) / len(turns),
        "starts_from_x/counted": (right.sum(0) + X) / (len(turns) + 1),
        "sum": right.sum(0),
        "first_only": right[0],
        "last_only": right[-1],
        "two_only": right[:2].mean(0),
        "halved": right.sum(0) / 2,
        "per_image": right.sum(0) / len(x),
    }
    received, again = (_mean(_call(bench, x, turns, slopes, maps, seed), x, len(turns)) for seed in (0, 1))
    if not repeated(received, again):
        raise Wrong("drawn", "the same mean from the same x", "another one each time")
    expect(received, right.mean(0), suspects, 1e-4, 1e-5, otherwise=lambda: _shares(received, right))


def _mean(reply, x: torch.Tensor, count: int) -> torch.Tensor:
    """What came back for `count` views, once it has x's shape."""
    value, one = reply.value, tuple(x.shape)
    if isinstance(value, (list, tuple)) and len(value) == count and all(isinstance(item, torch.Tensor) for item in value):
        raise Wrong("no_mean", f"shape {one}", describe(value))
    shape = tuple(value.shape) if isinstance(value, torch.Tensor) else one
    if shape == one:
        return numbers(reply, one)
    if count > 1 and shape in ((count, *one), (count * one[0], *one[1:])):
        raise Wrong("no_mean", f"shape {one}", f"shape {shape}")
    if count > 1 and shape in ((), one[1:], (1, *one[1:]), (count, *one[1:])):
        raise Wrong("other_axis", f"shape {one}", f"shape {shape}")
    return numbers(reply, one)


def _shares(received: torch.Tensor, right: torch.Tensor) -> str:
    """The mistake, if what is received is a sum of the right predictions of the views in which their shares are wrong."""
    basis = right.flatten(1).T
    shares = torch.linalg.lstsq(basis, received.flatten()[:, None]).solution
    if not close((basis @ shares).reshape(received.shape), received, 1e-4, 1e-5):
        return ""
    if close(shares, shares.mean().expand_as(shares), 1e-3, 1e-4):
        return "other_count"
    return "left_out" if (shares.abs() < 1e-4).any() else "unequal"


@check.property(1.0, "the mean of the predictions, each of its own view and turned back")
def values(bench):
    _expect_mean(bench, "values", [1, 0, 2, 3, 2])


@check.property(0.5, "for any number of views", needs="values")
def any_number(bench):
    _expect_mean(bench, "three", [1, 3, 2])
    _expect_mean(bench, "one", [1], images=1)


@check.property(0.5, "leaves x as it was", needs="values")
def untouched(bench):
    x, *others = _setting(bench, "kept", [0, 1, 3, 2])
    reply = _call(bench, x, *others)
    if not torch.equal(reply.inputs[3], x):
        raise Wrong("mutates", "x unchanged", "changed by the call")
    expect_float32(reply)
