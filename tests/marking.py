"""A small assignment and ways to answer it, for the tests of the grader."""

from __future__ import annotations

import copy
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, ComputeChecksums, LockCells

from grading.cells import about, grade_id

NAME = "3_mini"
LEFT = dict.fromkeys(("ConvBlock", "EncBlock_DecBlock"))  # answers left out, to save time
FIXTURES = Path(__file__).parent / "fixtures" / "grading"
ADVERSARIAL = Path(__file__).parent / "adversarial"


@functools.cache
def source():
    """The instructor's notebook."""
    notebook = jupytext.read(FIXTURES / f"{NAME}.py", fmt="py:percent")
    notebook.metadata = nbformat.from_dict({"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


@functools.cache
def release():
    """The students' version, by nbgrader's own preprocessors."""
    return released(source())


def released(instructors):
    """The students' version of an instructor's notebook."""
    notebook, resources = copy.deepcopy(instructors), {}
    for step in (LockCells, ClearSolutions, ClearHiddenTests, ComputeChecksums):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def course(root: Path, instructors=None) -> Path:
    """A course of this one assignment in a folder: the instructor's notebook and the students'."""
    instructors = instructors or source()
    for folder, notebook in (("solutions", instructors), ("notebooks", released(instructors))):
        (root / folder).mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, root / folder / f"{NAME}.ipynb")
    return root


def solution(name: str) -> str:
    """The instructor's answer to an exercise, without its marks."""
    (cell,) = [cell for cell in source().cells if grade_id(cell) == name]
    return re.sub(r"^.*### (?:BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)


def answered(**answers: str):
    """A submission: the release with these answers, and the instructor's for all else; `None` leaves the stub."""
    notebook = copy.deepcopy(release())
    cells = []
    for cell in notebook.cells:
        name = grade_id(cell)
        if about(cell).get("solution"):
            answer = answers.get(name, solution(name))
            *before, last = re.split(r"^# %%\n", answer, flags=re.M) if answer is not None else [cell.source]
            cells += [nbformat.v4.new_code_cell(text) for text in before]
            cell.source = last
        cells.append(cell)
    notebook.cells = cells
    return notebook


@dataclass
class Hostile:
    """A submission of tests/adversarial with the mark and the message that it must get."""

    name: str
    about: str
    text: str
    exercise: str
    points: float
    status: str
    message: str
    flags: list[str] = field(default_factory=list)
    wall: float = 60.0
    cpu: int = 2


def hostile(path: Path) -> Hostile:
    """Read one: the comment at its head says what it does and what it must get."""
    head, text = re.match(r"((?:#[^\n]*\n)+)\n(.*)", path.read_text(encoding="utf-8"), re.S).groups()
    facts = dict(re.findall(r"^# (\w+): (.*)$", head, re.M))
    return Hostile(
        path.stem,
        head.split("\n")[0].removeprefix("# "),
        text,
        facts["exercise"],
        float(facts["points"]),
        facts["status"],
        facts["message"],
        facts.get("flags", "").split(),
        float(facts.get("wall", 60)),
        int(facts.get("cpu", 2)),
    )
