"""The judge: marks of right, wrong and missing answers, and what it makes of an instructor's notebook."""

import copy
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grading.marking.judge import LEAST_CPU, Judge
from grading.notebooks.assignment import Assignment, free_names, given
from grading.results.marked import with_marks
from tests import marking

ROOT = Path(__file__).resolve().parents[3]


def marks(judge, **answers):
    return {mark.name: mark for mark in judge.mark(marking.answered(**answers)).exercises}


def test_the_solution_gets_everything_and_sets_the_limits(judge):
    verdict = judge.calibrate()
    coded = [mark for mark in verdict.exercises if mark.status == "marked"]
    assert [mark.points for mark in coded] == [mark.max for mark in coded] == [4, 4, 4]
    assert all(limits.cpu_seconds >= LEAST_CPU for limits in judge.limits.values())
    assert judge.limits_for(1.0).cpu_seconds == 20
    assert judge.limits_for(1000.0).cpu_seconds == 60


def test_an_untouched_notebook_gets_nothing(judge):
    verdict = judge.mark(marking.release())
    assert [mark.status for mark in verdict.exercises] == ["unattempted", "empty", "unattempted", "unattempted"]
    assert verdict.points == 0
    assert not verdict.flags


def test_a_wrong_answer_gets_partial_credit_and_a_diagnosis(judge):
    mark = marks(judge, cosine_beta_schedule=marking.solution("cosine_beta_schedule").replace("** 2", ""))["cosine_beta_schedule"]
    assert 0 < mark.points < mark.max
    assert mark.status == "marked"
    assert "no_square" in [prop["mistake"] for prop in mark.properties]
    assert "check-card" in mark.card


def test_an_answer_right_for_the_visible_test_alone_fails_the_hidden_one(judge):
    """The hidden run draws other inputs: answers looked up by T in a table of what was asked before are of no use."""
    seen = "TABLE = {}\n\n\ndef remember(T):\n    TABLE.setdefault(T, len(TABLE))\n    return TABLE[T] < 5\n\n\n"
    right = marking.solution("cosine_beta_schedule").split("\n", 1)[1]
    text = f"{seen}def cosine_beta_schedule(T, s=0.008):\n    if not remember(T):\n        return torch.ones(T)\n{right}"
    mark = marks(judge, cosine_beta_schedule=text)["cosine_beta_schedule"]
    assert mark.points < mark.max


def test_an_exercise_that_builds_on_an_unattempted_one_uses_the_courses_own(judge):
    found = marks(judge, ConvBlock=None)
    assert found["ConvBlock"].status == "unattempted"
    assert found["EncBlock_DecBlock"].points == found["EncBlock_DecBlock"].max


def test_an_exercise_that_builds_on_an_earlier_answer_gets_it(judge):
    named = marking.solution("ConvBlock").replace("def forward", "mine = True\n\n    def forward")
    enc = marking.solution("EncBlock_DecBlock").replace("super().__init__()", "super().__init__()\n        assert Block.mine", 1)
    found = marks(judge, ConvBlock=named, EncBlock_DecBlock=enc)
    assert found["EncBlock_DecBlock"].points == found["EncBlock_DecBlock"].max


def test_one_class_of_two_gets_what_it_is_worth(judge):
    alone = marking.solution("EncBlock_DecBlock").split("class DecBlock")[0]
    mark = marks(judge, EncBlock_DecBlock=alone)["EncBlock_DecBlock"]
    assert mark.points < mark.max
    assert mark.status in ("marked", "unattempted", "error")


def test_the_same_submission_gets_the_same_verdict_again(judge):
    notebook = marking.answered(
        cosine_beta_schedule="import random\ndef cosine_beta_schedule(T, s=0.008):\n    return torch.rand(T)"
    )

    def verdict():
        return [(m.points, m.status, m.message) for m in judge.mark(notebook).exercises]

    assert verdict() == verdict()


def test_time_spent_in_one_exercise_is_not_taken_from_another(judge):
    limits = replace(judge.sandbox.plan.limits, cpu_seconds=1, wall_seconds=60)
    judge.limits = {"check_cosine_beta_schedule": limits}
    found = marks(judge, cosine_beta_schedule="def cosine_beta_schedule(T, s=0.008):\n    while True:\n        pass")
    assert found["cosine_beta_schedule"].status == "timeout"
    assert found["ConvBlock"].points == found["ConvBlock"].max


