"""Right answers made mechanically: each right answer of the corpus, written in another way that must pass as well."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import torch
from torch import nn


def _cast(value, dtype):
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.to(dtype)
    if isinstance(value, (tuple, list)):
        cast = [_cast(item, dtype) for item in value]
        return type(value)(*cast) if hasattr(value, "_fields") else type(value)(cast)  # a named tuple takes them one by one
    return value


def positional_only(answer):
    """Arguments gathered and handed on, as a decorator does."""

    @functools.wraps(answer)
    def gathered(*args, **kwargs):
        return answer(*args, **kwargs)

    return gathered


def callable_object(answer):
    """An object with __call__ in place of a function."""

    class Answer:
        def __call__(self, *args, **kwargs):
            return answer(*args, **kwargs)

    return Answer()


def _in_float32(value):
    """A network that is given, called with float32 as it wants to be, and its answer in float64."""
    if isinstance(value, list) and value and all(callable(item) for item in value):
        return [_CalledInFloat32(item) for item in value]
    return _CalledInFloat32(value) if isinstance(value, nn.Module) else _cast(value, torch.float64)


class _CalledInFloat32(nn.Module):
    """A network, or another function, that is called with float32 and gives float64; its mode is the network's own."""

    def __init__(self, function):
        super().__init__()
        self.function, self.training = function, getattr(function, "training", True)

    def forward(self, *args, **kwargs):
        return _cast(self.function(*(_cast(arg, torch.float32) for arg in args), **kwargs), torch.float64)


def double_inside(answer):
    """Computes in float64 but for the networks that are given, and gives back the dtype that came."""

    def doubled(*args, **kwargs):
        result = answer(*[_in_float32(arg) for arg in args], **{k: _in_float32(v) for k, v in kwargs.items()})
        return _cast(result, torch.float32)

    return doubled


def copied(answer):
    """Works on copies of its arguments, and hands out a copy."""

    def on_copies(*args, **kwargs):
        clones = [arg.clone() if isinstance(arg, torch.Tensor) else arg for arg in args]
        result = answer(*clones, **kwargs)
        return result.clone() if isinstance(result, torch.Tensor) else result

    return on_copies


def non_contiguous(answer):
    """Hands out a tensor that does not lie in order in memory."""

    def strided(*args, **kwargs):
        result = answer(*args, **kwargs)
        return torch.stack([result, result], dim=-1)[..., 0] if isinstance(result, torch.Tensor) else result

    return strided


def compiled(answer):
    """Under torch.compile."""
    return torch.compile(answer)


def wrapped(answer):
    """The network as a part of another one."""

    class Outer(nn.Module):
        def __init__(self, *args, **kwargs):
            super().__init__()
            self.inner = answer(*args, **kwargs)

        def forward(self, *args):
            return self.inner(*args)

    return Outer


def double_network(answer):
    """A network whose parameters are float64."""

    class Double(answer):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.double()

        def forward(self, *args):
            return _cast(super().forward(*(_cast(arg, torch.float64) for arg in args)), torch.float32)

    return Double


def random_numbers_used(answer):
    """The network draws random numbers when it is built: its weights are others, and just as right."""

    class Other(answer):
        def __init__(self, *args, **kwargs):
            torch.randn(1234)
            super().__init__(*args, **kwargs)

    return Other


FUNCTIONS = (positional_only, callable_object, double_inside, copied, non_contiguous, compiled)
NETWORKS = (wrapped, double_network, random_numbers_used)

# what a variant would change besides its form
NOT_FOR = {
    ("patchify_unpatchify", double_inside),  # gives back float32 where int came
}


def variants(exercise: str, answers: list) -> Iterator[tuple[str, list]]:
    """Pairs (name of the variant, the answers in that form)."""
    forms: tuple[Callable, ...] = NETWORKS if all(isinstance(answer, type) for answer in answers) else FUNCTIONS
    for form in forms:
        if (exercise, form) not in NOT_FOR:
            yield form.__name__, [form(answer) for answer in answers]
