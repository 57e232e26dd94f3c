"""The class as a folder of results has it: points from the gradebook, what the checks said from the notes of the last run.

The gradebook alone decides on points, so that what people changed in formgrader is seen wherever marks are shown.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, GradeCell, Notebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from grading.cells import exercise_of, grade_id, is_graded
from grading.model import ExerciseMark, Outcome, Verdict
from grading.results import hand, late, patience, places, report, rosters, tables
from grading.results.journal import JOURNAL, Journal
from grading.results.late_policy import Policy
from helpers.files import write_bytes


@dataclass(frozen=True)
class RecordedExercise:
    """A graded cell as the gradebook has it."""

    grade_id: str
    points: float

    @property
    def name(self) -> str:
        return exercise_of(self.grade_id)


@dataclass
class Recorded:
    """An assignment in a folder of results."""

    assignment: str
    release: nbformat.NotebookNode
    outcomes: list[Outcome]  # by student, with what people gave by hand and what lateness costs
    automatic: list[Outcome]  # the same without


def read(results: Path, assignment: str) -> Recorded:
    """The class in `results`; raises ValueError where there is no gradebook, or none of this assignment."""
    results = Path(results)
    notebook = results / "release" / assignment / f"{assignment}.ipynb"
    if not (results / "gradebook.db").is_file() or not notebook.is_file():
        raise ValueError(places.without_marks(results, assignment))
    release = nbformat.read(notebook, as_version=4)
    order = [str(grade_id(cell)) for cell in release.cells if is_graded(cell)]
    with connected(results) as connection:
        number, names, most = _declared(connection, results, assignment)
        exercises = [RecordedExercise(name, most[name]) for name in order if name in most]
        given, penalties = hand.read(connection, number, names), late.read(connection, number)
        marks = _automatic(connection, number, names)
    journal = Journal(results / JOURNAL, "")
    outcomes = {s: _outcome(results, journal, s, assignment, exercises, marks[s]) for s in marks}
    return Recorded(assignment, release, hand.all_seen(outcomes, given, penalties), hand.all_seen(outcomes, {}))


def settle(results: Path, assignment: str, policy: Policy | None, roster: Path, outcomes: list[Outcome]) -> list[str]:
    """Write what lateness costs, of the points that `outcomes` have; returns what a person should know."""
    if policy is None:
        return []
    earned = {outcome.student: (outcome.verdict.points, outcome.verdict.max) for outcome in outcomes}
    with connected(results) as connection:
        return late.apply(connection, _declared(connection, results, assignment)[0], policy, roster, earned)


def finish(
    results: Path, assignment: str, outcomes: dict[str, Outcome], given: hand.Hand, policy: Policy | None, roster: Path
) -> tuple[list[Outcome], list[str]]:
    """Tables and report, given who was just marked → (their outcomes with what people gave, what a person should know).

    Whoever is in the gradebook from an earlier run stays in the tables, the report and the roster.
    """
    _add_to_roster(results / places.ROSTER, roster)
    with connected(results) as connection:
        submission, number = SubmittedAssignment.__table__, _declared(connection, results, assignment)[0]
        known = connection.execute(select(submission.c.student_id).where(submission.c.assignment_id == number)).scalars().all()
    there = read(results, assignment).outcomes if set(known) - set(outcomes) else []
    before = [outcome for outcome in there if outcome.student not in outcomes]
    earned = [*hand.all_seen(outcomes, given), *before]
    warnings = settle(results, assignment, policy, results / places.ROSTER if roster.is_file() else roster, earned)
    costs = lateness(results, assignment)
    ordered = hand.all_seen(outcomes, given, costs)
    others = hand.all_seen({outcome.student: outcome for outcome in before}, {}, costs)
    report.write(results, assignment, sorted([*ordered, *others], key=lambda outcome: outcome.student))
    return ordered, warnings


def _add_to_roster(kept: Path, new: Path) -> None:
    """Put the rows of a new roster, if there is one, in place of the same students' in the one that is kept."""
    if not new.is_file():
        return
    if not kept.is_file():
        write_bytes(kept, new.read_bytes(), private=True)
        return
    columns, rows = tables.read(new, ("student",))
    rosters.update(kept, rows, columns)


