"""A person marks in nbgrader's formgrader, by clicking in a browser: the marks are in the table, the report and the feedback."""

import re

import nbformat
import pytest

from grading import cli
from grading.results import tables
from tests import marking
from tests.by_hand import QUESTION
from tests.real_lab import SECOND, browsing, server

pytestmark = [pytest.mark.slow, pytest.mark.needs("browser", "sandbox")]
SAID = "Good, and at the last step?"
TOTAL = {"ada": (6.5, 15), "bob": (4, 15)}  # four points each for the schedule


def written(text):
    """A submission with the schedule, this text for the question in words, and nothing else."""
    notebook = marking.answered(**marking.LEFT)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == QUESTION:
            cell.source = text
    return notebook


@pytest.fixture
def results(tmp_path):
    """A class of two, marked by `course grade` in the sandbox; both wait for a person."""
    for student, text in (
        ("ada", "It keeps more of the picture."),
        ("bob", "Because <script>document.title = 'owned'</script>."),
    ):
        (tmp_path / "submitted" / student).mkdir(parents=True)
        nbformat.write(written(text), tmp_path / "submitted" / student / f"{marking.NAME}.ipynb")
    marking.course(tmp_path / "course")
    where = ("--submissions", tmp_path / "submitted", "--root", tmp_path / "course", "--out", tmp_path / "graded")
    assert cli.main(["grade", marking.NAME, *map(str, where), "--workers", "0"]) == 0
    return tmp_path / "graded"


def mark(page, student):
    """What a marker does on a submission's page: points and a comment for ada, none for bob."""
    field = page.locator(f"input.score[id={QUESTION}]")
    field.wait_for(timeout=60 * SECOND)
    box = page.locator(".nbgrader_cell", has=field)
    # the page fetches its marks after it is drawn, and listens to its fields only then; the placeholders say so
    for listening in (".extra-credit[placeholder]", "textarea.comment[placeholder]"):
        box.locator(listening).wait_for(timeout=60 * SECOND)
    assert "It destroys information more slowly" in page.locator("body").inner_text()  # the rubric is beside the answer
    with page.expect_response(saved("grade")):
        if student == "ada":
            field.fill("2.5")
            field.press("Tab")
        else:
            box.get_by_role("button", name="No credit").click()
    if student == "ada":
        with page.expect_response(saved("comment")):
            box.locator("textarea.comment").fill(SAID)
            box.locator("textarea.comment").press("Tab")


def saved(kind):
    """A server's answer that it has saved a grade or a comment."""
    return lambda response: f"/formgrader/api/{kind}/" in response.url and response.request.method == "PUT" and response.ok


def test_a_mark_and_a_comment_given_by_clicking_arrive_everywhere(results):
    with server(results) as address, browsing() as context:
        page = context.new_page()
        page.goto(f"{address}/formgrader/gradebook/{marking.NAME}/{marking.NAME}")
        page.locator(".glyphicon-eye-open").first.wait_for(timeout=60 * SECOND)
        for student in TOTAL:
            page.goto(f"{address}/formgrader/gradebook/{marking.NAME}/{marking.NAME}")
            page.locator("tr", has_text=student).locator(".glyphicon-eye-open").click()
            page.get_by_role("link", name=student).click()
            mark(page, student)
            assert page.title() != "owned"
    assert cli.main(["feedback", marking.NAME, "--results", str(results)]) == 0
    rows = tables.read(results / "marks.csv")[1]
    given = {row["student"]: (row["points"], row["status"], row["comment"]) for row in rows if row["exercise"] == QUESTION}
    assert given == {"ada": ("2.5", "by hand", SAID), "bob": ("0", "by hand", "")}
    report = (results / "report.html").read_text(encoding="utf-8")
    for student, (points, most) in TOTAL.items():
        told = (results / "feedback" / student / f"{marking.NAME}.html").read_text(encoding="utf-8")
        assert f"<b>{points:g} of {most:g} points</b>" in told
        assert (SAID in told) == (student == "ada")
        assert re.search(rf"{student}.*?{points:g}", report, re.S)
