"""Marking again after a test was put right: who gets other marks and why, with marks given by hand kept."""

import copy
import hashlib
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from grading import cli
from grading.cells import grade_id
from grading.results import gradebook, tables
from tests import marking

WRONG = """\
def cosine_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    ### BEGIN SOLUTION
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64) ** 2
    ### END SOLUTION
"""


def mistaken():
    """The instructor's notebook before the mistake was found: the exercise asks for one schedule, its test for another."""
    notebook = copy.deepcopy(marking.source())
    for cell in notebook.cells:
        if grade_id(cell) == "cosine_beta_schedule":
            cell.source = WRONG
        if grade_id(cell) == "check_cosine_beta_schedule":
            cell.source = "checks.scaled_linear_beta_schedule(cosine_beta_schedule)"
    return notebook


def tree(folder):
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(root, submissions, results) of a class that was marked with the mistaken test."""
    top = tmp_path_factory.mktemp("regrade")
    answers = {
        "right": marking.solution("cosine_beta_schedule"),
        "misled": WRONG.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", ""),
        "byhand": marking.solution("cosine_beta_schedule"),
        "none": None,
    }
    for student, answer in answers.items():
        (top / "submitted" / student).mkdir(parents=True)
        notebook = marking.answered(cosine_beta_schedule=answer, **marking.LEFT)
        nbformat.write(notebook, top / "submitted" / student / f"{marking.NAME}.ipynb")
    marking.course(top / "course", mistaken())
    where = ["--submissions", str(top / "submitted"), "--root", str(top / "course"), "--workers", "0"]
    assert cli.main(["grade", marking.NAME, *where, "--out", str(top / "results")]) == 0
    with Gradebook(f"sqlite:///{top / 'results' / 'gradebook.db'}") as book:
        grade = book.find_grade("check_cosine_beta_schedule", marking.NAME, marking.NAME, "byhand")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment("cosine_beta_schedule", marking.NAME, marking.NAME, "byhand").manual_comment = "The test was wrong."
        book.db.commit()
    marking.course(top / "course")
    return top


def regrade(top, results, *more):
    where = ["--submissions", top / "submitted", "--root", top / "course", "--workers", "0", "--results", results, *more]
    return cli.main(["regrade", marking.NAME, *map(str, where)])


@pytest.mark.needs("sandbox")
def test_a_dry_run_says_what_would_change_and_writes_nothing(graded, capsys):
    before = tree(graded)
    assert regrade(graded, graded / "results", "--dry-run") == 0
    assert tree(graded) == before
    said = capsys.readouterr().out
    assert "right  cosine_beta_schedule:" in said
    assert "3 marks of 3 among 4 students would change." in said


@pytest.mark.needs("sandbox")
def test_a_changed_test_changes_marks_but_none_that_a_person_gave(graded, tmp_path, capsys):
    results = tmp_path / "results"
    shutil.copytree(graded / "results", results)
    assert regrade(graded, results) == 0
    assert "look whether they still hold" in capsys.readouterr().err
    rows = {row["student"]: row for row in tables.read(results / "regraded.csv")[1]}
    assert set(rows) == {"right", "misled", "byhand"}
    assert (rows["misled"]["old"], rows["misled"]["before"]) == ("4", "All passed.")
    assert float(rows["misled"]["new"]) < 4
    assert float(rows["right"]["old"]) < 4
    assert (rows["right"]["new"], rows["right"]["now"]) == ("4", "All passed.")
    assert rows["right"]["before"] not in ("", "All passed.")
    assert (rows["byhand"]["by hand"], rows["byhand"]["new"]) == ("3.5", "4")
    with Gradebook(f"sqlite:///{results / 'gradebook.db'}") as book:
        grade = book.find_grade("check_cosine_beta_schedule", marking.NAME, marking.NAME, "byhand")
        assert (grade.manual_score, grade.needs_manual_grade, grade.auto_score) == (3.5, False, 4)
    marks = {(row["student"], row["exercise"]): row for row in tables.read(results / "marks.csv")[1]}
    assert marks["byhand", "cosine_beta_schedule"]["points"] == "3.5"
    assert marks["byhand", "cosine_beta_schedule"]["comment"] == "The test was wrong."
    assert marks["right", "cosine_beta_schedule"]["points"] == "4"
    assert regrade(graded, results) == 0
    assert tables.read(results / "regraded.csv")[1] == []


@pytest.mark.needs("sandbox")
def test_a_regrade_that_was_stopped_lists_all_changes_in_the_end(graded, tmp_path, monkeypatch, capsys):
    results, recorded = tmp_path / "results", []
    shutil.copytree(graded / "results", results)

    def stops(book, outcome):
        if len(recorded) == 2:
            raise KeyboardInterrupt
        recorded.append(outcome.student)
        return record(book, outcome)

    record = gradebook.Book.record
    with monkeypatch.context() as patched:
        patched.setattr(gradebook.Book, "record", stops)
        assert regrade(graded, results) == 130
    assert "run it again: the list will hold all that changes" in capsys.readouterr().err
    assert not (results / "regraded.csv").exists()
    assert regrade(graded, results) == 0
    rows = {row["student"]: row for row in tables.read(results / "regraded.csv")[1]}
    assert set(rows) == {"right", "misled", "byhand"}
    assert (rows["misled"]["old"], rows["byhand"]["by hand"]) == ("4", "3.5")
    assert not list(results.glob(".before*"))


def test_there_is_nothing_to_mark_again_where_nothing_was_marked(tmp_path, capsys):
    marking.course(tmp_path / "course")
    assert regrade(tmp_path, tmp_path / "results") == 2
    assert "run `course grade" in capsys.readouterr().err
