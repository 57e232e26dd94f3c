"""`helpers.checks` as a marked answer sees it: cells that mention checks go on working, and no check is here to be read."""

import importlib

from grading.sandbox.inside import overlay
from helpers.checks.attempted import attempted


def or_reference(answer, name=None, fallback=None):
    """The answer if one was written; else the fallback or the course's own, unless the exercise being marked asks for it."""
    if attempted(answer):
        return answer
    if fallback is not None:
        return fallback
    name = name or getattr(answer, "__name__", None)
    if overlay.is_withheld(name) or name not in overlay.homes:
        return answer
    return getattr(importlib.import_module(overlay.homes[name]), name)


def __getattr__(name):
    """Any check: nothing happens. Raises AttributeError for Python's own names."""
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *args, **kwargs: None
