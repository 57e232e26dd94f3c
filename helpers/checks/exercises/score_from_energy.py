"""Check of the score by automatic differentiation: s(x) = -∇ₓE(x), one a sample."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import DIFFERENCE_QUOTIENT, close, expect, near_miss, numbers, repeated
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_undisturbed
from ..plain import SubjectError
from ..probes import Probe

check = Check(
    "score_from_energy",
    home="helpers.energy",
    mistakes={
        "sign": "The sign is wrong: the score is minus the gradient of the energy.",
        "mean_for_sum": "The score is too small by the batch size: sum the energies before differentiating, don't average them.",
        "returns_energy": "These are the energies; differentiate their sum with respect to x.",
        "summed_over_batch": "The gradients of all samples are summed: return one score a sample.",
        "averaged_over_batch": "The gradients of all samples are averaged: return one score a sample.",
        "density_gradient": "This is the gradient of exp(-E), p times the score: differentiate the logarithm, -E.",
        "difference_quotient": DIFFERENCE_QUOTIENT,
        "clamped": "The score is clamped, as some samplers do; its length matters.",
        "normalised": "The score is scaled to unit length; its length matters.",
        "two_dimensions_only": "It works for x (B, D) but not for images (B, C, H, W): do without the number of axes.",
        "tuple_returned": "torch.autograd.grad returns a tuple; take its first entry.",
        "graph_leaked": "The score still carries its graph: detach it, and leave out create_graph.",
        "input_requires_grad": "x requires grad after the call: work on x.detach().requires_grad_(True), a new tensor.",
        "mutates": "x is changed by the call.",
        **GIVEN_MISTAKES,
        "no_graph": "energy_fn is given what does not require grad: first make x.detach().requires_grad_(True), then give "
        "energy_fn that very tensor.",
        "graph_cut": "The energies lose their graph on the way (.item(), .detach(), torch.tensor): differentiate what energy_fn "
        "returned.",
        "another_tensor": "The gradient is asked for another tensor than the one that energy_fn was given.",
        "not_called": "energy_fn was never called: differentiate what it returns, whatever energy it is.",
        "scalar_needed": "backward and autograd.grad want a scalar: sum the energies over the batch first.",
    },
    slips=("sign", "mean_for_sum", "clamped"),
    hints=(
        "Sample i's energy depends on x_i only. What then is the gradient of the sum of all energies with respect to x?",
        "Make a new leaf, x = x.detach().requires_grad_(True), and differentiate energy_fn(x).sum() with torch.autograd.grad.",
        "torch.autograd.grad(energies.sum(), x) gives a tuple of one gradient, which needs no detach. What is left is its sign.",
    ),
)

WAVE = 0.7  # of the energies: without it they are quadratic, and a difference quotient is right at any step

_ERRORS = {
    "can be implicitly created only for scalar": "scalar_needed",
    "not have been used in the graph": "another_tensor",
    "bad operand type for unary -: 'tuple'": "tuple_returned",
}


def _energy(bench, *shape):
    """An energy for samples of that shape, and its score at x (B, *shape), in closed form."""
    size = int(torch.tensor(shape).prod())
    A = bench.randn("A", size, size).double()
    A, b = (A + A.T) / 2, bench.randn("b", size).double()

    def score(x):
        flat = x.double().flatten(1)
        return -(flat @ A + b - 3 * WAVE * torch.sin(3 * flat)).reshape(x.shape)

    return Probe("quadratic_energy", {"A": A, "b": b, "wave": WAVE}), score


def _fault_at_the_call(bench, x) -> str:
    """What is wrong when the answer calls the energy: its gradients are off, or its argument does not require grad."""
    size = x[0].numel()
    strict = Probe("quadratic_energy", {"A": torch.eye(size), "b": torch.zeros(size), "strict": True})
    try:
        bench.call(strict, x)
    except SubjectError as error:
        return error.message
    return ""


def _score(bench, probe, x):
    try:
        reply = bench.call(probe, x)
    except SubjectError as error:
        if error.kind == "raised" and "does not require grad" in error.message:
            raise _without_graph(error, _fault_at_the_call(bench, x)) from None
        for text, mistake in _ERRORS.items():
            if error.kind == "raised" and text in error.message:
                raise Wrong(mistake, "a score", error.message) from None
        raise
    if not reply.records.get(0):
        raise Wrong("not_called", "energy_fn called with x", "no call")
    if isinstance(reply.value, (tuple, list)) and len(reply.value) == 1:
        raise Wrong("tuple_returned", "a tensor", "a tuple of one tensor")
    return reply


def _without_graph(error, fault) -> Wrong | SubjectError:
    if "gradients are switched off" in fault:
        words = f"{error.message}. Gradients are switched off here: leave torch.no_grad() out"
        return SubjectError("raised", error.type_name, words, error.where)
    mistake = "no_graph" if "given a tensor that does not require grad" in fault else "graph_cut"
    return Wrong(mistake, "a score", error.message)


@check.property(1.5, "s(x) = -∇E(x), for x (B, D)")
def values(bench):
    batch = bench.integer("batch", 4, 7)
    probe, score = _energy(bench, 3)
    x = bench.randn("x", batch, 3)
    right = score(x)
    received = numbers(_score(bench, probe, x))
    A, b = probe.params["A"], probe.params["b"]
    energies = ((x.double() @ A) * x.double()).sum(1) / 2 + x.double() @ b + WAVE * torch.cos(3 * x.double()).sum(1)
    suspects = {
        "sign": -right,
        "sign/mean": -right / batch,
        "mean_for_sum": right / batch,
        "returns_energy": energies,
        "returns_energy/minus": -energies,
        "density_gradient": torch.exp(-energies)[:, None] * right,
        "summed_over_batch": right.sum(0),
        "averaged_over_batch": right.mean(0),
        "normalised": right / right.norm(dim=1, keepdim=True),
    }
    expect(received, right, suspects, 1e-3, 1e-4, otherwise=lambda: _near_miss(bench, probe, x, received, right))


def _near_miss(bench, probe, x, received, right) -> str:
    """What is drawn inside may be small, too: that is no difference quotient."""
    again = numbers(bench.call(probe, x, seed=1))
    return near_miss(received, right) if repeated(received, again) else ""


@check.property(0.5, "works for images (B, C, H, W) too")
def images(bench):
    probe, score = _energy(bench, 2, 3, 4)
    x = bench.randn("images", 3, 2, 3, 4)
    try:
        reply = _score(bench, probe, x)
        received = numbers(reply)
    except SubjectError as error:
        works_flat = error.kind == "raised" and _works_flat(bench)
        raise (Wrong("two_dimensions_only", "a score of shape (3, 2, 3, 4)", error.message) if works_flat else error) from None
    right = score(x)
    if received.shape != right.shape:
        raise Wrong(
            "two_dimensions_only" if _works_flat(bench) else "", f"shape {tuple(x.shape)}", f"shape {tuple(received.shape)}"
        )
    # its length and sign are the business of the property before
    factor = (received * right).sum() / (right * right).sum()
    _expect_some_score(reply, x)
    expect(received, factor * right, {}, 1e-3, 1e-4 * float(factor.abs()))


def _works_flat(bench) -> bool:
    probe, score = _energy(bench, 3)
    x = bench.randn("flat", 4, 3)
    try:
        return close(numbers(bench.call(probe, x)).abs(), score(x).abs(), 1e-3, 1e-4)
    except (SubjectError, Wrong):
        return False


def _expect_some_score(reply, x):
    """Nothing is earned for leaving x alone without doing anything with it."""
    if not numbers(reply, tuple(x.shape)).any():
        raise Wrong("", "a score", "zeros")


@check.property(0.5, "the score is detached: no graph leaks out", needs="values")
def detached(bench):
    probe, _ = _energy(bench, 3)
    x = bench.randn("x", 4, 3)
    reply = _score(bench, probe, x)
    _expect_some_score(reply, x)
    if any(fact.requires_grad for fact in reply.facts.values()):
        raise Wrong("graph_leaked", "requires_grad = False", "requires_grad = True")


@check.property(0.5, "x is left as it was, values and requires_grad, and energy_fn is given its dtype", needs="values")
def untouched(bench):
    probe, _ = _energy(bench, 3)
    x = bench.randn("x", 4, 3)
    reply = _score(bench, probe, x)
    _expect_some_score(reply, x)
    if not torch.equal(reply.inputs[1], x):
        raise Wrong("mutates", "x unchanged", "x changed by the call")
    if reply.input_facts["1"].requires_grad:
        raise Wrong("input_requires_grad", "x.requires_grad = False", "x.requires_grad = True")
    expect_undisturbed(reply)
