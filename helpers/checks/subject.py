"""What a check can do with a student's answer, and the requests and replies that this takes.

A check never touches a student's object: it asks a `Subject`. In a notebook that is a `LocalSubject`, in the same process;
the grading tool has one of its own that speaks to a sandbox. Both send a `Request` to the very same `perform`, and get a `Reply`.

To write another kind of Subject, implement `send(request) -> Reply` (raises SubjectError) and `opened(reply) -> ModuleSubject`.
"""

from __future__ import annotations

import torch

from .limits import time_limit
from .messages import Reply, Request, cotangents
from .perform import perform
from .plain import Fact, SubjectError
from .probes import Probe, make

__all__ = [
    "Fact",
    "LocalModule",
    "LocalSubject",
    "ModuleSubject",
    "Probe",
    "Reply",
    "Request",
    "Subject",
    "SubjectError",
    "as_subject",
    "cotangents",
    "perform",
]

LOCAL_SECONDS = 20.0  # generous: the first use of a part of torch imports it, which takes seconds on a slow machine


class Subject:
    """A function or a class that a student wrote."""

    name: str

    def call(self, *args, grad=(), param_grads=False, seed=0, no_grad=False, **kwargs) -> Reply:
        """Call a function; `grad` are indices of args to differentiate sum(output * cotangent) with respect to.

        With `no_grad` it is called under torch.no_grad().
        """
        return self.send(Request("call", args, kwargs, tuple(grad), param_grads, seed=seed, no_grad=no_grad))

    def build(self, *args, seed=0, **kwargs) -> ModuleSubject:
        """Build a module, with torch.manual_seed(seed) before."""
        return self.opened(self.send(Request("build", args, kwargs, seed=seed)))

    def build_and_try(self, *args, inputs: tuple, seed=0) -> tuple[ModuleSubject, dict[str, torch.Tensor]]:
        """Build a module and call it once, as lazy layers need; returns it and its state. One request in place of three."""
        reply = self.send(Request("build", args, seed=seed, tried=inputs))
        return self.opened(reply), _state(reply)

    def send(self, request: Request) -> Reply:
        raise NotImplementedError

    def opened(self, reply: Reply) -> ModuleSubject:
        raise NotImplementedError


class ModuleSubject:
    """A built nn.Module that a student wrote."""

    name: str
    _loading: dict[str, torch.Tensor] | None = None

    def forward(self, *args, train=False, grad=(), param_grads=False, seed=0, **kwargs) -> Reply:
        return self._ask(Request("forward", args, kwargs, tuple(grad), param_grads, train, seed))

    def state(self) -> dict[str, torch.Tensor]:
        """The parameters and buffers by name; raises SubjectError if state_dict() gives anything else."""
        return _state(self._ask(Request("state")))

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        """Load a whole state: it travels with the next request, which raises what goes wrong with it."""
        self._loading = state

    def _ask(self, request: Request) -> Reply:
        request.state, self._loading = self._loading, None
        return self.send(request)

    def send(self, request: Request) -> Reply:
        raise NotImplementedError


class LocalSubject(Subject):
    """An answer in this process, called under a time limit with its output captured."""

    def __init__(self, name: str, target, seconds: float = LOCAL_SECONDS):
        self.name, self.target, self.seconds = name, target, seconds

    def send(self, request: Request) -> Reply:
        return _limited(self.target, request, self.seconds)

    def opened(self, reply: Reply) -> LocalModule:
        return LocalModule(self.name, reply.built, self.seconds)


class LocalModule(ModuleSubject):
    """A built module in this process."""

    def __init__(self, name: str, module, seconds: float = LOCAL_SECONDS):
        self.name, self.module, self.seconds = name, module, seconds

    def send(self, request: Request) -> Reply:
        return _limited(self.module, request, self.seconds)


def _state(reply: Reply) -> dict[str, torch.Tensor]:
    value = reply.value
    if not isinstance(value, dict) or not all(isinstance(v, torch.Tensor) for v in value.values()):
        raise SubjectError("bad_reply", type(value).__name__, "state_dict() must map names to tensors")
    return value


def _limited(target, request: Request, seconds: float) -> Reply:
    for arg in (*request.args, *request.kwargs.values()):
        if isinstance(arg, Probe):
            make(arg)  # what a probe imports and builds the first time is not the answer's time
    return time_limit(lambda: perform(target, request), seconds)


def as_subject(answer, name: str) -> Subject:
    """The Subject itself, or a LocalSubject round a function or class."""
    return answer if isinstance(answer, Subject) else LocalSubject(name, answer)
