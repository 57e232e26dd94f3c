"""Marks given by hand: kept, shown, and back in the queue only when the answer is another."""

import pytest
from nbgrader.api import Gradebook

from grading.cells import grade_id
from grading.results import answers, hand
from grading.results.gradebook import Book
from tests import marking
from tests.by_hand import give, outcome, state


@pytest.fixture
def book(tmp_path):
    with Book(tmp_path, marking.NAME, marking.source(), marking.release()) as book:
        yield book


def test_an_answer_is_back_in_the_queue_only_when_its_text_has_changed(book):
    book.record(outcome())
    assert state(book) == (None, True)
    give(book, 2.5)
    book.record(outcome(text="It keeps more of the picture.  \n"))
    assert state(book) == (2.5, False)
    book.record(outcome(text="Something else."))
    assert state(book) == (2.5, True)
    book.record(outcome(text="Something else."))
    assert state(book) == (2.5, True)
    give(book, 1)
    book.record(outcome(text="Something else."))
    assert state(book) == (1, False)


def test_a_coded_answer_that_a_person_marked_follows_its_own_code_alone(book):
    book.record(outcome(ConvBlock="class ConvBlock:\n    pass"))
    give(book, 3, "check_ConvBlock")
    book.record(outcome(cosine_beta_schedule="def cosine_beta_schedule(T, s=1):\n    return s"))
    assert state(book, "check_ConvBlock")[1] is True
    give(book, 3, "check_ConvBlock")
    book.record(outcome())
    assert state(book, "check_ConvBlock") == (3, False)
    book.record(outcome(ConvBlock="width = 3\n# %%\n" + marking.solution("ConvBlock")))  # a cell before the answer
    assert state(book, "check_ConvBlock") == (3, True)
    assert state(book, "check_EncBlock_DecBlock") == (None, False)


def test_an_interrupted_marking_says_nothing_about_the_answer(book):
    book.record(outcome())
    give(book, 2)
    lost = outcome()
    lost.notebook = None
    book.record(lost)
    book.record(outcome())
    assert state(book) == (2, False)
    book.record(outcome(problem="The file is empty."))
    assert state(book) == (2, True)


def test_a_mark_without_the_flag_that_formgrader_sets_is_a_mark(book):
    book.record(outcome())
    with Gradebook(book.url) as theirs:
        theirs.find_grade("written_cosine", marking.NAME, marking.NAME, "ada").manual_score = 2
        theirs.db.commit()
    book.record(outcome())
    assert state(book) == (2, False)


def test_what_people_gave_is_seen_beside_the_automatic_marks(book):
    book.record(outcome())
    book.record(outcome("bob"))
    give(book, 2.5, comment="Good, and at the end?")
    give(book, 1, "check_ConvBlock", comment="Copied.")
    given = book.by_hand()
    assert set(given) == {"ada"}
    automatic = outcome()
    marks = {m.name: m for m in hand.seen(automatic, given["ada"]).verdict.exercises}
    assert (marks["written_cosine"].points, marks["written_cosine"].status) == (2.5, "by hand")
    assert marks["written_cosine"].comment == "Good, and at the end?"
    assert (marks["ConvBlock"].points, marks["ConvBlock"].comment) == (1, "Copied.")
    assert marks["cosine_beta_schedule"].points == 4
    assert [m.points for m in automatic.verdict.exercises] == [4, 0, 4, 4]
    book.record(outcome(text="Another answer"))
    marks = hand.seen(automatic, book.by_hand()["ada"]).verdict.exercises
    assert [mark.name for mark in marks if mark.changed] == ["written_cosine"]
    assert marks[1].points == 2.5


def test_the_text_of_an_answer_in_code_leaves_out_what_the_course_gives():
    ours = {cell.source for cell in marking.release().cells}
    stub = answers.digests(marking.release(), ours)
    (own,) = (cell.source for cell in marking.release().cells if grade_id(cell) == "ConvBlock")
    assert stub["check_ConvBlock"] == answers.digest(own)
    mine = answers.digests(marking.answered(cosine_beta_schedule="x = 1"), ours)
    assert mine["check_cosine_beta_schedule"] == answers.digest("x = 1")
