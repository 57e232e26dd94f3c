"""What an answer shows when it is called again: it keeps something of an earlier call, draws numbers, or ignores an argument.

Where a property fails and no mistake explains it, its first call is made again: as it was, with another seed, and with one
argument changed after the other. What is said then is true whatever the exercise.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace

import torch

from .messages import Reply, Request, changed_in_place
from .plain import SubjectError
from .subject import LocalSubject, Subject

KEPT, DRAWN, UNUSED = "kept_from_before", "drawn_inside", "argument_unused"
MISTAKES = {
    KEPT: "It is right when it is called first, and wrong when it is called again: it keeps something of an earlier call, in a "
    "global name, an attribute or a default. Make everything anew from the arguments.",
    DRAWN: "Two calls with the same arguments give different results: something random is drawn inside.",
    UNUSED: "`{}` makes no difference: another one gives the same result. Is a number, or a name of another cell, in its place?",
}
SECONDS = 0.5  # a call that takes longer is not made again


class FirstCallNoted(Subject):
    """An answer, and in `first` the first call since it was last set to None, with its reply."""

    def __init__(self, inner: Subject):
        self.inner, self.name = inner, inner.name
        self.first: tuple[Request, Reply] | None = None

    def send(self, request: Request) -> Reply:
        reply = self.inner.send(request)
        if request.action == "call" and self.first is None:
            self.first = request, reply
        return reply

    def opened(self, reply: Reply):
        return self.inner.opened(reply)


def explained(answer: FirstCallNoted, home: str) -> tuple[str, ...]:
    """Which of MISTAKES the first call shows when it is made again, what was expected, what came, and of what that is said;
    () if none.

    home: the module with the course's own function, which tells whether an argument counts in that call.
    """
    if answer.first is None or answer.first[1].seconds > SECONDS:
        return ()
    request, reply = answer.first
    again = _value(answer.inner, request)
    if again is None or not isinstance(reply.value, torch.Tensor):
        return ()
    if not (_alike(again, reply.value) and _alike(_value(answer.inner, request), again)):
        return KEPT, "the same result for the same arguments", "another one when it is called again"
    if not _alike(_value(answer.inner, replace(request, seed=request.seed + 1)), again):
        return DRAWN, "the same result for the same arguments", "another one each time"
    if not bool(again.isfinite().all()) or not bool(again.any()):
        return ()  # nan is nan, and nothing nothing, whatever comes in
    own = getattr(importlib.import_module(home), answer.name)
    right, reference = LocalSubject(answer.name, own), _value(LocalSubject(answer.name, own), request)
    for name, *changes in _with_one_argument_changed(request, own):
        alike = all(_alike(_value(answer.inner, changed), again) for changed in changes)
        if alike and not any(_alike(_value(right, changed), reference) for changed in changes):
            return UNUSED, f"another result for another {name}", "the same result", name
    return ()


def changes_what_it_is_given(answer: FirstCallNoted) -> bool:
    """Whether the first call left another number in a tensor that it was given."""
    if answer.first is None:
        return False
    request, reply = answer.first
    return changed_in_place(request.args, reply) is not None


def _with_one_argument_changed(request: Request, own):
    """Each argument's name with the request for other values of it: a little another, and quite another."""
    names = list(inspect.signature(own).parameters)
    for place, (name, value) in enumerate(zip(names, request.args)):
        before, after = request.args[:place], request.args[place + 1 :]
        if others := _others(value):
            yield name, *(replace(request, args=(*before, other, *after)) for other in others)
    for name, value in request.kwargs.items():
        if others := _others(value):
            yield name, *(replace(request, kwargs=request.kwargs | {name: other}) for other in others)


def _others(value) -> tuple:
    """Values of the same kind that are possible where this one is; () for what is no number."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():  # not in proportion: what is standardised would not show that
            slopes = (torch.linspace(*ends, value.numel()).reshape(value.shape) for ends in ((0.95, 0.8), (0.6, 0.3)))
            return tuple(value * slope.to(value.dtype) for slope in slopes)
        return (~value if value.dtype == torch.bool else torch.where(value > 0, value - 1, value + 1),)
    if isinstance(value, float):
        return 0.9 * value + 0.03, 0.5 * value + 0.01
    whole = isinstance(value, int) and not isinstance(value, bool)
    return (value - 1,) if whole and value > 1 else ()  # -1, 0 and 1 may be cases of their own


def _value(subject: Subject, request: Request) -> torch.Tensor | None:
    try:
        value = subject.send(request).value
    except SubjectError:
        return None
    return value if isinstance(value, torch.Tensor) else None


def _alike(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    """Whether both are the same numbers; nan is like nan, and an error like nothing."""
    if one is None or other is None or one.shape != other.shape:
        return False
    return torch.allclose(one.double(), other.double(), 1e-5, 1e-8, equal_nan=True)
