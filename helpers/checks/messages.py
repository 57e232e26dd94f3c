"""The request that a check sends to an answer, and the reply that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from .plain import Fact


@dataclass
class Request:
    """One thing to do with an answer, in plain data and Probes.

    action is "call" (a function), "build" (a class), or, of a built module, "forward" or "state".
    no_grad: whether the caller has switched gradients off, as sampling does.
    tried: inputs that a new module is called with once, as it is built: then its state is the reply's value.
    state: what a built module is to load before, all parameters and buffers by name.
    """

    action: str
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    grad: tuple[int, ...] = ()
    param_grads: bool = False
    train: bool = False
    seed: int = 0
    no_grad: bool = False
    tried: tuple | None = None
    state: dict[str, torch.Tensor] | None = None


@dataclass
class Reply:
    """What came back, in plain data; `built` alone is a live object, which stays in the process that made it.

    value: tensors are detached copies on the CPU.
    facts: {path: Fact} for each tensor in value; the root's path is "", the first entry of a tuple is "0".
    inputs: the arguments as they were after the call, so mutation shows (None where a Probe stood); input_facts as facts.
    input_grads: {index: tensor, or None if no gradient reached that argument}.
    param_grads: {name: tensor or None}; names of a Probe's parameters are preceded by its index, as in "0.weight".
    records: {index: list} what a Probe wrote down about its calls.
    strays: shapes of the tensors that a gradient reaches as it reaches a parameter, though nobody registered them.
    disturbed: indices of the networks given that came back in another mode, or with other parameters frozen, and of the tensors
    in which a gradient was left.
    upcast: indices of the networks given that were called with numbers of another dtype than float32.
    grad_mode: whether torch's gradient mode is, after the call, as it was before.
    shared: indices of the arguments whose memory the returned tensor uses: it is no copy.
    """

    value: object = None
    facts: dict[str, Fact] = field(default_factory=dict)
    inputs: list = field(default_factory=list)
    input_facts: dict[str, Fact] = field(default_factory=dict)
    input_grads: dict[int, torch.Tensor | None] = field(default_factory=dict)
    param_grads: dict[str, torch.Tensor | None] = field(default_factory=dict)
    records: dict[int, list] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    stdout: str = ""
    seconds: float = 0.0
    built: object = None
    shared: list[int] = field(default_factory=list)
    disturbed: list[int] = field(default_factory=list)
    upcast: list[int] = field(default_factory=list)
    grad_mode: bool = True


def changed_in_place(given: Sequence, reply: Reply) -> int | None:
    """The place, from 0, of the first tensor `given` to a call that is not what it was after it; None if there is none."""
    for place, (before, after) in enumerate(zip(given, reply.inputs)):
        if isinstance(before, torch.Tensor) and not (isinstance(after, torch.Tensor) and torch.equal(before, after)):
            return place
    return None


def cotangents(value, seed: int = 0) -> list[torch.Tensor]:
    """The seeded weights c of the scalar sum(output * c) that gradients are taken of: one per floating tensor in value."""
    generator = torch.Generator().manual_seed(seed + 7919)
    return [torch.randn(leaf.shape, generator=generator, dtype=torch.float64) for leaf in float_leaves(value)]


def float_leaves(value) -> list[torch.Tensor]:
    """The floating tensors in a value, depth first."""
    if isinstance(value, torch.Tensor):
        return [value] if value.is_floating_point() else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in float_leaves(item)]
    return []
