"""A clean notebook with its marks in it, as nbgrader's own executor would have left it."""

from __future__ import annotations

import json

from nbformat import NotebookNode
from nbformat.v4 import new_output

from grading.cells import grade_id
from grading.model import Verdict


def with_marks(notebook, verdict: Verdict):
    """A copy in which each test cell shows its card and, as its value, the points: nbgrader reads those as partial credit."""
    marks = {mark.grade_id: mark for mark in verdict.exercises}
    cells = [_marked(cell, marks.get(grade_id(cell) or "")) if cell.cell_type == "code" else cell for cell in notebook.cells]
    return NotebookNode(notebook, cells=cells)


def _marked(cell, mark):
    if mark is None or mark.status == "manual":
        return NotebookNode(cell, outputs=[], execution_count=None)
    shown = {"text/plain": f"{mark.points:g} of {mark.max:g} points. {mark.message}"}
    if mark.card:
        shown["text/html"] = mark.card
    outputs = [
        new_output("display_data", data=shown),
        new_output("execute_result", data={"text/plain": repr(mark.points)}, execution_count=1),
    ]
    return NotebookNode(cell, outputs=outputs, execution_count=1)


def text_of(notebook) -> str:
    """The notebook as a file's text; nbformat's own writer copies it several times over, which a class would feel."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
