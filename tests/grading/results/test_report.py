"""Reports: the numbers are right, the page needs nothing from outside, and nothing a student wrote can run in it."""

import csv
import re
from datetime import datetime
from html.parser import HTMLParser

import pytest

from grading.model import Flag, Repair
from grading.results import feedback, report, similarity, tables
from grading.results.summary import score, summarise
from tests.classroom import EVIL, EVIL_NAME, PROPERTIES, classroom, outcome, unread, written

TAGS = """
    html head meta title style body h1 h2 h3 p div span b i br a code pre ul li ol section
    table thead tbody tr th td svg g rect text line img strong em hr blockquote del
"""


class Checker(HTMLParser):
    """Collects what a page must not hold: scripts, event handlers, anything loaded from outside; and unclosed tags."""

    def __init__(self, page):
        super().__init__()
        self.bad, self.open = [], []
        self.feed(page)
        self.bad += self.open

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS.split():
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or re.match(r"\s*(javascript|data|https?|//)", value or ""):
                self.bad.append(f"{tag} {name}={value}")
        if tag not in ("meta", "br", "img", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag}")


def test_the_pages_hold_no_script_and_nothing_from_outside(tmp_path):
    report.write(tmp_path, "small", classroom())
    for one in classroom():
        feedback.write(tmp_path / "feedback", one)
    pages = [tmp_path / "report.html", *tmp_path.glob("feedback/*/small.html")]
    assert len(pages) == 1 + 29
    for page in pages:
        text = page.read_text()
        assert Checker(text).bad == []
        assert "url(" not in text
        assert "@import" not in text
        assert "default-src 'none'" in text
    assert EVIL.replace("<", "&lt;").replace(">", "&gt;") in (tmp_path / "report.html").read_text()


def test_the_checker_of_pages_can_fail():
    for page in (f"<p>{EVIL}</p>", f"<p>{EVIL_NAME}</p>", "<p onclick='x'></p>", "<a href='javascript:x'></a>", "<p>"):
        assert Checker(page).bad


def test_marks_are_one_row_an_exercise(tmp_path):
    report.write_tables(tmp_path, [outcome("ada", double=["length"]), unread("bob", "empty")])
    columns, rows = tables.read(tmp_path / "marks.csv")
    assert columns == ["student", "exercise", "points", "max", "status", "message", "comment", "flags"]
    assert [list(row.values())[:5] for row in rows] == [
        ["ada", "double", "1", "4", "marked"],
        ["ada", "Up_Down", "6", "6", "marked"],
        ["ada", "written_linear", "0", "3", "manual"],
        ["ada", "written_inverse", "0", "2", "manual"],
        ["bob", "double", "0", "4", "unread"],
        ["bob", "Up_Down", "0", "4", "unread"],
    ]


def test_flags_and_repairs_are_written_down_per_student(tmp_path):
    made = outcome("ada", flags=[Flag("reference", "used it", "double")], repairs=[Repair("points", "was 400", "double")])
    report.write_tables(tmp_path, [made])
    flags, repairs = tables.read(tmp_path / "flags.csv")[1], tables.read(tmp_path / "repairs.csv")[1]
    assert {row["exercise"]: row["flags"] for row in tables.read(tmp_path / "marks.csv")[1]}["double"] == "reference"
    assert flags == [{"student": "ada", "exercise": "double", "kind": "reference", "detail": "used it"}]
    assert repairs == [{"student": "ada", "cell": "double", "kind": "points", "detail": "was 400"}]


def test_no_cell_of_any_table_is_a_formula(tmp_path):
    made = outcome("=1+1", flags=[Flag("@SUM", "+1;=cmd()", "-double")], repairs=[Repair("=x", "\t=y")])
    made.verdict.exercises[0].message = "=HYPERLINK()"
    report.write_tables(tmp_path, [made])
    for name in ("marks.csv", "flags.csv", "repairs.csv"):
        with open(tmp_path / name, encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if re.search(r"(^|[;\t\n])\s*[=+\-@]", cell)]


def test_failure_rates_count_those_who_attempted():
    made = [outcome("a", double=["length"]), outcome("b"), outcome("c", double=[])]
    made[2].verdict.exercises[0].status = "unattempted"
    exercise = summarise(made).exercises[0]
    assert exercise.counts == {"full": 1, "partial": 1, "unattempted": 1}
    assert {key: (p.failed, p.tried) for key, p in exercise.properties.items()} == {"length": (0, 2), "twice": (1, 2)}
    assert exercise.mean == pytest.approx(5 / 3)


