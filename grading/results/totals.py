"""What each student has over an assignment, and who that is for a platform: the sums that every export starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grading.cells import exercise_of
from grading.results import places, rosters, tables

PART = r"\w+ -?[\d.]+(?:/[\d.]+)?"
DETAILS = re.compile(rf"\s*(?:<p>)?{PART}(?:, {PART})*(?:</p>)?\s*")  # a total's details, as a platform gives them back


@dataclass
class Total:
    """One student's sum over an assignment."""

    student: str
    points: float
    max: float
    waiting: int = 0  # written answers that nobody has marked yet
    details: str = ""  # points exercise by exercise
    name: str = ""
    number: str = ""  # the platform's own number for the student
    platform: str = ""  # where number and name come from; empty when they were read off the identifier


def totals(results: Path, assignment: str, roster: Path | None = None) -> list[Total]:
    """Sums from the gradebook of a folder of results, marks given by hand included; from marks.csv if there is none.

    `roster` is the students.csv of `course collect`; without it name and number are read off the identifiers. Raises
    ValueError when the folder holds no results of this assignment.
    """
    results = Path(results)
    if (results / "gradebook.db").is_file():
        found = _from_gradebook(results, assignment)
    elif (results / "marks.csv").is_file():
        found = _from_marks(results / "marks.csv")
    else:
        raise ValueError(places.without_marks(results, assignment))
    known = rosters.read(roster) if roster and roster.is_file() else {}
    for total in found:
        row = known.get(total.student, {})
        numbered = re.fullmatch(r"(.+)_(\d+)(-\d+)?", total.student)
        guessed = numbered[1].replace("_", " ") if numbered else total.student
        total.name = row.get("name") or guessed
        total.number = row.get("number") or (numbered[2] if numbered else "")
        total.platform = row.get("platform", "")
    return sorted(found, key=lambda total: total.student)


def _from_gradebook(results: Path, assignment: str) -> list[Total]:
    from nbgrader.api import MissingEntry

    from grading.results import recorded

    with recorded.opened(results) as book:
        try:
            submissions = book.find_assignment(assignment).submissions
        except MissingEntry as error:
            known = ", ".join(a.name for a in book.assignments) or "none"
            raise ValueError(f"the gradebook in {results} has no assignment {assignment}; it has: {known}") from error
        found = []
        for submission in submissions:
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            waiting = sum(grade.needs_manual_grade and grade.manual_score is None for grade in grades)
            points = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
            details = ", ".join(f"{exercise_of(g.name)} {g.score:g}/{g.max_score:g}" for g in grades)
            if submission.late_submission_penalty:
                details += f", late {points - submission.score:g}"
            found.append(Total(submission.student.id, points, submission.max_score, waiting, details))
        return found


def _from_marks(path: Path) -> list[Total]:
    found: dict[str, Total] = {}
    for line, row in enumerate(tables.read(path, ("student", "exercise", "points", "max", "status"))[1], 2):
        total = found.setdefault(row["student"], Total(row["student"], 0.0, 0.0))
        points, most = (tables.number(row, key, f"{path}, line {line}") if row[key] else 0.0 for key in ("points", "max"))
        total.points, total.max = total.points + points, total.max + most
        total.waiting += row["status"] == "manual"
        part = f"{row['exercise']} {row['points']}/{row['max']}"
        total.details = f"{total.details}, {part}" if total.details else part
    return list(found.values())


def unread(results: Path) -> list[str]:
    """Students of whose submission something could not be read and has no mark of a person's yet."""
    path = Path(results) / "marks.csv"
    rows = tables.read(path)[1] if path.is_file() else []
    return list(dict.fromkeys(row["student"] for row in rows if row["status"] == "unread"))


def by_number(found: list[Total]) -> dict[str, Total]:
    """{the platform's number: total}; raises ValueError where two students have one."""
    by_number: dict[str, Total] = {}
    for total in found:
        other = by_number.setdefault(total.number, total) if total.number else total
        if other is not total:
            raise ValueError(
                f"{other.student} and {total.student} both have the platform's number {total.number}: one mark would reach "
                "the wrong person. Correct the number in students.csv"
            )
    return by_number