def lateness(results: Path, assignment: str) -> dict[str, late.Late]:
    """What lateness costs each student whom it costs something."""
    with connected(results) as connection:
        return late.read(connection, _declared(connection, results, assignment)[0])


@contextmanager
def connected(results: Path) -> Iterator[Connection]:
    """A transaction on the gradebook of a folder of results; raises ValueError where it can't be read or written."""
    engine = patience.engine(_url(results))
    try:
        with _told(results), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def opened(results: Path) -> Iterator[Gradebook]:
    """The same gradebook as nbgrader's own interface has it; raises ValueError where it can't be read or written."""
    with _told(results), Gradebook(_url(results)) as book:
        yield book


def _url(results: Path) -> str:
    return f"sqlite:///{(Path(results) / 'gradebook.db').resolve()}"


@contextmanager
def _told(results: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise ValueError(f"{places.unusable(results, error.orig)} and run it again") from None


def _declared(connection: Connection, results: Path, assignment: str) -> tuple[str, dict[str, str], dict[str, float]]:
    """(nbgrader's identifier of the assignment, {cell's identifier: name}, {graded cell's name: most points})."""
    found = connection.execute(select(Assignment.__table__.c.id).where(Assignment.__table__.c.name == assignment)).scalar()
    if found is None:
        raise ValueError(f"the gradebook in {results} has no assignment {assignment}")
    cell, notebook = BaseCell.__table__, Notebook.__table__
    rows = connection.execute(
        select(cell.c.id, cell.c.name, GradeCell.__table__.c.max_score)
        .select_from(cell.join(notebook, cell.c.notebook_id == notebook.c.id))
        .outerjoin(GradeCell.__table__, GradeCell.__table__.c.id == cell.c.id)
        .where(notebook.c.assignment_id == found)
    ).all()
    return found, {row[0]: row[1] for row in rows}, {row[1]: row[2] for row in rows if row[2] is not None}


def _automatic(connection: Connection, assignment_id: str, names: dict[str, str]) -> dict[str, dict[str, float | None]]:
    """{student: {graded cell: the automatic points, None where a person has to mark}}."""
    submission, notebook, grade = SubmittedAssignment.__table__, SubmittedNotebook.__table__, Grade.__table__
    joined = submission.join(notebook, notebook.c.assignment_id == submission.c.id)
    joined = joined.join(grade, grade.c.notebook_id == notebook.c.id)
    chosen = select(submission.c.student_id, grade.c.cell_id, grade.c.auto_score).select_from(joined)
    found: dict[str, dict[str, float | None]] = defaultdict(dict)
    for student, cell, score in connection.execute(chosen.where(submission.c.assignment_id == assignment_id)):
        found[student][names[cell]] = score
    return dict(found)


def _outcome(
    results: Path,
    journal: Journal,
    student: str,
    assignment: str,
    exercises: list[RecordedExercise],
    scores: dict[str, float | None],
) -> Outcome:
    """One student: what the last run noted, with the gradebook's points."""
    noted = journal.last(student)
    if noted is None or noted.assignment != assignment:
        path = Path(results, "autograded", Path(student).name, assignment, f"{assignment}.ipynb")
        notebook = nbformat.read(path, as_version=4) if path.is_file() else None
        noted = Outcome(student, assignment, Verdict(), notebook=notebook)
    known = {mark.grade_id: mark for mark in noted.verdict.exercises}
    marks = [_mark(exercise, known.get(exercise.grade_id), scores.get(exercise.grade_id)) for exercise in exercises]
    return replace(noted, verdict=replace(noted.verdict, exercises=marks))


def _mark(exercise: RecordedExercise, known: ExerciseMark | None, score: float | None) -> ExerciseMark:
    """A mark as it was noted if its points are those of the gradebook; else what the gradebook says and no more."""
    noted = (None if known.status == "manual" else known.points) if known else math.nan
    same = noted is None if score is None else noted is not None and abs(noted - score) < 1e-6
    if known and known.max == exercise.points and same:
        return known
    status = "manual" if score is None else "marked"
    return ExerciseMark(exercise.name, exercise.grade_id, score or 0.0, exercise.points, status)
