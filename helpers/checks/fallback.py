"""Let a notebook go on without an answer: tell whether one was written, and stand in for it with the reference."""

from __future__ import annotations

import dis
import importlib
import inspect


def attempted(answer) -> bool:
    """Whether an answer was written: False for None and for a function or class that can only raise NotImplementedError."""
    if answer is None:
        return False
    if isinstance(answer, type):
        methods = [value for value in vars(answer).values() if inspect.isfunction(value)]
        return all(attempted(method) for method in methods)
    code = getattr(inspect.unwrap(answer), "__code__", None)
    if code is None or "NotImplementedError" not in code.co_names:
        return True
    return any(step.opname.startswith(("RETURN", "YIELD")) for step in dis.get_instructions(code))


def or_reference(answer, name: str | None = None, fallback=None):
    """The answer if one was written, else `fallback` or the course's own, said in one line.

    `name` is needed if the answer is None.
    """
    if attempted(answer):
        return answer
    from . import CHECKS

    name = name or getattr(answer, "__name__", None)
    if fallback is not None:
        print(f"{name} is not written yet: this cell uses {fallback.__name__}.")
        return fallback
    for check in CHECKS.values():
        if name in check.answers:
            print(f"{name} is not written yet: this cell uses the course's own from {check.home}.")
            return getattr(importlib.import_module(check.home), name)
    raise ValueError(f"no exercise defines {name!r}; pass name= one of the exercises' names")
