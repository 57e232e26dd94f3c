"""Lateness in nbgrader's own columns: due date, extension, when it was handed in, and the points that this costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, select, update

from grading.results import rosters
from grading.results.late_policy import Policy
from grading.terminal import some

HANDED_IN = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Late:
    """What lateness costs one student."""

    penalty: float
    said: str


def apply(
    connection: Connection, assignment_id: str, policy: Policy, roster: Path, earned: dict[str, tuple[float, float]]
) -> list[str]:
    """Write each student's lateness, given {student: (points, most)}; returns what a person should know.

    Raises ValueError without a roster: nobody knows then who was late.
    """
    if not roster.is_file():
        raise ValueError(f"there is no {roster}, which says when each was handed in: `course collect` makes it")
    rows = rosters.read(roster)
    warnings, untimed, met = [], [], set()
    submission, notebook = SubmittedAssignment.__table__, SubmittedNotebook.__table__
    of_this = submission.c.assignment_id == assignment_id
    assignment = Assignment.__table__
    connection.execute(update(assignment).where(assignment.c.id == assignment_id).values(duedate=_utc(policy.due)))
    for number, student in connection.execute(select(submission.c.id, submission.c.student_id).where(of_this)).all():
        row = rows.get(student, {})
        names = [name for name in (student, row.get("name", ""), row.get("number", "")) if name]
        met |= set(names)
        due, handed_in = policy.due_for(*names), _time(row.get("handed_in", ""))
        days = policy.days(handed_in, due) if handed_in else 0
        if handed_in is None:
            untimed.append(student)
        elif row.get("late") and not days and due == policy.due:
            warnings.append(f"{student}: the platform says late, the due date and the time of the file do not.")
        penalty = policy.penalty(days, *earned.get(student, (0.0, 0.0)))
        times = {"timestamp": _utc(handed_in) if handed_in else None, "extension": due - policy.due}
        connection.execute(update(submission).where(submission.c.id == number).values(**times))
        changed = update(notebook).where(notebook.c.assignment_id == number)
        connection.execute(changed.values(late_submission_penalty=penalty))
    if untimed:
        warnings.append(f"It is not known when these were handed in, so nothing is taken off: {some(untimed)}")
    strangers = [who for who in policy.extensions if who not in met]
    if strangers:
        warnings.append(f"Extensions for people who handed nothing in: {some(strangers)}")
    return warnings


def read(connection: Connection, assignment_id: str) -> dict[str, Late]:
    """{student: what lateness costs} of those whom it costs something."""
    submission, notebook, assignment = SubmittedAssignment.__table__, SubmittedNotebook.__table__, Assignment.__table__
    joined = submission.join(notebook, notebook.c.assignment_id == submission.c.id)
    joined = joined.join(assignment, assignment.c.id == submission.c.assignment_id)
    columns = (submission.c.timestamp, submission.c.extension, assignment.c.duedate, notebook.c.late_submission_penalty)
    chosen = select(submission.c.student_id, *columns).select_from(joined).where(submission.c.assignment_id == assignment_id)
    found = {}
    for student, handed_in, extension, due, penalty in connection.execute(chosen):
        if penalty:
            said = "Handed in late"
            if handed_in and due:
                due = due + extension if extension else due
                said += f": on {_local(handed_in)}, due on {_local(due)}"
            found[student] = Late(penalty, said)
    return found


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), HANDED_IN)
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime:
    """As nbgrader keeps times."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _local(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=timezone.utc).astimezone():%d %B %Y, %H:%M}"
