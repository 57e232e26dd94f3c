"""What the checks of neural-network blocks share: wake, silence a kernel, see what the output depends on."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .check import Wrong
from .compare import numbers
from .messages import Reply
from .plain import describe
from .subject import ModuleSubject, Subject

ASLEEP = 1e-3  # below this in all its entries, what a layer adds is lost beside what goes past it


def awake(subject: Subject, *sizes: int, seed: int, inputs: tuple = ()) -> ModuleSubject:
    """Build a block, and fill what starts at zero but biases (a gate, a last layer), so that every path is open.

    Many codes start them near zero: the DDPM's last layers at 1e-10, a LayerScale at 1e-6.
    """
    module, state = subject.build_and_try(*sizes, inputs=inputs, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    filled = {
        name: 0.3 * torch.randn(value.shape, generator=generator).to(value.dtype)
        for name, value in state.items()
        if value.is_floating_point() and not name.endswith(("bias", "running_mean")) and _asleep(value)
    }
    if filled:
        module.load_state(state | filled)
    return module


def _asleep(value: torch.Tensor) -> bool:
    """Whether a parameter starts at zero or next to it; a single small number may as well be the ε of a norm."""
    return not value.any() or (value.numel() > 1 and float(value.abs().max()) < ASLEEP)


def image(reply: Reply, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """The reply as one float64 tensor with finite entries."""
    value = numbers(reply, shape)
    if not torch.isfinite(value).all():
        raise Wrong(expected="finite numbers", received="nan or inf")
    return value


def images(reply: Reply, count: int) -> list[torch.Tensor]:
    """The reply as `count` float64 tensors with finite entries."""
    value = reply.value
    if not isinstance(value, (tuple, list)) or len(value) != count or not all(isinstance(v, torch.Tensor) for v in value):
        raise Wrong(expected=f"{count} tensors", received=describe(value))
    if not all(torch.isfinite(v).all() for v in value):
        raise Wrong(expected="finite numbers", received="nan or inf")
    return [v.double() for v in value]


def same(a: torch.Tensor, b: torch.Tensor, tolerance: float = 1e-4) -> bool:
    """Whether two outputs agree to float32 accuracy, by their overall size."""
    scale = max(float(a.abs().max()), float(b.abs().max()), 1e-3)
    return a.shape == b.shape and float((a - b).abs().max()) <= tolerance * scale


def kernels(state: dict[str, torch.Tensor], size: int) -> list[str]:
    """Names of the parameters that silence a convolution of size×size when they are zero: its kernel, as a rule."""
    found = [name for name, value in state.items() if value.ndim == 4 and tuple(value.shape[2:]) == (size, size)]
    # under weight normalisation the kernel is a direction, and its length is a parameter of its own
    lengths = {name: _length(name) for name in state if _length(name) in state}
    return [lengths.get(name, name) for name in found if name not in lengths.values()]


def _length(name: str) -> str:
    return name.removesuffix("original1") + "original0" if name.endswith("original1") else name.removesuffix("_v") + "_g"


def biases(state: dict[str, torch.Tensor]) -> list[str]:
    """Names of the vectors that don't start as a norm's weights do, all ones; a norm's estimates are none."""
    estimates = ("running_mean", "running_var", "_u", "_v")
    return [name for name, v in state.items() if v.ndim == 1 and not name.endswith(estimates) and not torch.all(v == 1)]


def silenced(state: dict[str, torch.Tensor], *names: str) -> dict[str, torch.Tensor]:
    """The state with the named parameters set to zero; spectral normalisation divides by its estimate, which becomes huge."""
    estimates = {name: _estimate(name) for name in names if _estimate(name) in state}
    zeros = {name: torch.zeros_like(state[name]) for name in names if name not in estimates}
    return state | zeros | {estimate: 1e12 * state[estimate] for estimate in estimates.values()}


def all_but(state: dict[str, torch.Tensor], kept: list[str]) -> list[str]:
    """Names of what silences all layers but those kept: the other parameters, but no direction, nor an estimate of its size."""
    directions = [n for n in state if _length(n) in state and state[_length(n)].numel() == len(state[n])]
    estimates = [_estimate(name) for name in state if _estimate(name) in state]
    apart = {*kept, *directions, *estimates, *(name[:-1] + "v" for name in estimates)}
    return [name for name in state if name not in apart]


def _estimate(name: str) -> str:
    return f"{name.removesuffix('original')}0._u" if name.endswith(".original") else f"{name.removesuffix('_orig')}_u"


def idle(module: ModuleSubject, output: Callable[[], torch.Tensor]) -> list[str]:
    """Names of the matrices (a linear layer's, or a 1×1 convolution's) that change nothing in the output without biases."""
    state = module.state()
    quiet, found = silenced(state, *biases(state)), []
    module.load_state(quiet)
    before = output()
    for name in (name for name, value in state.items() if value.ndim == 2 or name in kernels(state, 1)):
        module.load_state(silenced(quiet, name))
        found += [name] if same(output(), before) else []
    module.load_state(state)
    return found


SHIFT_CANCELLED = (
    "Passed, but note: with one group a channel the norm subtracts each channel's mean, and the time shift with it. "
    "Fewer groups, or a shift after the norm, let the network see t."
)


def one_group_a_channel(module: ModuleSubject, output: Callable[[], torch.Tensor], embed_dim: int) -> bool:
    """Whether a block that reads t normalises each channel by itself, which takes the time shift out again.

    Then some convolution matters (silence changes the output), but making one of its channels ten times larger does not.
    """
    state, before = module.state(), output()
    reads_time = any(value.ndim >= 2 and embed_dim in value.shape[:2] for value in state.values())
    try:
        return reads_time and any(_scale_is_lost(module, state, name, output, before) for name in kernels(state, 3))
    finally:
        module.load_state(state)


def _scale_is_lost(module, state, kernel, output, before) -> bool:
    gain = torch.ones(len(state[kernel]), 1, 1, 1)
    gain[0] = 10
    module.load_state(state | {kernel: state[kernel] * gain})
    scaled = output()
    module.load_state(silenced(state, kernel))
    return same(scaled, before, 2e-3) and not same(output(), before, 1e-2)
