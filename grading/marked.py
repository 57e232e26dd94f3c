"""A clean notebook with its marks in it, as nbgrader's own executor would have left it."""

from __future__ import annotations

import copy

from nbformat.v4 import new_output

from grading.assignment import grade_id
from grading.model import Verdict


def with_marks(notebook, verdict: Verdict):
    """A copy in which each test cell shows its card and, as its value, the points: nbgrader reads those as partial credit."""
    marked = copy.deepcopy(notebook)
    marks = {mark.grade_id: mark for mark in verdict.exercises}
    for cell in marked.cells:
        mark = marks.get(grade_id(cell))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if mark is not None and mark.status != "manual":
                shown = {"text/plain": f"{mark.points:g} of {mark.max:g} points. {mark.message}"}
                if mark.card:
                    shown["text/html"] = mark.card
                cell.outputs = [
                    new_output("display_data", data=shown),
                    new_output("execute_result", data={"text/plain": repr(mark.points)}, execution_count=1),
                ]
                cell.execution_count = 1
    return marked
