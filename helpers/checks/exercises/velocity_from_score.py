"""Check of the velocity of the straight path from the score: (x + (1-t) score)/t."""

from __future__ import annotations

import torch

from .. import broadcasting
from ..check import Check, Wrong
from ..compare import close, expect, numbers
from ..fields import first_right
from ..given import expect_unchanged

check = Check(
    "velocity_from_score",
    home="helpers.flow",
    mistakes={
        "sign": "The score is subtracted: E[noise | x] = -(1-t) score, and it is taken away, so that it adds up.",
        "times_exchanged": "t and 1 - t are exchanged: t = 0 is noise here, t = 1 data.",
        "not_divided": "This is t times the velocity: divide by t.",
        "divided_in_part": "Only one of the two terms is divided by t: put brackets round x + (1-t) score.",
        "divided_by_noise": "This is divided by 1 - t; divide by t.",
        "score_unscaled": "The score is not multiplied by 1 - t.",
        "score_only": "x is missing: x + (1-t) score.",
        "turned": "This is E[noise | x] - E[data | x]; the flow runs from noise to data.",
        "noise_added": "E[noise | x] has its sign turned in one of its two places: it is -(1-t) score in both.",
        "noise_over_sigma": "E[noise | x] is the score times -(1-t), not over it.",
        "exchanged": "score and x are exchanged: x + (1-t) score.",
        "data_estimate": "This is E[data | x]; the velocity is E[data | x] - E[noise | x].",
        "noise_estimate": "This is E[noise | x] = -(1-t) score; the velocity is E[data | x] - E[noise | x].",
        "halved": "The score is halved, as in the ODE of a diffusion's SDE; here it is (1-t) score.",
        "not_over_rest": "E[data | x] - x is what is left to go in the time 1 - t: divide by that.",
        "undefined_at_1": "At t = 1 this is 0/0, and there the velocity is x: bring the formula over t alone.",
        "kept_from_ends": "t is kept away from 0 or 1, or a small number is added to it: t in (0, 1] divides as it is.",
        "score_back": "This is the way back, from a velocity to a score: (t velocity - x)/(1-t).",
        "one_time": "The whole batch is at one time: each sample has its own t.",
        "t_not_shaped": "t (B,) does not multiply x (B, …) yet: t.reshape(-1, *[1] * (x.ndim - 1)).",
        "t_for_images_only": "t is shaped for images alone: t.reshape(-1, *[1] * (x.ndim - 1)) fits points (B, D) as well.",
        "mutates": "An input is changed in place.",
    },
    hints=(
        "Tweedie gives the mean of the noise: E[noise | x] = -(1-t) score. What is then the mean of the data, if "
        "x = (1-t) noise + t data?",
        "E[data | x] = (x - (1-t) E[noise | x])/t. The velocity is E[data | x] - E[noise | x]: bring both over t.",
        "(x + (1-t)² score)/t + (1-t) score is one fraction over t, in which (1-t)² + t (1-t) = 1-t; shape t "
        "before you multiply.",
    ),
)


TOLERANCE = 5e-3, 1e-5  # a guard of 1e-6 or less beside t changes nothing that could be seen


def _inputs(bench, key, *shape):
    t = 0.1 + 0.8 * torch.rand(shape[0], generator=bench.random(f"{key} t"))
    return bench.randn(f"{key} score", *shape), bench.randn(f"{key} x", *shape), t


def _expected(score, x, t):
    s, x = score.double(), x.double()
    t = t.double().reshape(-1, *[1] * (x.ndim - 1))
    suspects = {
        "sign": (x - (1 - t) * s) / t,
        "times_exchanged": (x + t * s) / (1 - t),
        "times_exchanged/turned": -(x + t * s) / (1 - t),
        "halved": (x + (1 - t) * s / 2) / t,
        "not_over_rest": (x + (1 - t) ** 2 * s) / t - x,
        "not_divided": x + (1 - t) * s,
        "divided_in_part": x + (1 - t) * s / t,
        "divided_in_part/x": x / t + (1 - t) * s,
        "divided_by_noise": (x + (1 - t) * s) / (1 - t),
        "score_unscaled": (x + s) / t,
        "data_estimate": (x + (1 - t) ** 2 * s) / t,
        "turned": -(x + (1 - t) * s) / t,
        "noise_added": (x + (1 - t) ** 2 * s) / t - (1 - t) * s,
        "noise_added/data": (x - (1 - t) ** 2 * s) / t + (1 - t) * s,
        "noise_over_sigma": (x + s) / t + s / (1 - t),
        "exchanged": (s + (1 - t) * x) / t,
        "score_only": (1 - t) * s / t,
        "noise_estimate": -(1 - t) * s,
        "score_back": (t * s - x) / (1 - t),
    }
    for name, at in {"first": t[:1], "last": t[-1:], "mean": t.mean()}.items():
        suspects[f"one_time/{name}"] = (x + (1 - at) * s) / at
    others = [t + small for small in (1e-2, 1e-3, 1e-4, 1e-5)]
    others += [t.clamp(small, end) for small in (0.1, 0.05, 1e-2, 1e-3) for end in (1, 1 - small)]
    suspects |= {f"kept_from_ends/{i}": (x + (1 - other) * s) / other for i, other in enumerate(others)}
    suspects |= {f"kept_from_ends/beneath {i}": (x + (1 - t) * s) / other for i, other in enumerate(others)}
    return (x + (1 - t) * s) / t, suspects


def _velocity(bench, score, x, t):
    """The right velocity, and the reply that held it."""
    with broadcasting.named("t_not_shaped", f"shape {tuple(x.shape)}"):
        reply = bench.call(score, x, t)
    if numbers(reply).ndim == 4 and x.ndim == 2:
        raise Wrong("t_for_images_only", f"shape {tuple(x.shape)}", f"shape {tuple(numbers(reply).shape)}")
    right, suspects = _expected(score, x, t)
    received = numbers(reply, tuple(x.shape))
    elsewhere = (t < 1).nonzero().flatten()
    undefined = len(elsewhere) < len(t) and close(received[elsewhere], right[elsewhere], *TOLERANCE) and received.isnan().any()
    expect(received, right, suspects, *TOLERANCE, otherwise=lambda: "undefined_at_1" if undefined else "")
    return (score, x, t), reply


def _points(bench):
    score, x, t = _inputs(bench, "points", 5, 3)
    t[2] = 5e-4  # nearly all noise: an answer that keeps away from 0 shows
    return _velocity(bench, score, x, t)


def _images(bench):
    score, x, t = _inputs(bench, "images", 3, 2, 4, 5)
    t[1] = 1.0
    return _velocity(bench, score, x, t)


@check.property(1.0, "points (B, D): (x + (1-t) score)/t, each sample at its own t")
def points(bench):
    _points(bench)
    _velocity(bench, *_inputs(bench, "alone", 1, 4))


@check.property(0.5, "images (B, C, H, W); at t = 1 the velocity is x")
def images(bench):
    _images(bench)


@check.property(0.5, "leaves score, x and t as they were")
def untouched(bench):
    expect_unchanged(*first_right(bench, _points, _images))
