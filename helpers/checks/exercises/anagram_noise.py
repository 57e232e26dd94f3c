"""Check of a visual anagram's noise: each view's prediction turned back, and their mean (arXiv:2311.17919, §3.2)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import expect, numbers, repeated
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_float32
from ..probes import Probe

check = Check(
    "anagram_noise",
    home="helpers.anagrams",
    mistakes={
        "not_turned_back": "The predictions are not turned back: apply inverses[i] to each before the mean.",
        "views_not_applied": "The predictors see x itself: each has to see its own views[i](x).",
        "no_views": "The predictors see x itself, and what they predict is not turned: each has to see its own "
        "views[i](x), and inverses[i] comes after it.",
        "inverse_is_view": "views[i] turns the prediction back; that is right for half a turn only: use inverses[i].",
        "view_is_inverse": "views and inverses are exchanged: the predictor sees views[i](x).",
        "sum": "This is the sum; return the mean.",
        "first_only": "Only the first view counts: take the mean over all of them.",
        "last_only": "Only the last view counts: add the predictions up in the loop, and return after it.",
        "two_only": "Only two views are used: there may be more, or one alone.",
        "halved": "The sum is divided by 2, whatever the number of views is: divide by len(views).",
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


def _setting(bench, key: str, turns: list[int]):
    """x (6, 1, 5, 5), and for each view the quarters of its turn, and slope and map of its predictor."""
    slopes = [bench.uniform(f"{key} slope {i}", 0.5, 2.0) for i in range(len(turns))]
    maps = [bench.randn(f"{key} map {i}", 5, 5) for i in range(len(turns))]
    return bench.randn(f"{key} x", 6, 1, 5, 5), turns, slopes, maps


def _call(bench, x, turns, slopes, maps, seed=0):
    views, inverses = (Probe("quarter_turns", {"turns": [sign * k for k in turns]}) for sign in (1, -1))
    return bench.call(Probe("linear_predictors", {"slopes": slopes, "maps": maps}), views, inverses, x, seed=seed)


def _expect_mean(bench, key: str, turns: list[int]) -> None:
    x, turns, slopes, maps = _setting(bench, key, turns)
    X = x.double()

    def predictions(view=True, inverse=-1, swap=1, same=False):
        made = []
        for i, k in enumerate(turns):
            p = 0 if same else i
            seen = _rotate(X, swap * k) if view else X
            made.append(_rotate(slopes[p] * seen + maps[p].double(), inverse * k))
        return torch.stack(made)

    right = predictions()
    state = X
    for a, b, k in zip(slopes, maps, turns):
        state = _rotate(a * _rotate(state, k) + b.double(), -k)
    suspects = {
        "not_turned_back": predictions(inverse=0).mean(0),
        "views_not_applied": predictions(view=False).mean(0),
        "no_views": predictions(view=False, inverse=0).mean(0),
        "inverse_is_view": predictions(inverse=1).mean(0),
        "view_is_inverse": predictions(swap=-1, inverse=1).mean(0),
        "one_predictor": predictions(same=True).mean(0),
        "chained": state,
        "sum": right.sum(0),
        "first_only": right[0],
        "last_only": right[-1],
        "two_only": right[:2].mean(0),
        "halved": right.sum(0) / 2,
        "per_image": right.sum(0) / len(x),
    }
    received, again = (numbers(_call(bench, x, turns, slopes, maps, seed), tuple(x.shape)) for seed in (0, 1))
    if not repeated(received, again):
        raise Wrong("drawn", "the same mean from the same x", "another one each time")
    expect(received, right.mean(0), suspects, 1e-4, 1e-5)


@check.property(1.0, "the mean of the predictions, each of its own view and turned back")
def values(bench):
    _expect_mean(bench, "values", [0, 1, 2, 3, 1])


@check.property(0.5, "for any number of views", needs="values")
def any_number(bench):
    _expect_mean(bench, "three", [1, 3, 2])
    _expect_mean(bench, "one", [1])


@check.property(0.5, "leaves x as it was", needs="values")
def untouched(bench):
    x, *others = _setting(bench, "kept", [0, 1, 3, 2])
    reply = _call(bench, x, *others)
    if not torch.equal(reply.inputs[3], x):
        raise Wrong("mutates", "x unchanged", "changed by the call")
    expect_float32(reply)
