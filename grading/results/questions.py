"""One written question across the class on one page: the rubric, every answer, and a CSV of marks to download.

The page needs no network. Its one script fills the CSV and keeps what was typed in the browser; `course marks import` takes the
CSV. What students wrote is cleaned of all that could act, and the page's policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from grading.cells import grade_id, is_graded, is_solution
from grading.model import BY_HAND, ExerciseMark
from grading.notebooks.written import rubrics, with_pictures
from grading.results import answers
from grading.results.headings import HEADING, headings
from grading.results.pages import render
from grading.results.recorded import Recorded
from helpers.files import write_bytes

COLUMNS = ["student", "question", "points", "comment", "answer"]
SCRIPT = Path(__file__).parent / "templates" / "question.js"
Shown = Callable[[str], str]  # Markdown → HTML that can't act


@dataclass(frozen=True)
class ShownAnswer:
    """One student's answer to the question, as the page shows it."""

    student: str
    mark: ExerciseMark
    html: Markup
    digest: str  # of the text that is marked

    @property
    def marked(self) -> bool:
        return self.mark.status == BY_HAND and not self.mark.changed

    @property
    def points(self) -> str:
        return f"{round(self.mark.points, 6):g}" if self.mark.status == BY_HAND else ""


def write(folder: Path, found: Recorded, source, shown: Shown) -> dict[Path, int]:
    """Write `folder`/<question>.html for each written question of the instructor's notebook; {page: answers that wait}."""
    about = rubrics(source)
    written = [cell for cell in source.cells if is_graded(cell) and is_solution(cell)]
    made = {}
    for cell in written:
        name = str(grade_id(cell))
        rows = _answers(found, name, shown)
        text = page(found, name, about.get(name, ""), rows, shown)
        path = Path(folder) / f"{Path(name).name}.html"
        write_bytes(path, text.encode("utf-8", "replace"))
        made[path] = sum(not row.marked for row in rows)
    return made


def page(found: Recorded, name: str, rubric: str, rows: list[ShownAnswer], shown: Shown) -> str:
    """The page of one question."""
    script = SCRIPT.read_text(encoding="utf-8")
    names, question = headings(found.release), _question(found.release, name)
    return render(
        "question.html.j2",
        assignment=found.assignment,
        title=names.exercises.get(name, name),
        name=name,
        question=Markup(shown(question)) if question else "",
        rubric=Markup(shown(rubric)),
        rows=rows,
        most=max((row.mark.max for row in rows), default=0.0),
        script=Markup(script),
        policy="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _question(release, name: str) -> str:
    """The last text before the answer in the students' notebook, from its last heading on."""
    before = ""
    for cell in release.cells:
        if grade_id(cell) == name:
            return before[max([0, *(found.start() for found in HEADING.finditer(before))]) :]
        before = cell.source if cell.cell_type == "markdown" else before
    return ""


def _answers(found: Recorded, name: str, shown: Shown) -> list[ShownAnswer]:
    """Those that wait first, then those that a person marked; empty ones and lost ones are not there."""
    rows = []
    for outcome in found.outcomes:
        mark = next((each for each in outcome.verdict.exercises if each.grade_id == name), None)
        cells = outcome.notebook.cells if outcome.notebook else ()
        cell = next((each for each in cells if grade_id(each) == name), None)
        if mark and cell and mark.status != "empty":
            html = Markup(shown(with_pictures(cell.source[:50_000], cell)))
            rows.append(ShownAnswer(outcome.student, mark, html, answers.digest(cell.source)))
    return sorted(rows, key=lambda row: (row.marked, row.student))
