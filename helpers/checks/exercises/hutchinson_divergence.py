"""Check of Hutchinson's estimate of the divergence: probeᵀ (∂v/∂x) probe, for each sample (arXiv:1810.01367)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import DIFFERENCE_QUOTIENT, expect, near_miss, numbers, repeated
from ..fields import MISTAKES as FIELD_MISTAKES
from ..fields import Field, ask, first_right
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_grad_mode, expect_unchanged, expect_undisturbed
from ..plain import SubjectError

check = Check(
    "hutchinson_divergence",
    home="helpers.likelihood",
    mistakes={
        "trace": "This is the exact trace: the estimate is probeᵀ (∂v/∂x) probe, which costs one product in any dimension.",
        "not_projected": "The probe is there on one side of the Jacobian only: hand it to torch.autograd.grad, and multiply "
        "what comes back by it.",
        "probe_twice": "This is probe² times the diagonal alone: the Jacobian has to meet the whole probe first.",
        "value_projected": "This is probe · v, not its derivative.",
        "ones": "All entries of the Jacobian are summed, and the probe is in none: hand it to torch.autograd.grad, and multiply.",
        "unit_probe": "The probe is divided by its length: take it as it is.",
        "other_side": "The second factor is not the probe: multiply what torch.autograd.grad gives by probe, and sum.",
        "mean": "This is a mean over the dimensions: sum them.",
        "absolute": "A divergence may be negative: take no absolute value.",
        "batch_summed": "The samples are added up: sum over a sample's dimensions only, to (B,).",
        "sign": "The sign is turned: the divergence itself is asked for.",
        "not_per_sample": "The dimensions are not summed: one number a sample, (B,).",
        "needs_grad": "It fails under the caller's no_grad: make the graph under torch.enable_grad().",
        "leaves_grad": "x requires a gradient afterwards, and did not before: use x.detach().requires_grad_(), a "
        "leaf of its own.",
        "drops_grad": "x required a gradient before, and does not afterwards: leave the caller's x alone.",
        "not_a_leaf": "It fails for an x that requires a gradient already: a clone of it has no .grad. "
        "x.detach().requires_grad_() is a tensor of its own.",
        "own_probe": "Another estimate each time for the same probe: use the one that is given, draw none inside.",
        "difference_quotient": DIFFERENCE_QUOTIENT,
        "shape_of_t": "velocity wants t as it came, one time a sample, (B,).",
        "mutates": "An input is changed in place.",
        **FIELD_MISTAKES,
        **GIVEN_MISTAKES,
    },
    hints=(
        "torch.autograd.grad(v, x, probe) is probeᵀ (∂v/∂x), like x. What is still missing to make it one number a sample?",
        "Work under torch.enable_grad() and on x.detach().requires_grad_(), so that neither the caller's no_grad "
        "nor x is touched.",
        "With (product,) = torch.autograd.grad(velocity(x, t), x, probe) on that x: multiply by probe, and sum "
        "all but the batch.",
    ),
)


def _inputs(bench, key, *shape):
    t = 0.1 + 0.8 * torch.rand(shape[0], generator=bench.random(f"{key} t"))
    return bench.randn(f"{key} x", *shape), t, bench.randn(f"{key} probe", *shape)


def _expected(field, x, t, probe):
    flat, p, one = x.double().flatten(1), probe.double().flatten(1), torch.ones_like(x.double().flatten(1))
    bend = 2 * field.q * (1 + t.double())[:, None] * flat  # the Jacobian is Aᵀ + diag(bend)
    right, dims = field.form(x, t, probe), flat.shape[1]
    diagonal = field.A.diagonal() + bend
    suspects = {
        "trace": diagonal.sum(1),
        "not_projected": (p @ field.A.T + bend * p).sum(1),
        "not_projected/forward": (p @ field.A + bend * p).sum(1),
        "probe_twice": (diagonal * p**2).sum(1),
        "value_projected": (field(x, t).flatten(1) * p).sum(1),
        "ones": (one @ field.A.T + bend).sum(1),
        "unit_probe": right / p.norm(dim=1),
        "unit_probe/both": right / p.square().sum(1),
        "other_side": ((p @ field.A.T + bend * p) * flat).sum(1),
        "other_side/v": ((p @ field.A.T + bend * p) * field(x, t).flatten(1)).sum(1),
        "other_side/divided": ((p @ field.A.T + bend * p) / p).sum(1),
        "mean": right / dims,
        "sign": -right,
        "absolute": right.abs(),
        "batch_summed": right.sum().expand(len(x)),
    }
    return right, suspects


def _estimate(bench, field, x, t, probe, **how):
    reply = ask(bench, "shape_of_t", field.probe, x, t, probe, **how)
    value = numbers(reply)
    if value.ndim > 1 and value.numel() > len(x):
        raise Wrong("not_per_sample", f"shape ({len(x)},)", f"shape {tuple(value.shape)}")
    if value.numel() == 1 and len(x) > 1:
        raise Wrong("batch_summed", f"shape ({len(x)},)", "one number")
    return numbers(reply, (len(x),)), reply


def _expect_estimate(field, given, received):
    right, suspects = _expected(field, *given)
    expect(received, right, suspects, 1e-3, 1e-4, otherwise=lambda: near_miss(received, right))


def _right(bench, key, *shape, **how):
    """A field, its inputs and the reply, whose estimate is right."""
    field, given = Field(bench, key, torch.zeros(shape)[0].numel()), _inputs(bench, key, *shape)
    (received, reply), (again, _) = (_estimate(bench, field, *given, seed=seed, **how) for seed in (0, 1))
    if not repeated(received, again):
        raise Wrong("own_probe", "the same estimate for the same probe", "another one each time")
    _expect_estimate(field, given, received)
    return field, given, reply


def _expect_a_derivative(bench):
    """Along a fast wave no difference quotient of float32 numbers comes near the derivative."""
    k = 4096.0
    field, (x, t, probe) = Field(bench, "wave", 4, k), _inputs(bench, "wave", 5, 4)
    x = (64 * x).round() / 64  # so that k x is a float32 number as it is
    received, _ = _estimate(bench, field, x, t, probe)
    expect(received, field.form(x, t, probe), {}, 1e-3, 1e-3, otherwise=lambda: "difference_quotient")


SHAPES = {"points": (16, 4), "images": (3, 1, 3, 4)}  # estimates of both signs among the points


def _either(bench, **how):
    """As _right, for points, or for images if it is right for those alone."""
    return first_right(bench, *(lambda bench, k=key, s=shape: _right(bench, k, *s, **how) for key, shape in SHAPES.items()))


@check.property(1.5, "points (B, D): probeᵀ (∂v/∂x) probe with the probe that is given, one number a sample")
def points(bench):
    _right(bench, "points", *SHAPES["points"])
    _right(bench, "alone", 1, 4)
    _expect_a_derivative(bench)


@check.property(0.5, "images (B, C, H, W)")
def images(bench):
    _right(bench, "images", *SHAPES["images"])


@check.property(0.5, "works under the caller's no_grad")
def no_grad(bench):
    field, given, _ = _either(bench)
    try:
        received, reply = _estimate(bench, field, *given, no_grad=True)
    except SubjectError as error:
        if "does not require grad" in error.message:
            raise Wrong("needs_grad", "an estimate", error.message) from None
        raise
    _expect_estimate(field, given, received)
    expect_grad_mode(reply)


@check.property(0.5, "leaves x as it was, and whether it requires a gradient")
def untouched(bench):
    field, given, reply = _either(bench)
    expect_unchanged((field.probe, *given), reply)
    if reply.input_facts["1"].requires_grad:
        raise Wrong("leaves_grad", "x without requires_grad", "x with requires_grad")
    expect_undisturbed(reply)
    try:
        again = ask(bench, "shape_of_t", field.probe, *given, grad=(1,))
    except SubjectError as error:
        if error.kind != "raised":
            raise
        raise Wrong("not_a_leaf", "an estimate for an x that requires a gradient", error.message) from None
    if not again.input_facts["1"].requires_grad:
        raise Wrong("drops_grad", "x with requires_grad", "x without")
