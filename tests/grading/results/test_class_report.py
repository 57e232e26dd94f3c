"""The class over time: who did what when, which mistakes stay, and what to say in the next lecture."""

import shutil
from datetime import datetime

import pytest

from grading import cli
from grading.results import class_report, over_time
from grading.results.headings import Headings
from grading.results.over_time import ClassMarks
from tests import classroom, marking
from tests.by_hand import give, record
from tests.by_hand import outcome as marked
from tests.classroom import outcome, unread
from tests.grading.results.test_report import Checker

LENGTH, BOTH = ["length"], ["length", "twice"]
UP = ["up", "types"]


def assignment(name, *outcomes):
    return ClassMarks(name, Headings(f"{name} · a title"), list(outcomes))


@pytest.fixture
def course():
    """ada makes one mistake twice, bob falls and then is away, cleo comes late, eve's file can't be read."""
    return over_time.course(
        [
            assignment("1_a", outcome("ada_17", double=LENGTH), outcome("bob_9", double=LENGTH), outcome("dan_3")),
            assignment("2_b", outcome("ada_99", double=LENGTH), outcome("cleo_4"), outcome("dan_5"), unread("eve_1", "empty")),
            assignment("3_c", outcome("ada_7", double=[], up_down=[]), outcome("cleo_8", up_down=UP), outcome("dan_6")),
        ]
    )


def test_students_are_the_same_whatever_number_the_platform_gave(course):
    assert list(course.shares) == ["ada", "bob", "cleo", "dan", "eve"]
    assert course.shares["dan"] == [1, 1, 1]
    assert course.shares["bob"] == [0.7, None, None]
    assert course.shares["eve"] == [None, None, None]
    two = over_time.course([assignment("1_a", outcome("ada_1"), outcome("ada_2")), assignment("2_b", outcome("ada_1"))])
    assert set(two.shares) == {"ada_1", "ada_2"}


def test_a_mistake_that_is_made_again_is_counted_by_student(course):
    (squared, *_) = course.misconceptions
    assert squared.name == "squared"
    assert [len(made) for made in squared.students] == [2, 1, 1]
    assert squared.stayed == {"ada"}
    assert "down is up" not in [one.name for one in course.misconceptions]  # in one assignment only


def test_hints_speak_of_the_last_assignment(course):
    text = "\n".join(course.hints)
    assert "“squared” again: 1 had made it before. This is x²" in text
    assert "Up_Down: 2 of 3 made the same mistake. Down adds one" in text
    left = outcome("ada")
    for mark in left.verdict.exercises:
        mark.status, mark.points, mark.properties = "unattempted", 0.0, []
    assert "double: 1 of 1 did not try it." in over_time.course([assignment("1_a", left)]).hints
    assert over_time.course([assignment("1_a", outcome("ada"))]).hints == []


def test_who_is_away_or_fell_is_worth_a_word(course):
    said = dict(course.worth_a_word)
    assert said["bob"] == "handed in 1 of the 2 before, and not the last"
    assert said["ada"] == "0 % in the last, 70 % is usual for them"
    assert set(said) == {"ada", "bob"}


def test_the_page_shows_it_all_and_holds_no_script(course):
    page = class_report.page(course, datetime(2026, 1, 2, 3, 4))
    checked = Checker(page)
    assert not checked.bad
    for words in ("5</b>", "squared", "3_c · a title", "02 January 2026", "–"):
        assert words in page
    assert page == class_report.page(course, datetime(2026, 1, 2, 3, 4))


def test_any_class_has_a_page():
    for each in ([], [unread("eve", "empty")], [outcome("<b>ada")], classroom.classroom()):
        page = class_report.page(over_time.course([assignment("1_<b>", *each), assignment("2_b")]))
        assert "<b>ada" not in page
        assert "1_<b>" not in page


def test_the_least_the_quartiles_and_the_most():
    assert class_report.box([]) == {}
    assert class_report.box([0.5]) == {"least": 0.5, "low": 0.5, "middle": 0.5, "high": 0.5, "most": 0.5}
    assert list(class_report.box([0, 0.25, 0.5, 0.75, 1]).values()) == [0, 0.25, 0.5, 0.75, 1]


def test_the_command_reads_folders_of_results_with_what_people_gave(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "graded" / "mini"
    out.mkdir(parents=True)
    book = record(out, [marked("ada"), marked("bob")])
    give(book, 3)
    assert cli.main(["class"]) == 0
    assert "2 students, 1 assignment: class.html" in capsys.readouterr().out
    page = (tmp_path / "class.html").read_text()
    assert marking.NAME.replace("_", "_\u200b") in page
    assert cli.main(["class", str(tmp_path / "graded" / "none")]) == 2
    assert "course grade --out" in capsys.readouterr().err
    (tmp_path / "graded" / "empty").mkdir()
    assert cli.main(["class"]) == 0  # what is no folder of results is passed over, unless it was named
    assert cli.main(["class", "graded/mini", "graded/mimi"]) == 2
    assert "no marks in graded/mimi:" in capsys.readouterr().err
    shutil.copytree(out, tmp_path / "graded" / "older")
    assert cli.main(["class"]) == 2
    assert f"{marking.NAME} is in graded/mini and in graded/older: name the folders" in capsys.readouterr().err
