"""Marking one written question across the class: the page shows it all and can't be turned, the CSV goes into the gradebook."""

import re

import nbformat
import pytest

from grading import cli
from grading.results import questions, recorded, tables
from tests import marking
from tests.by_hand import QUESTION, give, outcome, record, state
from tests.real_lab import CHROMIUM, FLAGS

EVIL = "It keeps more. <script>document.title='owned'</script> <img src=x onerror=alert(1)> $x_t$"


@pytest.fixture
def book(tmp_path):
    """ada and bob wait, cleo was marked by hand, eve's file could not be read."""
    made = [outcome("ada", EVIL), outcome("bob"), outcome("cleo", "Softer."), outcome("eve", problem="Empty.")]
    book = record(tmp_path, made)
    give(book, 1.5, comment='Says "softer" <b>how</b>?', student="cleo")
    return book


def course(book, doing, *more):
    return cli.main(["marks", doing, marking.NAME, *map(str, more), "--results", str(book.folder)])


def csv_of(book, *rows, name="marks.csv"):
    path = book.folder / f"from-{name}"
    tables.write(path, ["student", "question", "points", "comment", "answer"], [dict(row) for row in rows])
    return path


def row(student, points, comment="", answer="", question=QUESTION):
    return {"student": student, "question": question, "points": points, "comment": comment, "answer": answer}


def page(book):
    assert course(book, "page") == 0
    return (book.folder / "questions" / f"{QUESTION}.html").read_text()


def test_the_page_holds_rubric_and_answers_those_that_wait_first(book, capsys):
    text = page(book)
    assert "2 to mark" in capsys.readouterr().out
    assert re.findall(r'data-student="(\w+)"', text) == ["ada", "bob", "cleo"]
    assert "Model answer and rubric" in text
    assert 'value="1.5"' in text
    assert "Says &#34;softer&#34; &lt;b&gt;how&lt;/b&gt;?" in text
    assert text.count("<script") == 1
    assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", text)
    assert "http" not in re.sub(r"http-equiv", "", text)


def test_the_question_is_the_text_under_the_last_heading():
    text = "## Before\n\nLong.\n\n### Exercise\n\nWhy?"
    answer = {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": "q"}}, "source": "x"}
    book = nbformat.from_dict({"cells": [{"cell_type": "markdown", "metadata": {}, "source": text}, answer]})
    assert questions._question(book, "q") == "### Exercise\n\nWhy?"


def test_marks_and_comments_come_back_and_reach_report_and_table(book, capsys):
    path = csv_of(book, row("ada", "2,5", "=good"), row("bob", "", "See me"), row("cleo", "3"))
    assert course(book, "import", path) == 0
    assert [state(book, student=name) for name in ("ada", "bob", "cleo")] == [(2.5, False), (None, True), (3, False)]
    rows = {r["student"]: r for r in tables.read(book.folder / "marks.csv")[1] if r["exercise"] == QUESTION}
    assert (rows["ada"]["points"], rows["ada"]["comment"], rows["bob"]["comment"]) == ("2.5", "=good", "See me")
    found = recorded.read(book.folder, marking.NAME)
    record(book.folder, [each for each in found.outcomes if each.student == "ada"])  # graded again
    assert state(book, student="ada") == (2.5, False)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row("ada", "4"), "from 0 to 3"),
        (row("ada", "-1"), "from 0 to 3"),
        (row("ada", "two"), "as a number"),
        (row("ada", "nan"), "as a number"),
        (row("nobody", "1"), "nobody has no answer"),
        (row("ada", "1", question="no_such"), "no_such"),
    ],
)
def test_one_bad_row_names_its_line_and_nothing_is_written(book, capsys, bad, words):
    assert course(book, "import", csv_of(book, row("bob", "1"), bad)) == 2
    said = capsys.readouterr().err
    assert "line 3" in said
    assert words in said
    assert state(book, student="bob") == (None, True)


def test_a_mark_for_a_text_that_has_changed_is_left_out(book, capsys):
    digest = re.search(r'data-student="ada" data-answer="(\w+)"', page(book))[1]
    record(book.folder, [outcome("ada", "Quite another text.")])
    assert course(book, "import", csv_of(book, row("ada", "3", "", digest), row("bob", "1"))) == 0
    assert "ada: the answer has changed" in capsys.readouterr().err
    assert state(book, student="ada")[0] is None
    assert state(book, student="bob")[0] == 1


def test_a_wrong_folder_and_a_wrong_file_are_one_sentence(book, tmp_path, capsys):
    assert cli.main(["marks", "page", marking.NAME, "--results", str(tmp_path / "no")]) == 2
    assert "course grade" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    assert course(book, "import", tmp_path / "odd.csv") == 2
    assert "no column student" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.needs("browser")
def test_what_is_typed_on_the_page_is_kept_saved_and_taken_back(book, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    page(book)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_context(offline=True).new_page()
        asked, wrong = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto((book.folder / "questions" / f"{QUESTION}.html").as_uri())
        field = tab.locator('section[data-student="ada"] input')
        field.fill("9")
        assert tab.locator("#save").is_disabled()
        field.fill("2,5")
        tab.locator('section[data-student="ada"] textarea').fill('=sum, "quoted"\nand a line')
        tab.reload()
        assert tab.locator("#left").inner_text() == "1 of 3 to mark"
        assert field.input_value() == "2,5"
        with tab.expect_download() as loading:
            tab.locator("#save").click()
        loading.value.save_as(tmp_path / "typed.csv")
        assert tab.title() != "owned"
        assert not wrong
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
        browser.close()
    assert course(book, "import", tmp_path / "typed.csv") == 0
    assert state(book, student="ada") == (2.5, False)
    comment = {r["student"]: r["comment"] for r in tables.read(book.folder / "marks.csv")[1] if r["exercise"] == QUESTION}
    assert comment["ada"].replace("\r\n", "\n") == '=sum, "quoted"\nand a line'
    assert state(book, student="cleo") == (1.5, False)
