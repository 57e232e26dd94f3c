"""What failed while an answer was being defined, and why a name that is asked for is not there.

A name is often missing because a line before it failed: a file that is not here, a GPU, a package. That first failure is what a
person has to hear of, not the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grading.sandbox.inside.slicing import ParsedCell, parsed
from helpers.checks.plain import SubjectError

UNGRADED = re.compile(r"cell \d+")  # what a cell without a grade_id is called
SPELT = re.compile(r"^[ \t]*(?:(?:async[ \t]+def|def|class)[ \t]+(\w+)|(\w+)[ \t]*[:=](?!=)|(?:import|from)\b([^\n#]*))", re.M)


@dataclass
class Failure:
    """A statement (or a whole cell that doesn't parse) that raised instead of defining something."""

    cell: ParsedCell
    error: BaseException
    where: str
    sets: tuple[str, ...] = ()  # the names that it should have set

    def told(self) -> SubjectError:
        """The exception in words."""
        return SubjectError("raised", type(self.error).__name__, _message(self.error), f"{self.cell.name}, {self.where}")


def of_cell(cell: ParsedCell, error: SyntaxError) -> Failure:
    """The failure of a cell that doesn't parse: all that its lines seem to set is lost."""
    names = {word for groups in SPELT.findall(cell.source) for text in groups for word in re.findall(r"\w+", text)}
    return Failure(cell, error, f"line {error.lineno}", tuple(sorted(names)))


def reasons(failures: Sequence[Failure]) -> dict[str, SubjectError]:
    """{name: the first thing that went wrong on the way to it}."""
    found: dict[str, SubjectError] = {}
    for failure in failures:
        told = failure.told()
        first = found.get(_undefined(told), told)
        found.update({name: first for name in failure.sets if name not in found})
    return found


def explained(error: SubjectError, why: dict[str, SubjectError]) -> SubjectError:
    """The error; of a name that is missing because a line before it failed, with what failed there."""
    name = _undefined(error)
    if name not in why:
        return error
    first = why[name]
    if first.type_name == "ModuleNotFoundError":
        said = f"{first.message}: it is not installed where this is marked"
        return SubjectError(error.kind, first.type_name, said, error.where)
    said = f"name '{name}' is not defined, for what should set it failed ({first.where}) with {first.type_name}: {first.message}"
    return SubjectError(error.kind, error.type_name, said[:500], error.where)


def _undefined(error: SubjectError) -> str:
    """The name that a NameError misses, else nothing."""
    found = re.match(r"name '(\w+)' is not defined", error.message or "") if error.type_name == "NameError" else None
    return found[1] if found else ""


def why_missing(name: str, cells: Sequence[Sequence[str]], failures: Sequence[Failure]) -> SubjectError:
    """Why a target isn't there: its cell failed, is still the stub, or doesn't define it."""
    its = [failure for failure in failures if name in failure.sets]
    for failure in its or failures:
        return explained(failure.told(), reasons(failures))
    notebook = parsed(cells)
    for other in [each for cell in notebook for each in cell.defines()]:
        if _bare(other) == _bare(name):
            return SubjectError("raised", "NameError", f"the check asks for {name}, and your answer is called {other}")
    own = [each for each in notebook if not UNGRADED.fullmatch(each.name)][-1:]
    others = [each for cell in own for each in cell.defines()]
    if others:
        said = f"the check asks for {name}, and your answer's cell defines {', '.join(others)[:100]}"
        return SubjectError("raised", "NameError", said)
    return SubjectError("unattempted", "NameError", f"no cell before the check defines {name}")


def _bare(name: str) -> str:
    """A name without what people change in it: capitals, underscores, a `my` before and a number behind."""
    return name.replace("_", "").lower().removeprefix("my").rstrip("0123456789")


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        line = (error.text or "").strip()[:100]
        return f"{error.msg}: {line}"[:300] if line else str(error.msg)[:300]
    try:
        return str(error)[:300]
    except BaseException:
        return "(the exception has no readable message)"
