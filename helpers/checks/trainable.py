"""Prove that a network trains: parameters are registered, the same ones from call to call, and a gradient reaches each.

A check of a network calls `expect_trainable(module, x, t)` and has MISTAKES among its own. For losses there is `losses.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .check import Wrong
from .messages import cotangents
from .modules import same
from .subject import ModuleSubject

MISTAKES = {
    "made_in_forward": "Two calls with the same input differ: a layer is made anew at each call. Make layers in __init__.",
    "random_in_forward": "In evaluation two calls with the same input differ: something is drawn in forward (F.dropout wants "
    "training=self.training, and dropout_p a zero in evaluation; leave torch.randn out).",
    "unregistered": "A gradient reaches parameters that the optimizer never sees: make layers in __init__, as attributes or in "
    "nn.ModuleList, not in forward nor in a plain list.",
    "no_gradient": "No gradient reaches any parameter: leave torch.no_grad() and .detach() out of forward.",
    "input_detached": "No gradient passes through to an input, so nothing before this block can learn: leave .detach() out.",
    "parameter_unreached": "A parameter counts in the output, but no gradient reaches it: leave .detach() and no_grad out.",
    "part_detached": "A part of the gradient is missing: somewhere in forward a .detach() or no_grad() cuts one of several ways.",
    "too_few_parameters": "There are too few parameters for the layers that this block needs: is something left out?",
}


def expect_trainable(module: ModuleSubject, *inputs: torch.Tensor, through: Sequence[int] = (0,), least: int = 1) -> None:
    """Raise Wrong unless the module trains, naming one of MISTAKES.

    through: indices of the inputs that a gradient has to pass to. least: how many numbers its parameters hold at least.
    """
    outputs = [_leaves(module.forward(*inputs, seed=seed).value) for seed in (1, 2)]
    reply = module.forward(*inputs, train=True, grad=tuple(through), param_grads=True)
    if not all(same(a, b) for a, b in zip(*outputs)):
        mistake = "made_in_forward" if reply.strays else "random_in_forward"
        raise Wrong(mistake, "the same output for the same input", "another output")
    if reply.strays:
        raise Wrong("unregistered", "registered parameters only", f"unregistered ones, of shape {', '.join(reply.strays[:3])}")
    registered = module.state()
    count = sum(registered[name].numel() for name in reply.param_grads)
    missing = [name for name, grad in reply.param_grads.items() if grad is None]
    if len(missing) == len(reply.param_grads) and count >= least:
        raise Wrong("no_gradient", "a gradient for each parameter", "none for any")
    if count < least:
        raise Wrong("too_few_parameters", f"at least {least} numbers in the parameters", f"{count}")
    for name in missing:  # a layer that is not used at all is the business of other properties: here it must count
        if _matters(module, registered, name, inputs, outputs[0]):
            raise Wrong("parameter_unreached", "a gradient for each parameter", f"none for {name}")
    for index in through:
        if reply.input_grads[index] is None and _depends(module, inputs, index, outputs[0]):
            raise Wrong("input_detached", f"a gradient with respect to input {index + 1}", "none")
    grads = [grad for grad in (*reply.param_grads.values(), *reply.input_grads.values()) if grad is not None]
    if not all(bool(torch.isfinite(grad).all()) for grad in grads) or not any(bool(grad.any()) for grad in grads):
        raise Wrong("", "finite gradients that are not all zero", "zeros, nan or inf")
    for index in through:
        expect_whole_gradient(module, inputs, index)


def drawn(module: ModuleSubject, *inputs: torch.Tensor) -> bool:
    """Whether something is drawn in a call, so that the same input gives another output: no other property is to blame then."""
    one, other = (_leaves(module.forward(*inputs, seed=seed).value) for seed in (1, 2))
    return not all(same(a, b) for a, b in zip(one, other))


def _matters(module, state, name, inputs, before) -> bool:
    """Whether another value of the parameter gives another output."""
    try:
        module.load_state(state | {name: state[name] * 3 + 1})
        return not all(same(a, b) for a, b in zip(_leaves(module.forward(*inputs, seed=1).value), before))
    finally:
        module.load_state(state)


def _depends(module, inputs, index, before) -> bool:
    changed = [1 - 2 * value if i == index else value for i, value in enumerate(inputs)]
    return not all(same(a, b) for a, b in zip(_leaves(module.forward(*changed, seed=1).value), before))


def expect_whole_gradient(module, inputs, index, step: float = 3e-3, tolerance: float = 0.15) -> None:
    """Raise Wrong unless the gradient towards an input is that of the outputs, as differences along random directions show."""
    reply = module.forward(*inputs, grad=(index,))
    gradient, weights = reply.input_grads[index], cotangents(reply.value)
    if gradient is None:
        return
    generator = torch.Generator().manual_seed(index)
    found, expected = [], []
    for _ in range(3):
        along = torch.randn(gradient.shape, generator=generator)
        ends = [_leaves(module.forward(*_moved(inputs, index, sign * step * along)).value) for sign in (1, -1)]
        expected.append(sum(float(((high - low).double() * c).sum()) for high, low, c in zip(*ends, weights)) / (2 * step))
        found.append(float((gradient.double() * along).sum()))
    least = 1e-2 * float(sum(c.square().sum() for c in weights)) ** 0.5  # below this, rounding is all that is left
    off = torch.tensor(found) - torch.tensor(expected)
    if float(off.norm()) > tolerance * (float(torch.tensor(expected).norm()) + least):
        raise Wrong("part_detached", f"a gradient of {expected[0]:.3g} along a direction of input {index + 1}", f"{found[0]:.3g}")


def never_moved(module: ModuleSubject, inputs: tuple[torch.Tensor, ...], rate: float, steps: int) -> dict[str, torch.Tensor]:
    """Take a few steps along the sign of each gradient; which parameters have not moved, row by row in matrices."""
    still: dict[str, torch.Tensor] = {}
    for step in range(steps):
        reply = module.forward(*inputs, train=True, param_grads=True, seed=step)
        state, grads = module.state(), reply.param_grads
        for name, grad in grads.items():
            moved = torch.zeros_like(state[name], dtype=torch.bool) if grad is None else grad.abs() > 1e-7
            moved = moved.flatten(1).any(1) if moved.ndim > 1 else moved
            still[name] = still[name] & ~moved if name in still else ~moved
        change = {name: rate * grad.sign() for name, grad in grads.items() if grad is not None}
        module.load_state({name: value + change.get(name, 0) for name, value in state.items()})
    return {name: where for name, where in still.items() if bool(where.any())}


def _moved(inputs, index, change) -> list:
    return [value + change if i == index else value for i, value in enumerate(inputs)]


def _leaves(value) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, (tuple, list)) else []
