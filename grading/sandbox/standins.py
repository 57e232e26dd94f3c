"""The copy of `helpers` that goes into the sandbox: all that teaches, nothing that answers an exercise.

A reference answer, and what only it is built from, becomes a stand-in that refuses to work and says so. The files in the
sandbox hold stand-ins for every exercise; for one exercise at a time the others' references are sent along as source.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import helpers

HELPERS = Path(helpers.__file__).resolve().parent
INSIDE = Path(__file__).resolve().parent / "inside"
BOTH_ENDS = ("protocol.py", "exchange.py", "orders.py")  # the messages, which judge and sandbox define alike
CHECK_MACHINERY = ("attempted", "perform", "probes")  # and what these import; no module that knows a right answer
KNOWING = {"check", "compare", "exercises", "figures", "registry"}


@dataclass(frozen=True)
class References:
    """Where the answers to the exercises live: {public name: module of helpers}."""

    homes: dict[str, str]

    @classmethod
    def of_the_course(cls) -> References:
        """Those of all checks."""
        from helpers import checks

        return cls({name: check.home for check in checks.CHECKS.values() for name in check.answers})

    @cached_property
    def sources(self) -> dict[str, str]:
        """{module: its source} of every module that holds a reference."""
        files = {home: _file_of(home) for home in sorted(set(self.homes.values()))}
        return {home: file.read_text(encoding="utf-8") for home, file in files.items() if file.exists()}

    def definitions(self, names: Iterable[str]) -> str:
        """The source of the references of these names, as `helpers` has it; nothing for a name without one."""
        found = []
        for name in names:
            source = self.sources.get(self.homes.get(name, ""), "")
            nodes = [node for node in ast.parse(source).body if getattr(node, "name", None) == name]
            found += [ast.get_source_segment(source, node) or "" for node in nodes]
        return "\n\n".join(found)

    def withheld(self, names: set[str]) -> dict[str, set[str]]:
        """{module: definitions to replace} when these names are marked.

        With a reference goes what it alone is built from in its module; what another exercise's reference needs stays.
        """
        found = {}
        for home, source in self.sources.items():
            uses = _uses(source)
            wanted = {name for name in names if self.homes.get(name) == home}
            others = {name for name, place in self.homes.items() if place == home} - wanted
            found[home] = (_reachable(wanted, uses) - _reachable(others, uses)) | wanted
        return found

    def overlay(self, names: list[str]) -> dict[str, str]:
        """{module: source} for marking the given names: only their own references are replaced."""
        withheld = self.withheld(set(names))
        return {home: stand_in(source, withheld[home]) for home, source in self.sources.items()}

    def everything(self) -> dict[str, str]:
        """{module: source} with every exercise's reference replaced."""
        withheld: dict[str, set[str]] = {home: set() for home in self.sources}
        for name in self.homes:
            for home, names in self.withheld({name}).items():
                withheld[home] |= names
        return {home: stand_in(source, withheld[home]) for home, source in self.sources.items()}


def stand_in(source: str, names: set[str]) -> str:
    """The module's source with the named top-level functions and classes replaced by ones that refuse."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.body = _refusal(node.name)
            node.decorator_list = []
        elif isinstance(node, ast.ClassDef) and node.name in names:
            refused = "\n    ".join(map(ast.unparse, _refusal(node.name)))
            node.body = ast.parse(f"def __init__(self, *args, **kwargs):\n    {refused}").body
            node.decorator_list = []
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _refusal(name: str) -> list[ast.stmt]:
    # imported where it is called, so that a copy of this source refuses as well
    return ast.parse(f"from grading.sandbox.inside.overlay import refuse\nrefuse({name!r})").body


def _uses(source: str) -> dict[str, set[str]]:
    """{top-level definition: names that its body mentions}."""
    definitions = [n for n in ast.parse(source).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    return {
        definition.name: {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)} for definition in definitions
    }


def _reachable(starts: set[str], uses: dict[str, set[str]]) -> set[str]:
    found, todo = set(), list(starts)
    while todo:
        name = todo.pop()
        if name in uses and name not in found:
            found.add(name)
            todo.extend(uses[name])
    return found


def _file_of(module: str) -> Path:
    return HELPERS.joinpath(*module.split(".")[1:]).with_suffix(".py")


def machinery() -> list[str]:
    """The modules of helpers.checks that do a request; raises ValueError if one of them would bring in a check."""
    found, todo = set(), list(CHECK_MACHINERY)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        if name in KNOWING:
            raise ValueError(f"helpers.checks.{name} would go into the sandbox: it knows right answers")
        found.add(name)
        tree = ast.parse((HELPERS / "checks" / f"{name}.py").read_text(encoding="utf-8"))
        # imports inside a function are for the notebook
        inner = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1]
        todo += [node.module for node in inner if node.module]
    return sorted(found)


def build(root: Path, references: References) -> None:
    """Fill an empty folder with what the sandbox imports: `helpers` in its stand-in form and the inside of the grader."""
    replaced = references.everything()
    for file in _teaching():
        place = file.relative_to(HELPERS.parent)
        _write(root / place, replaced.get(".".join(place.with_suffix("").parts)) or file.read_text(encoding="utf-8"))
    for name in machinery():
        _write(root / "helpers/checks" / f"{name}.py", (HELPERS / "checks" / f"{name}.py").read_text(encoding="utf-8"))
    _write(root / "helpers/checks/__init__.py", (INSIDE / "checks_standin.py").read_text(encoding="utf-8"))
    (root / "helpers/assets").mkdir()  # the backend shows the real ones here
    for package in ("grading", "grading/sandbox"):
        _write(root / package / "__init__.py", "")
    for name in BOTH_ENDS:
        shutil.copy(INSIDE.parent / name, root / "grading/sandbox" / name)
    shutil.copytree(INSIDE, root / "grading/sandbox/inside", ignore=shutil.ignore_patterns("__pycache__", "checks_standin.py"))
    _write(root / "start.py", _START)


def _teaching() -> list[Path]:
    """All of helpers but its checks, which know right answers, and its assets, which the backend shows as they are."""
    apart = {HELPERS / "checks", HELPERS / "assets"}
    return [file for file in sorted(HELPERS.rglob("*.py")) if not apart & set(file.parents)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# no site module and no .pth file runs inside, so the search path is spelt out
_START = """\
import json, os, sys

here = os.path.dirname(os.path.abspath(__file__))
options = json.loads(sys.argv[2])
with open(os.path.join(here, "preload.json")) as file:
    options.update(json.load(file))
sys.path[:0] = [here]
sys.path += options["site"]
if sys.argv[1] == "single":
    from grading.sandbox.inside import single

    single.main(options)
else:
    if options["isolate"]:
        from grading.sandbox.inside import isolation

        options["home"] = isolation.enter_own_namespaces(options["first_uid"])
    from grading.sandbox.inside import template

    template.main(int(sys.argv[1]), options)
"""
