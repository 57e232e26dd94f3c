"""Outcomes of the small assignment, and what a person does to them in formgrader."""

from __future__ import annotations

import copy

from nbgrader.api import Gradebook

from grading.cells import grade_id
from grading.model import ExerciseMark, Outcome, Verdict
from grading.results.gradebook import Book
from grading.results.journal import JOURNAL, Journal
from tests import marking

QUESTION = "written_cosine"
NAMES = ("check_cosine_beta_schedule", "written_cosine", "check_ConvBlock", "check_EncBlock_DecBlock")


def outcome(student="ada", text="It keeps more of the picture.", problem=None, **coded):
    """An outcome as the batch would record it; keyword arguments replace coded answers."""
    notebook = copy.deepcopy(marking.answered(**coded))
    for cell in notebook.cells:
        if grade_id(cell) == "written_cosine":
            cell.source = text
    marks = [
        ExerciseMark(n.removeprefix("check_"), n, 0.0 if n == "written_cosine" else 4.0, 3.0 if n == "written_cosine" else 4.0,
                     "manual" if n == "written_cosine" else "marked")
        for n in NAMES
    ]  # fmt: skip
    return Outcome(student, marking.NAME, Verdict(marks), problem=problem, notebook=None if problem else notebook)


def record(out, made):
    """A folder of results in which these outcomes are recorded, as `course grade` would; returns the gradebook."""
    with Book(out, marking.NAME, marking.source(), marking.release()) as book:
        for one in made:
            (out / "in" / one.student).mkdir(parents=True, exist_ok=True)
            book.record(one)
            Journal(out / JOURNAL, "").write(one.student, one.as_json(), out / "in" / one.student)
    return book


def give(book, points, cell="written_cosine", comment=None, student="ada"):
    """What formgrader does when a person fills in a mark and a comment."""
    with Gradebook(book.url) as theirs:
        grade = theirs.find_grade(cell, marking.NAME, marking.NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            theirs.find_comment(cell.removeprefix("check_"), marking.NAME, marking.NAME, student).manual_comment = comment
        theirs.db.commit()


def state(book, cell="written_cosine", student="ada"):
    with Gradebook(book.url) as theirs:
        grade = theirs.find_grade(cell, marking.NAME, marking.NAME, student)
        return grade.manual_score, grade.needs_manual_grade
