"""What the instructor opens after grading: marks.csv, flags.csv, repairs.csv, feedback for each student, report.html."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

from grading.cells import grade_id, role
from grading.model import STATUSES, Outcome
from grading.results import earlier, similarity, tables
from grading.results.earlier import Answers
from grading.results.pages import render
from grading.results.summary import CATEGORIES, Summary, category_of, summarise
from helpers.files import write_bytes

MARKS = ["student", "exercise", "points", "max", "status", "message", "comment", "flags"]
FLAGS = ["student", "exercise", "kind", "detail"]
REPAIRS = ["student", "cell", "kind", "detail"]
COLOURS = {"full": "#2b7a5b", "partial": "#e3a72f", "zero": "#c2452d", "unattempted": "#b9c0c8", "waiting": "#6f8fc4"}
SHOWN = 60  # rows of a long table on the page; all are in the CSV files
BINS = 10


def write(out_dir: Path, assignment: str, outcomes: list[Outcome]) -> None:
    """Write the tables and the page of the class."""
    out_dir = Path(out_dir)
    outcomes = sorted(outcomes, key=lambda outcome: outcome.student)
    write_tables(out_dir, outcomes)
    made = page(assignment, outcomes, earlier=earlier.kept(out_dir))
    write_bytes(out_dir / "report.html", made.encode("utf-8", "replace"))


def write_tables(out_dir: Path, outcomes: list[Outcome]) -> None:
    """Write marks.csv, flags.csv and repairs.csv."""
    marks, flags, repairs = [], [], []
    for outcome in outcomes:
        who = {"student": outcome.student}
        for mark in outcome.verdict.exercises:
            row = {"exercise": mark.name, "points": mark.points, "max": mark.max}
            said = {"status": mark.status, "message": outcome.problem or mark.message, "comment": mark.comment}
            kinds = dict.fromkeys(flag.kind for flag in outcome.verdict.flags if flag.exercise == mark.name)
            marks.append({**who, **row, **said, "flags": ", ".join(kinds)})
        if outcome.penalty:
            row = {"exercise": "late", "points": outcome.points - outcome.verdict.points, "max": 0}
            marks.append({**who, **row, "status": "late", "message": outcome.lateness})
        if not outcome.verdict.exercises:
            marks.append({**who, "points": 0, "max": 0, "status": "unread", "message": outcome.problem})
        flags += [{**who, **vars(flag)} for flag in outcome.verdict.flags]
        repairs += [{**who, **vars(repair)} for repair in outcome.repairs]
    tables.write(out_dir / "marks.csv", MARKS, marks)
    tables.write(out_dir / "flags.csv", FLAGS, flags)
    tables.write(out_dir / "repairs.csv", REPAIRS, repairs)


def page(assignment: str, outcomes: list[Outcome], now: datetime | None = None, earlier: Answers | None = None) -> str:
    """report.html: one page without scripts or anything from outside; all that comes from students is escaped."""
    summary = summarise(outcomes)
    return render(
        "report.html.j2",
        assignment=assignment,
        when=(now or datetime.now()).strftime("%d %B %Y, %H:%M"),
        summary=summary,
        bars=histogram(summary),
        groups=similarity.groups(answers(outcomes), earlier),
        flags=[(outcome.student, flag) for outcome in outcomes for flag in outcome.verdict.flags],
        marks={o.student: {mark.name: mark for mark in o.verdict.exercises} for o in outcomes},
        category_of=category_of,
        categories=CATEGORIES,
        colours=COLOURS,
        statuses=STATUSES,
        shown=SHOWN,
        earlier=bool(earlier),
    )


def histogram(summary: Summary) -> list[tuple[str, int, float]]:
    """The score distribution as (range in per cent, students, share of the highest bar)."""
    counts = [0] * BINS
    for share in summary.scores:
        counts[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    top = max([*counts, 1])
    width = 100 // BINS
    return [(f"{k * width} to {(k + 1) * width} %", count, count / top) for k, count in enumerate(counts)]


def answers(outcomes: list[Outcome]) -> dict[str, dict[str, str]]:
    """{exercise: {student: source}} of the coded answers that were attempted."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for outcome in outcomes:
        cells = outcome.notebook.cells if outcome.notebook else []
        left = {mark.name for mark in outcome.verdict.exercises if mark.status == "unattempted"}
        for cell in cells:
            name = grade_id(cell)
            if name and role(cell) == "answer" and name not in left:
                found[name][outcome.student] = cell.source
    return found