def test_scores_are_of_all_points_but_leave_out_whom_nobody_could_read():
    made = [outcome("a"), outcome("b", double=["length"], up_down=["up", "down"]), unread("c", "empty")]
    made[0].verdict.exercises.append(written("written_more", 5))
    summary = summarise(made)
    assert summary.scores == [0.5, 0.4]
    assert (summary.mean, summary.median, summary.unread) == (0.45, 0.45, 1)
    assert [count for _, count, _ in report.histogram(summary)] == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]


def test_an_empty_written_answer_costs_points_only_in_its_own_row():
    made = outcome("a", written_inverse="")
    assert score(made) == 10 / 15
    assert summarise([made]).exercises[3].counts == {"unattempted": 1}


def test_the_commonest_mistakes_come_first_by_name():
    made = [outcome(str(k), double=["length"] if k < 3 else ["twice"], up_down=["up"]) for k in range(5)]
    stopped = outcome("stopped", double=[], up_down=["up", "down", "types"])
    for one in stopped.verdict.exercises[0].properties:
        one["mistake"], one["diagnosis"] = "raised", "Your code raised NameError."
    mistakes = summarise([*made, stopped]).mistakes
    assert [(m.name, m.exercise, m.students) for m in mistakes] == [("down is up", "Up_Down", 5), ("squared", "double", 3)]
    assert mistakes[1].sentence == "This is x², not 2·x: multiply by 2 in place of x."


def test_attention_lists_what_was_not_marked_first_and_leaves_out_the_harmless():
    made = [
        outcome("harmless", repairs=[Repair("colab", "Downloaded from Colab.")]),
        outcome("damaged", repairs=[Repair("salvaged", "Half of it.")]),
        outcome("flagged", flags=[Flag("killed", "it was killed", "double")]),
        unread("zoe", "The file is empty."),
    ]
    assert summarise(made).attention == [
        ("zoe", ["Not marked: The file is empty."]),
        ("damaged", ["Half of it."]),
        ("flagged", ["double: it was killed"]),
    ]


def test_an_empty_class_and_a_class_of_nothing_but_trouble_have_a_page():
    for made in ([], [unread("a", "empty")], [outcome("a", double=[], up_down=[])]):
        assert Checker(report.page("small", made)).bad == []


def test_the_page_is_the_same_for_the_same_class():
    now = datetime(2026, 1, 2, 3, 4)
    assert report.page("small", classroom(), now) == report.page("small", classroom(), now)


def test_renaming_and_reformatting_do_not_hide_a_copy_and_short_answers_are_left_alone():
    long = "def f(x):\n    total = 0\n" + "".join(f"    total = total + x * {k}\n" for k in range(12)) + "    return total\n"
    other = long.replace("total", "acc").replace("    ", "  ").replace(" = ", "=").replace("return", "# mine\n  return")
    different = "def f(x):\n    rows = [x ** k for k in range(9)]\n" + "    print(rows, sep=', ')\n" * 12
    answers = {
        "f": {"a": long, "b": other, "c": different},
        "g": {"a": "def g(x):\n    return x", "b": "def g(y):\n    return y"},
    }
    (group,) = similarity.groups(answers)
    assert (group.exercise, group.students, group.likeness) == ("f", ("a", "b"), 100)


def test_what_most_of_the_class_wrote_is_no_hint():
    long = "\n".join(f"x{k} = {k} + y" for k in range(20))
    assert similarity.groups({"f": {str(n): long for n in range(10)}}) == []


def test_feedback_shows_the_students_answer_beside_its_marks():
    page = feedback.page(outcome("ada", double=["length"], written_linear=f"Because {EVIL}"))
    assert "1 of 4" in page
    assert "This is x², not 2·x" in page
    assert "Because &lt;script&gt;" in page
    assert "From your marker" not in page
    assert "of 15 points</b> so far: 5 of them wait" in page
    for _, _, statement in PROPERTIES["Up_Down"]:
        assert statement in page


def test_feedback_says_once_what_stopped_every_property():
    stopped = outcome("ada", double=())
    for row in stopped.verdict.exercises[0].properties:
        row.update(diagnosis="The process that ran your code ended before it answered.")
    assert feedback.page(stopped).count("ended before it answered") == 1


def test_feedback_for_an_unread_file_says_so_without_a_mark():
    page = feedback.page(unread("ada", "The file is empty."))
    assert "could not be marked" in page
    assert "of 4" not in page


def test_a_name_cannot_lead_out_of_the_feedback_folder(tmp_path):
    path = feedback.write(tmp_path / "feedback", outcome("../../ada"))
    assert path == tmp_path / "feedback" / "ada" / "small.html"
