"""What is due to a network that an answer is given: its mode, parameters that train as before, numbers in its dtype."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .check import Wrong
from .form import GRAD_MODE
from .form import MISTAKES as FORM
from .messages import Reply, changed_in_place

MISTAKES = {
    "grad_left": "A gradient is left in the .grad of the tensor that was given, and the next one is added to it: work on "
    "x.detach().clone(), or use torch.autograd.grad.",
    GRAD_MODE: FORM[GRAD_MODE],
    "model_mode": "The network comes back in another mode, or frozen: an answer calls the network, and neither "
    "eval() nor train().",
    "other_dtype": "The network is called with float64 (or float16) numbers where float32 came: the float32 network of a "
    "notebook refuses them.",
}


def expect_undisturbed(reply: Reply) -> None:
    """Raise Wrong if a network came back in another mode or frozen, or torch's gradient mode in another, or if a network was
    called with another dtype than float32.

    For replies to calls whose images or points were float32.
    """
    if any(isinstance(reply.inputs[index], torch.Tensor) for index in reply.disturbed):
        raise Wrong("grad_left", "tensors as they were", "a gradient in the .grad of one")
    if reply.disturbed:
        raise Wrong("model_mode", "the network as it was", "one in another mode, or with frozen parameters")
    expect_grad_mode(reply)
    expect_float32(reply)


def expect_grad_mode(reply: Reply) -> None:
    """Raise Wrong if torch's gradient mode is another one after the call than before."""
    if not reply.grad_mode:
        raise Wrong(GRAD_MODE, "torch's gradient mode as it was before the call", "the other one")


def expect_unchanged(given: Sequence, reply: Reply, mistake: str = "mutates") -> None:
    """Raise Wrong if one of the tensors that a call was `given` is not what it was; what is no tensor is passed over."""
    place = changed_in_place(given, reply)
    if place is not None:
        raise Wrong(mistake, "all arguments unchanged", f"argument {place + 1} changed by the call")


def expect_float32(reply: Reply) -> None:
    """Raise Wrong if a network was called with another dtype than float32."""
    if reply.upcast:
        raise Wrong("other_dtype", "a network called with float32", "one called with another dtype")
