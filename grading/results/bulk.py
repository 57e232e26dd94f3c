"""Feedback for a whole class in the form in which Moodle and Canvas take it back.

Moodle ("Upload multiple feedback files in a zip") splits a folder's name at `_`: the second part has to be the participant's
number, the next two `assignsubmission_file`, so that no `_` may be in the name before. Canvas ("Upload submissions") takes the
first two numbers between `_` in a file's name for user and handed-in file, and shows what comes back under that file's name:
a notebook has to come back as a notebook.
"""

from __future__ import annotations

import re
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from grading.cells import grade_id
from grading.intake.download import entries
from grading.intake.platforms import group
from grading.model import Outcome
from grading.packing import packed
from grading.results import feedback, rosters
from grading.results.headings import Headings, headings
from grading.results.marked import text_of, with_marks
from grading.results.recorded import Recorded
from helpers.files import write_bytes

CANVAS_FILE = re.compile(r".*?_(?:LATE_)?\d+_\d+_.+\.ipynb", re.DOTALL)


def moodle(target: Path, results: Path, found: Recorded, roster: Path) -> dict[str, str]:
    """Write the zip for Moodle; returns {student who is not in it: why}. Raises ValueError without a roster."""
    if not roster.is_file():
        raise ValueError(f"there is no {roster}: `course collect` makes it, and --roster says where it lies")
    known = rosters.read(roster)
    left: dict[str, str] = {}
    files: dict[str, bytes] = {}
    numbers: dict[str, str] = {}
    for outcome in found.outcomes:
        row = known.get(outcome.student, {})
        if row.get("platform") != "moodle" or not row.get("number"):
            left[outcome.student] = f"of whom {roster} has no number of Moodle's"
            continue
        other = numbers.setdefault(row["number"], outcome.student)
        if other != outcome.student:
            raise ValueError(f"{other} and {outcome.student} have one number in {roster}: feedback would reach the wrong person")
        name = re.sub(r'[\x00-\x1f\x7f_/\\:*?"<>|]+', " ", row["name"]).strip(" .") or "student"
        page = feedback.path_of(results / "feedback", outcome).read_bytes()
        files[f"{name}_{row['number']}_assignsubmission_file_/{found.assignment}-feedback.html"] = page
    write_bytes(target, packed(files), private=True)
    return left


def canvas(target: Path, found: Recorded, download: Path, roster: Path | None = None) -> dict[str, str]:
    """Write the zip for Canvas, given its download; returns {student who is not in it: why}.

    The roster's number tells a student who has another name in this download than in the one that was marked.
    """
    names, known = headings(found.release), rosters.read(roster) if roster and roster.is_file() else {}
    with entries(Path(download)) as listed:
        students = group(listed, found.assignment, zipped=Path(download).is_file())
        given = {s.student: [entry.parts[-1] for _, entry in s.files] for s in students if s.platform == "canvas"}
        called = {s.number: s.student for s in students if s.platform == "canvas"}
    left, files = {}, {}
    for outcome in found.outcomes:
        student = called.get(known.get(outcome.student, {}).get("number", ""), outcome.student)
        notebooks = [name for name in given.get(student, []) if CANVAS_FILE.fullmatch(name)]
        if not notebooks:
            why = "whose notebook's name in the download has no numbers" if student in given else f"not in {download}"
            left[outcome.student] = why
            continue
        files[notebooks[0]] = text_of(notebook(outcome, names)).encode("utf-8", "replace")
    write_bytes(target, packed(files), private=True)
    return left


def notebook(outcome: Outcome, names: Headings) -> NotebookNode:
    """The student's notebook with its marks: a cell at the top with the sum, one after each graded cell with what it earned."""
    verdict = outcome.verdict
    marks = {mark.grade_id: mark for mark in verdict.exercises}
    told = f"**{round(outcome.points, 2):g} of {verdict.max:g} points**"
    if outcome.penalty:
        told += f"\n\n{outcome.lateness}. That costs {outcome.penalty:g} points."
    head = f"# Feedback: {names.title or outcome.assignment}\n\n{told}"
    if outcome.problem:
        head += f"\n\nThe submission could not be marked. {outcome.problem}"
    cells = [new_markdown_cell(head, id="feedback")]
    if outcome.notebook is None:
        return new_notebook(cells=cells)
    for number, cell in enumerate(with_marks(outcome.notebook, verdict).cells):
        cells.append(cell)
        mark = marks.get(grade_id(cell) or "")
        if mark:
            points = "" if mark.status == "manual" else f"{round(mark.points, 2):g} "
            text = f"**{names.of(mark)}: {points}of {mark.max:g} points.** {feedback.said(mark)}"
            text += f"\n\n**From your marker:** {mark.comment}" if mark.comment else ""
            cells.append(new_markdown_cell(text, id=f"feedback-{number}"))
    return NotebookNode(outcome.notebook, cells=cells, nbformat=4, nbformat_minor=5)
