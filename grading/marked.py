"""A clean notebook with its marks in it, as nbgrader's own executor would have left it, and safe to show to a person."""

from __future__ import annotations

import copy
import re

from nbformat.v4 import new_output

from grading.assignment import grade_id
from grading.model import Verdict

PLAIN_TAG = re.compile(r"</?(?:b|i|em|strong|sub|sup|br|p|ul|ol|li|code|pre)\s*/?>", re.I)
TAG = re.compile(r"<(?=[A-Za-z/!?])")


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
        elif cell.cell_type == "markdown":
            cell.source = harmless(cell.source)
    return marked


def harmless(markdown: str) -> str:
    """Markdown in which nothing but the plainest tags is a tag: formgrader would run a script in the marker's browser.

    A space after the `<` is enough for that, and leaves mathematics such as a<b as it was.
    """
    return TAG.sub(lambda match: "<" if PLAIN_TAG.match(markdown, match.start()) else "< ", markdown)
