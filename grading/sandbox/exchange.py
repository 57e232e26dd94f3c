"""What the two ends of a session say to each other: one dataclass a message, carried by `protocol`. Both ends import this.

The judge sends a Program, then Questions; for each comes one Answer. All that an Answer holds is data from a hostile source: it
is rebuilt here field by field, and what can't be rebuilt is an error. What a tensor is (dtype, shape) is read off the tensor
itself, never off what the reply says about it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from helpers.checks.messages import Reply, Request
from helpers.checks.plain import Fact, SubjectError, normalise

USUAL = (False, False, "cpu")  # requires a gradient, was a NumPy array, device: left unsaid when so


@dataclass(frozen=True)
class Program:
    """An answer to run: cells as (name, source), the names asked for, and `helpers` as it may be seen meanwhile."""

    cells: Sequence[Sequence[str]]
    targets: Sequence[str]
    withheld: Sequence[str] = ()
    overlay: dict[str, str] = field(default_factory=dict)  # {module: source}
    homes: dict[str, str] = field(default_factory=dict)  # {public name: module of helpers}

    def as_plain(self) -> dict[str, Any]:
        """Plain data for the wire."""
        return {
            "cells": [list(cell) for cell in self.cells],
            "targets": list(self.targets),
            "withheld": list(self.withheld),
            "overlay": self.overlay,
            "homes": self.homes,
        }


@dataclass(frozen=True)
class Question:
    """Do this request with a target, or with a module built earlier; without a request: which libraries are loaded?"""

    target: str | None = None
    module: int | None = None
    request: Request | None = None

    def as_plain(self) -> dict[str, Any]:
        """Plain data for the wire."""
        return {"target": self.target, "module": self.module, "request": vars(self.request) if self.request else None}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Question:
        """The inverse of `as_plain`."""
        asked = plain["request"]
        request = Request(**{**asked, "grad": tuple(asked["grad"])}) if asked else None
        return cls(plain["target"], plain["module"], request)


@dataclass
class Answer:
    """What comes back: for a Program its problems, for a Question a reply or an error, or the libraries loaded."""

    problems: dict[str, dict] = field(default_factory=dict)  # {target that can't be asked: SubjectError.as_plain()}
    reply: dict | None = None  # as `reply_as_plain` makes it
    error: dict | None = None  # SubjectError.as_plain()
    imported: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)  # references that the answer tried to use

    def as_plain(self) -> dict[str, Any]:
        """Plain data for the wire, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}

    @classmethod
    def from_plain(cls, plain: object) -> Answer:
        """The Answer that plain data describe; raises ValueError or TypeError if they describe none."""
        if not isinstance(plain, dict):
            raise TypeError("an answer is a dict")
        kinds: dict[str, type] = {"problems": dict, "reply": dict, "error": dict, "imported": list, "withheld": list}
        for name, value in plain.items():
            if name not in kinds or not isinstance(value, kinds[name]):
                raise ValueError("fields that a reply does not have")
        return cls(**plain)


def reply_as_plain(reply: Reply, module: int | None) -> dict[str, Any]:
    """A Reply for the wire; a module that was built is named by its number."""
    return {
        "value": reply.value,
        "facts": _unusual(reply.facts),
        "inputs": list(reply.inputs),
        "input_facts": _unusual(reply.input_facts),
        "input_grads": list(reply.input_grads.items()),
        "param_grads": dict(reply.param_grads),
        "records": list(reply.records.items()),
        "strays": list(reply.strays),
        "shared": list(reply.shared),
        "disturbed": list(reply.disturbed),
        "upcast": list(reply.upcast),
        "grad_mode": reply.grad_mode,
        "stdout": reply.stdout,
        "seconds": reply.seconds,
        "module": module,
    }


def _unusual(facts: dict[str, Fact]) -> dict[str, tuple]:
    """What the judge can't read off the tensors themselves, where it isn't what it mostly is."""
    told = {path: (fact.requires_grad, fact.was_numpy, fact.device) for path, fact in facts.items()}
    return {path: what for path, what in told.items() if what != USUAL}


def rebuilt(plain: dict[str, Any]) -> Reply:
    """The Reply that `reply_as_plain` made; raises KeyError, TypeError or ValueError if it can't have."""
    value, facts = _with_facts(plain["value"], plain["facts"])
    inputs, input_facts = _with_facts(plain["inputs"], plain["input_facts"])
    number = plain["module"]
    if number is not None and (type(number) is not int or number < 0):
        raise ValueError("a built module is a number here")
    return Reply(
        value,
        facts,
        _typed(inputs, list),
        input_facts,
        {_typed(index, int): _gradient(tensor) for index, tensor in plain["input_grads"]},
        {_typed(name, str): _gradient(tensor) for name, tensor in plain["param_grads"].items()},
        {_typed(index, int): _typed(normalise(record)[0], list) for index, record in plain["records"]},
        [printable(_typed(shape, str)[:100]) for shape in _typed(plain["strays"], list)],
        printable(_typed(plain["stdout"], str)[:2_000]),
        _seconds(plain["seconds"]),
        number,
        [_typed(index, int) for index in _typed(plain["shared"], list)],
        [_typed(index, int) for index in _typed(plain["disturbed"], list)],
        [_typed(index, int) for index in _typed(plain["upcast"], list)],
        plain["grad_mode"] is True,
    )


def subject_error(plain: dict) -> SubjectError:
    """The SubjectError that a reply describes; a nonsensical description is a ValueError."""
    texts = {key: plain[key] for key in ("type_name", "message", "where")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("an error is described in text")
    return SubjectError(plain["kind"], **{key: printable(text[:2_000]) for key, text in texts.items()})


def printable(text: str) -> str:
    """Text from inside that any file and any terminal takes: what is no character, or changes the text's direction, is a mark."""
    return "".join(letter if letter in "\n\t" or _harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _harmless(letter: str) -> bool:
    return (letter.isascii() and letter.isprintable()) or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _seconds(value) -> float:
    seconds = float(value)
    if not 0 <= seconds < 1e6:
        raise ValueError("a time that no answer takes")
    return seconds


def _with_facts(value, claims) -> tuple[object, dict[str, Fact]]:
    try:
        value, facts = normalise(value)
    except SubjectError as error:
        raise ValueError(error.message) from None
    return value, {path: _merged(fact, *claims.get(path, USUAL)) for path, fact in facts.items()}


def _merged(fact: Fact, requires_grad, was_numpy, device) -> Fact:
    where = printable(_typed(device, str)[:20])
    return replace(fact, requires_grad=requires_grad is True, was_numpy=was_numpy is True, device=where)


def _gradient(value):
    return None if value is None else _typed(value, torch.Tensor)


def _typed(value, kind):
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"expected {kind.__name__}")
    return value
