"""What nbgrader writes into a cell's metadata: read and told apart here, and nowhere else.

    {"nbgrader": {"schema_version": 3, "grade_id": "check_x", "grade": true, "points": 4, "solution": false, "locked": true, …}}

An answer has `solution`, a test `grade`, a written answer both; a cell that is only `locked` may not be changed. The test of the
exercise x is called check_x.
"""

from __future__ import annotations

from typing import Any, Literal

KEY = "nbgrader"
Role = Literal["answer", "written", "test", "locked"]


def about(cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell: the very mapping, so that it may be changed; empty where there is none."""
    found = cell.metadata.get(KEY)
    return found if isinstance(found, dict) else {}


def grade_id(cell) -> str | None:
    """The cell's nbgrader identifier, or None."""
    return about(cell).get("grade_id")


def exercise_of(grade_id: str) -> str:
    """The exercise that a graded cell is about: `x` of `check_x`; a written answer is called as its exercise is."""
    return grade_id.removeprefix("check_")


def is_graded(cell) -> bool:
    """Whether nbgrader gives points for the cell."""
    return bool(about(cell).get("grade"))


def is_solution(cell) -> bool:
    """Whether the student fills the cell in."""
    return bool(about(cell).get("solution") or about(cell).get("task"))


def points(cell) -> float:
    """The most that the cell can earn; 0 where it earns nothing."""
    return float(about(cell).get("points", 0)) if is_graded(cell) else 0.0


def role(cell) -> Role | None:
    """What the cell is for nbgrader, or None for a cell that it does not know."""
    if is_solution(cell):
        return "answer" if cell.cell_type == "code" else "written"
    if is_graded(cell):
        return "test"
    return "locked" if about(cell).get("locked") else None
