"""nbgrader's metadata of a cell: who is what, and that odd metadata is no error."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading import cells

ANSWER = {"grade_id": "f", "grade": False, "solution": True}
TEST = {"grade_id": "check_f", "grade": True, "points": 4, "solution": False, "locked": True}
WRITTEN = {"grade_id": "w", "grade": True, "points": 2, "solution": True}
LOCKED = {"grade_id": "l", "grade": False, "solution": False, "locked": True}


def code(about):
    return new_code_cell("pass", metadata={"nbgrader": about})


def test_roles_and_points():
    text = new_markdown_cell("why", metadata={"nbgrader": WRITTEN})
    found = [(cells.role(c), cells.grade_id(c), cells.points(c)) for c in (code(ANSWER), code(TEST), text, code(LOCKED))]
    assert found == [("answer", "f", 0), ("test", "check_f", 4), ("written", "w", 2), ("locked", "l", 0)]


def test_a_test_is_called_after_its_exercise_and_a_written_answer_by_its_own_name():
    assert [cells.exercise_of(name) for name in ("check_f", "written_f", "recheck_f")] == ["f", "written_f", "recheck_f"]


@pytest.mark.parametrize("about", [None, [], "x", 3])
def test_metadata_that_is_no_mapping_is_none_at_all(about):
    cell = code(about)
    assert (cells.about(cell), cells.grade_id(cell), cells.role(cell), cells.points(cell)) == ({}, None, None, 0)


def test_a_change_reaches_the_cell():
    cell = code(dict(TEST))
    cells.about(cell)["points"] = 100
    assert cells.points(cell) == 100
