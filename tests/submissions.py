"""A small release and a good submission to spoil, for the tests of the instructor's tools."""

import json
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat

from grading import cells

FIXTURES = Path(__file__).parent / "fixtures" / "intake"

ANSWERS = {
    "double": 'def double(x):\n    """Twice x."""\n    return FACTOR * x',
    "Up_Down": "class Up:\n    def __call__(self, x):\n        return x + 1\n\n\n"
    "class Down:\n    def __call__(self, x):\n        return x - 1",
    "written_linear": "Because double(a + b) is double(a) + double(b).",
    "written_inverse": "Down undoes Up.",
}


def release():
    """The student version of the small assignment, as a notebook node with stable cell ids."""
    notebook = jupytext.read(FIXTURES / "release.py", fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    notebook.metadata = nbformat.from_dict({"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    return notebook


def submission(**answers):
    """A notebook as a diligent student hands it in; keyword arguments replace single answers."""
    notebook = deepcopy(release())
    for cell in notebook.cells:
        name = cells.grade_id(cell)
        if name in ANSWERS:
            cell.source = answers.get(name, ANSWERS[name])
    return notebook


def as_bytes(notebook) -> bytes:
    """The notebook as a file's bytes, without any validation: spoilt ones are wanted here."""
    return json.dumps(notebook).encode()


def cell_of(notebook, grade_id):
    """The one cell of a notebook with this grade_id; fails when there is none or there are two."""
    (cell,) = [c for c in notebook.cells if cells.grade_id(c) == grade_id]
    return cell


def index_of(notebook, grade_id):
    """The position of that cell."""
    return notebook.cells.index(cell_of(notebook, grade_id))
