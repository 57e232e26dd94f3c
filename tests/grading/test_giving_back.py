"""`course feedback`: what people gave is on every page, one total everywhere, and the platforms' own rules read the zips."""

import json
import re
import zipfile

import nbformat
import pytest

from grading import cli
from grading.results import bulk, export, recorded, tables
from grading.results.journal import JOURNAL
from tests import marking
from tests.by_hand import give, outcome, record
from tests.grading.results.test_report import Checker

MATHS = r"Because $\bar\alpha_t = \prod_{s\le t}\alpha_s$ falls more slowly, and `$not$`; <b>bold</b>."
ROSTER = ["student", "name", "platform", "number", "late", "handed_in", "files"]


@pytest.fixture
def results(tmp_path):
    """A folder of results: ada marked by hand, bob waiting, eve unread."""
    out = tmp_path / "out"
    made = [outcome("ada", MATHS), outcome("bob"), outcome("eve", problem="The file is empty.")]
    for mark in made[2].verdict.exercises:
        mark.points, mark.status = 0.0, "unread"
    book = record(out, made)
    give(book, 2.5, comment="Good. And $x_T$?")
    give(book, 1, "check_ConvBlock", comment="Too close to the book.")
    rows = [
        dict(zip(ROSTER, ("ada", "Ada_King Lovelace", "moodle", "4711", "", "", "1"))),
        dict(zip(ROSTER, ("bob", "Bob", "moodle", "12", "", "", "1"))),
        dict(zip(ROSTER, ("eve", "Eve", "folder", "", "", "", "1"))),
    ]
    tables.write(tmp_path / "students.csv", ROSTER, rows)
    return out


def feedback_of(results, *more):
    return cli.main(["feedback", marking.NAME, "--results", str(results), *map(str, more)])


def test_pages_report_tables_and_export_say_one_total(results):
    assert feedback_of(results) == 0
    rows = tables.read(results / "marks.csv")[1]
    found = {total.student: (total.points, total.max) for total in export.totals(results, marking.NAME)}
    assert found == {"ada": (11.5, 15), "bob": (12, 15), "eve": (0, 15)}
    text = (results / "report.html").read_text()
    for student, (points, most) in found.items():
        mine = [row for row in rows if row["student"] == student]
        assert (sum(float(row["points"]) for row in mine), sum(float(row["max"]) for row in mine)) == (points, most)
        if student != "eve":
            page = (results / "feedback" / student / f"{marking.NAME}.html").read_text()
            assert f"<b>{points:g} of {most:g} points</b>" in page
            assert re.search(rf'{student}</a></td>\n<td class="number">{points:g}</td><td class="number">{most:g}</td>', text)


def test_a_page_holds_comments_formulas_and_headings_and_nothing_from_outside(results):
    feedback_of(results)
    page = (results / "feedback" / "ada" / f"{marking.NAME}.html").read_text()
    assert "A small assignment for the grader's own tests" in page.replace("&#39;", "'")
    assert "Too close to the book." in page
    assert page.count('<img class="formula"') == 2
    assert 'alt="\\bar\\alpha_t = \\prod_{s\\le t}\\alpha_s"' in page
    assert "<code>$not$</code>" in page
    assert "&lt;b&gt;bold" in page
    assert "check_ConvBlock" not in page
    assert "Cosine, in words" in page
    assert Checker(re.sub(r'src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+"', "", page)).bad == []


def test_points_come_from_the_gradebook_where_the_notes_say_otherwise(results):
    notes = next((results / JOURNAL).glob("*.json"))
    text = json.loads(notes.read_text())
    text["outcome"]["verdict"]["exercises"][0]["points"] = 1.0
    notes.write_text(json.dumps(text))
    for path in (results / JOURNAL).glob("*.json"):
        if path != notes:
            path.unlink()  # nothing is noted of the others
    found = {o.student: o.verdict.points for o in recorded.read(results, marking.NAME).outcomes}
    assert found == {"ada": 11.5, "bob": 12, "eve": 0}


def moodles(name, participants):
    """(participant, file) as Moodle reads a path in the zip: the folder's name split at `_`, into five parts at most."""
    for part in (parts := name.split("/")):
        info = part.split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[1] in participants and info[2:4] == ["assignsubmission", "file"]:
            rest = "/".join([*info[4:], *parts[parts.index(part) + 1 :]])
            return info[1], rest.lstrip("/")
    return None


def test_moodles_own_rule_finds_each_participant_in_the_zip(results, tmp_path, capsys):
    assert feedback_of(results, "--moodle", "--roster", tmp_path / "students.csv") == 0
    with zipfile.ZipFile(results / "feedback-moodle.zip") as archive:
        found = {moodles(name, {"4711", "12"}): archive.read(name) for name in archive.namelist()}
    assert set(found) == {("4711", f"{marking.NAME}-feedback.html"), ("12", f"{marking.NAME}-feedback.html")}
    assert b"Too close to the book." in found["4711", f"{marking.NAME}-feedback.html"]
    assert "eve" in capsys.readouterr().err


def canvas(name):
    """(user, file) as Canvas reads a file's name: the first two numbers between `_`."""
    numbers = [part for part in name.split("/")[-1].split("_") if part.isdigit()]
    return tuple(numbers[:2])


def test_canvas_gets_notebooks_under_the_names_that_it_gave(results, tmp_path, capsys):
    download = tmp_path / "submissions.zip"
    with zipfile.ZipFile(download, "w") as archive:
        for name in ("ada_LATE_101_9001_3_mini.ipynb", "ada_LATE_101_9002_notes.pdf", "bob_102_9003_3_mini.ipynb"):
            archive.writestr(name, "x")
    ids = {"ada": "ada_101", "bob": "bob_102"}
    found = recorded.read(results, marking.NAME)
    for one in found.outcomes:
        one.student = ids.get(one.student, one.student)
    left = bulk.canvas(tmp_path / "back.zip", found, download)
    assert list(left) == ["eve"]
    with zipfile.ZipFile(tmp_path / "back.zip") as archive:
        assert {canvas(name) for name in archive.namelist()} == {("101", "9001"), ("102", "9003")}
        notebook = nbformat.reads(archive.read("ada_LATE_101_9001_3_mini.ipynb"), as_version=4)
    (tmp_path / "roster.csv").write_text("student,name,platform,number\neve,Eve,canvas,102\n")  # now called Bob
    assert list(bulk.canvas(tmp_path / "again.zip", found, download, tmp_path / "roster.csv")) == []
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "11.5 of 15 points" in text
    assert "Too close to the book." in text


def test_what_is_missing_is_one_line(results, tmp_path, capsys):
    assert feedback_of(results, "--canvas") == 2
    assert "--download" in capsys.readouterr().err
    assert feedback_of(results, "--moodle", "--roster", tmp_path / "none.csv") == 2
    assert feedback_of(tmp_path / "nowhere") == 2
    assert "run `course grade" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out-of", "100"), "name it with --sheet"),
        (("--moodle", "--column", "Grade"), "name it with --sheet"),
        (("--sheet", "sheet.csv"), "--moodle or --canvas"),
        (("--moodle", "--sheet", "sheet.csv", "--out-of", "0"), "--out-of above 0"),
    ],
)
def test_options_of_a_sheet_that_lead_nowhere_are_refused_before_anything_is_written(results, capsys, options, said):
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert feedback_of(results, *options) == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before
