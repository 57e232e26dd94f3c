"""Arguments that may be left out: an answer whose signature lacks the stub's defaults loses their points, and no others.

A check calls an answer as the next cell does, without the arguments that have a default. Where the answer's own signature wants
them all the same, it is given the reference's defaults, and what had to be filled in is written down.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace

from .messages import Reply, Request
from .plain import SubjectError
from .subject import ModuleSubject, Subject


class WithDefaults(Subject):
    """An answer that is given the defaults it lacks.

    Args:
        inner: the answer.
        reference: the course's own function or class, whose signature has the defaults.
    """

    def __init__(self, inner: Subject, reference):
        self.inner, self.name = inner, inner.name
        self.parameters = list(inspect.signature(reference).parameters.values())
        self.filled: dict[str, object] = {}

    def send(self, request: Request) -> Reply:
        try:
            return self.inner.send(request)
        except SubjectError as error:
            left_out = self._left_out(request)
            if error.kind != "raised" or "missing a required argument" not in error.message or not left_out:
                raise
            try:
                reply = self.inner.send(replace(request, kwargs=request.kwargs | left_out))
            except SubjectError as again:
                if "it cannot take" in again.message:  # its parameters have other names: say what was wrong with the plain call
                    raise error from None
                self.filled |= left_out
                raise
            self.filled |= left_out
            return reply

    def opened(self, reply: Reply) -> ModuleSubject:
        return self.inner.opened(reply)

    def _left_out(self, request: Request) -> dict[str, object]:
        later = self.parameters[len(request.args) :]
        return {p.name: p.default for p in later if p.default is not p.empty and p.name not in request.kwargs}


def with_defaults(subject: Subject, home: str, name: str) -> WithDefaults:
    """The subject, given the defaults of `name` in the module `home`."""
    return WithDefaults(subject, getattr(importlib.import_module(home), name))
