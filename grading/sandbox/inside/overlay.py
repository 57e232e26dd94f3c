"""The course package as a marked answer sees it: what the exercise asks for is withheld, the rest works.

The files of `helpers` in the sandbox hold no reference answer at all. For each exercise the judge sends the modules that other
exercises' references live in, so that an answer that builds on an earlier exercise can fall back on the course's version.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence

import helpers

_used: list[str] = []
_withheld: set[str] = set()
homes: dict[str, str] = {}  # public name: the module of helpers that defines it


class ReferenceWithheld(RuntimeError):
    """The answer asked `helpers` for the very thing that the exercise asks the student to write."""


def refuse(name: str) -> None:
    """Called by the stand-in for a reference answer: note it and raise. It raises ReferenceWithheld."""
    if name not in _used:
        _used.append(name)
    raise ReferenceWithheld(f"helpers' own {name} is not available when {name} is marked: write it yourself")


def used() -> list[str]:
    """The names that were refused so far."""
    return list(_used)


def is_withheld(name: str) -> bool:
    """Whether the exercise being marked asks for this name."""
    return name in _withheld


class _Sources(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Import modules from a {name: source} dict before looking on disk."""

    def __init__(self, sources: dict[str, str]):
        self.sources = sources
        self.folder = helpers.__path__[0]

    def find_spec(self, fullname, _path=None, _target=None):
        if fullname not in self.sources:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=self.get_filename(fullname))
        spec.has_location = True
        return spec

    def get_filename(self, fullname):
        """The file of the same name on disk, which holds stand-ins only."""
        return f"{self.folder}/{fullname.removeprefix('helpers.').replace('.', '/')}.py"

    def get_source(self, fullname):
        return self.sources[fullname]


def install(sources: dict[str, str], withheld: Sequence[str], places: dict[str, str]) -> None:
    """Let `import helpers.x` find the given sources, and refuse the withheld names."""
    _withheld.update(withheld)
    homes.update(places)
    sys.meta_path.insert(0, _Sources(sources))