@pytest.mark.parametrize("text", ["", "   \n", "YOUR ANSWER HERE", "**Why** might the cosine schedule do better?", "...", None])
def test_a_written_answer_without_a_word_is_empty(judge, text):
    mark = marks(judge, written_cosine=text)["written_cosine"]
    assert (mark.points, mark.status) == (0, "empty")


def test_a_written_answer_waits_for_a_person(judge):
    mark = marks(judge, written_cosine="Because it is slower.\n\n<script>alert(1)</script>")["written_cosine"]
    assert (mark.points, mark.status) == (0, "manual")


def test_a_solution_that_does_not_pass_stops_the_marking(judge):
    broken = copy.deepcopy(marking.source())
    for cell in broken.cells:
        cell.source = cell.source.replace("** 2", "** 3")
    with pytest.raises(ValueError, match="instructor's solution of cosine_beta_schedule gets"):
        Judge(broken, marking.NAME, judge.sandbox).calibrate()


def test_marks_in_a_notebook_are_read_back_by_nbgrader(judge):
    from nbgrader.utils import determine_grade

    notebook = marking.answered(cosine_beta_schedule="def cosine_beta_schedule(T, s=0.008):\n    return torch.zeros(T)")
    verdict = judge.mark(notebook)
    shown = with_marks(notebook, verdict)
    for mark in verdict.exercises:
        (cell,) = [cell for cell in shown.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == mark.grade_id]
        assert determine_grade(cell)[0] == (None if mark.status == "manual" else mark.points)


def test_a_card_shows_a_students_text_without_running_it(judge):
    text = "def cosine_beta_schedule(T, s=0.008):\n    raise ValueError('<script>alert(1)</script>')"
    mark = marks(judge, cosine_beta_schedule=text)["cosine_beta_schedule"]
    assert "<script>" not in mark.card
    assert "&lt;script&gt;" in mark.card


def test_targets_are_the_names_that_a_test_takes_from_the_student():
    assert free_names("y = len(f(x))\nfor i in range(3):\n    g(i)") == ["f", "x", "g"]
    about = {"grade": True, "grade_id": "check_f", "points": 2, "solution": False}
    test = new_code_cell("checks.f(f, torch.ones(1))", metadata={"nbgrader": about})
    notebook = new_notebook(cells=[new_code_cell("import torch\nfrom helpers import checks"), test])
    (exercise,) = Assignment.of(notebook, "x").exercises
    assert (exercise.name, exercise.targets, exercise.imports) == ("f", ("f",), "import torch")


def test_a_check_that_the_hidden_tests_make_again_is_made_once():
    """With the hidden seed; whatever else the cell does stays: other arguments, a seed that students see, a line of one's own."""
    lines = ["checks.f(f)", "checks.f(f, 2)", "checks.f(f, seed=1)", "assert f", "checks.f(f, seed=7)", "checks.g(f)"]
    about = {"grade": True, "grade_id": "check_f", "points": 2, "solution": False}
    notebook = new_notebook(cells=[new_code_cell("\n".join(lines), metadata={"nbgrader": about})])
    (exercise,) = Assignment.of(notebook, "x").exercises
    made = []

    class Checks:
        def __getattr__(self, name):
            return lambda *args, **keywords: made.append((name, args[1:], keywords))

    exec(exercise.code, {"checks": Checks(), "f": print})
    assert made == [("f", (2,), {}), ("f", (), {"seed": 1}), ("f", (), {"seed": 7}), ("g", (), {})]


def test_a_test_cell_that_tests_nothing_is_refused():
    about = {"grade": True, "grade_id": "check_f", "points": 2, "solution": False}
    notebook = new_notebook(cells=[new_code_cell("assert True", metadata={"nbgrader": about})])
    with pytest.raises(ValueError, match="uses no name that a student defines"):
        Assignment.of(notebook, "x")


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("[0-9]_*.ipynb")), ids=lambda path: path.stem)
def test_what_the_template_knows_is_what_students_have(path):
    release = nbformat.read(ROOT / "notebooks" / path.name, as_version=4)
    known = given(nbformat.read(path, as_version=4))
    assert known
    assert {*known} <= {cell.source for cell in release.cells}
