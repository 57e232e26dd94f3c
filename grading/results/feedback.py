"""Feedback for one student: what each exercise earned and why, beside the student's own answer.

It comes with the automatic marks, and again with what people gave by hand: in milliseconds, without scripts and without
anything from outside. What waits for a person counts 0 until it is marked, here as in marks.csv, the report and the export.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grading.cells import grade_id, is_solution
from grading.model import BY_HAND, STATUSES, ExerciseMark, Outcome
from grading.notebooks.written import with_pictures
from grading.results import formulas
from grading.results.headings import Headings
from grading.results.pages import render
from helpers.files import write_bytes

WAITING = "A person will mark this answer."


def write(folder: Path, outcome: Outcome, names: Headings | None = None, drawn: bool = False) -> Path:
    """Write `folder`/<student>/<assignment>.html and return its path."""
    path = path_of(folder, outcome)
    write_bytes(path, page(outcome, names, drawn).encode("utf-8", "replace"))
    return path


def path_of(folder: Path, outcome: Outcome) -> Path:
    """Where a student's page lies."""
    return Path(folder) / Path(outcome.student).name / f"{outcome.assignment}.html"


def page(outcome: Outcome, names: Headings | None = None, drawn: bool = False) -> str:
    """One student's feedback as HTML, with the notebook's headings; HTML that the student wrote is shown as text.

    `drawn` formulas take some 50 ms each; else they are shown as they were typed.
    """
    names = names or Headings()
    marks = outcome.verdict.exercises
    return render(
        "feedback.html.j2",
        outcome=outcome,
        title=names.title or outcome.assignment,
        shown=outcome.problem is None or any(mark.status == BY_HAND for mark in marks),
        points=outcome.points,
        total=outcome.verdict.max,
        waiting=sum(mark.max for mark in marks if mark.status == "manual"),
        exercises=[
            (mark, names.of(mark), tone(mark), said(mark), _comment(mark, drawn), *answer(outcome, mark, drawn)) for mark in marks
        ],
        style=_style(),
    )


def tone(mark: ExerciseMark) -> str:
    """A class name for the colour of an exercise."""
    if mark.status == "manual":
        return "waiting"
    return "full" if mark.points >= mark.max else "partial" if mark.points > 0 else "zero"


def said(mark: ExerciseMark) -> str:
    """One sentence on how the exercise came out."""
    if mark.status == "manual":
        return WAITING
    if mark.status == BY_HAND:
        return mark.message or "Marked by a person."
    return mark.message or STATUSES.get(mark.status, mark.status).capitalize() + "."


def _comment(mark: ExerciseMark, drawn: bool):
    from markupsafe import Markup

    return Markup(formulas.markdown(mark.comment, drawn)) if mark.comment else ""


def answer(outcome: Outcome, mark: ExerciseMark, drawn: bool = False):
    """The student's answer to an exercise as (safe HTML, is it code?), or (None, False) when there is none."""
    from markupsafe import Markup
    from pygments import highlight

    for cell in outcome.notebook.cells if outcome.notebook else ():
        if is_solution(cell) and grade_id(cell) in (mark.grade_id, mark.name):
            source = cell.source[:50_000]
            if cell.cell_type == "code":
                return Markup(highlight(source, *_highlighter())), True
            return Markup(formulas.markdown(with_pictures(source, cell), drawn)), False
    return None, False


@cache
def _highlighter(style: str = "xcode"):
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(), HtmlFormatter(nowrap=True, style=style)


@cache
def _style() -> str:
    light, dark = (_highlighter(style)[1].get_style_defs("pre.code") for style in ("xcode", "github-dark"))
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
