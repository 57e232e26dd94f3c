"""Compare a loss by its value and by its gradient: a loss whose value is right trains nothing if a part of it is detached.

A check computes what is right with tensors of its own that require grad, in float64, and hands both to `expect_gradients`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from .check import Wrong
from .compare import close, show
from .messages import Reply, cotangents

MISTAKES = {
    "no_gradient": "No gradient flows back: leave out .item(), .detach(), numpy, torch.tensor(…) and torch.no_grad().",
    "half_gradient": "The value is right, its gradient is not: a part of the loss is detached on the way.",
}


def expect_gradients(
    reply: Reply,
    right: torch.Tensor,
    sources: Mapping[int | str, torch.Tensor],
    mistakes: Mapping[int | str, str] = {},
    rtol: float = 1e-3,
    atol: float = 1e-5,
    another: str = "half_gradient",
) -> None:
    """Raise Wrong unless the reply carries the gradient of `right` with respect to each of `sources`.

    reply: of a call with `grad=` (keys are indices of arguments) and `param_grads=True` (keys are names, as in "0.weight").
    right: the loss as a float64 scalar with a graph, or another output of the reply's shape.
    sources: {index or name: the tensor of the same role in that graph}.
    mistakes: {index or name: the mistake to name if no gradient reaches that one alone}.
    another: the mistake to name if a gradient is another than it should be.
    """
    received = {key: reply.input_grads.get(key) if isinstance(key, int) else reply.param_grads.get(key) for key in sources}
    if all(grad is None for grad in received.values()):
        raise Wrong("no_gradient", "a gradient", "none")
    weights = cotangents(reply.value)[0]  # the request differentiates a random multiple of the loss
    expected = torch.autograd.grad((right * weights).sum(), list(sources.values()))
    weight = weights.sum() if right.ndim == 0 else 1.0
    for (key, grad), wanted in zip(received.items(), expected):
        if grad is None:
            raise Wrong(mistakes.get(key, "half_gradient"), f"a gradient for {_named(key)}", "none")
        scale = float(wanted.abs().max())
        if not close(grad / weight, wanted / weight, rtol, atol + rtol * scale):
            raise Wrong(another, f"{show(wanted / weight)} for {_named(key)}", show(grad.double() / weight))


def _named(key: int | str) -> str:
    return f"argument {key + 1}" if isinstance(key, int) else key
