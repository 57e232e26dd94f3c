"""What people gave by hand: marks, extra credit and comments, read from the gradebook and put beside the automatic marks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, inspect, literal, or_, select

from grading.model import BY_HAND, ExerciseMark, Outcome
from grading.results.answers import ANSWERS
from grading.results.late import Late

CHANGED = "The answer changed after a person marked it; it waits for another look."


@dataclass(frozen=True)
class Given:
    """What a person gave for one cell: points, None where the automatic mark stands, and a comment."""

    points: float | None = None
    extra: float = 0.0
    waits: bool = False  # for another look, as the answer has changed since
    comment: str = ""


Hand = dict[str, dict[str, Given]]  # {student: {the cell's name: what a person gave}}


def read(connection: Connection, assignment_id: str, names: dict[str, str]) -> Hand:
    """All that people gave in an assignment; `names` are the cells' names by nbgrader's identifier."""
    found: Hand = defaultdict(dict)
    grade, comment = Grade.__table__, Comment.__table__
    given = or_(grade.c.manual_score.is_not(None), grade.c.extra_credit.is_not(None))
    known = inspect(connection).has_table(ANSWERS.name)  # not in a gradebook of an earlier version
    of_answer = (ANSWERS.c.notebook_id == grade.c.notebook_id, ANSWERS.c.cell_id == grade.c.cell_id)
    again = select(ANSWERS.c.waits).where(*of_answer).scalar_subquery() if known else literal(False)
    columns = (grade.c.cell_id, grade.c.manual_score, grade.c.extra_credit, grade.c.needs_manual_grade, again)
    for student, cell, points, extra, *waits in connection.execute(_of_students(grade, assignment_id, columns).where(given)):
        found[student][names[cell]] = Given(points, extra or 0.0, all(waits))
    rows = _of_students(comment, assignment_id, (comment.c.cell_id, comment.c.manual_comment))
    for student, cell, text in connection.execute(rows.where(comment.c.manual_comment.is_not(None))):
        if text.strip():
            found[student][names[cell]] = replace(found[student].get(names[cell], Given()), comment=text.strip())
    return dict(found)


def _of_students(table, assignment_id: str, columns):
    notebook, submission = SubmittedNotebook.__table__, SubmittedAssignment.__table__
    joined = table.join(notebook, table.c.notebook_id == notebook.c.id)
    joined = joined.join(submission, notebook.c.assignment_id == submission.c.id)
    chosen = select(submission.c.student_id, *columns).select_from(joined)
    return chosen.where(submission.c.assignment_id == assignment_id)


def seen(outcome: Outcome, given: dict[str, Given]) -> Outcome:
    """The outcome with what people gave in it; the outcome itself stays as it is."""
    if not given:
        return outcome
    marks = [_marked(mark, given.get(mark.grade_id), given.get(mark.name)) for mark in outcome.verdict.exercises]
    return replace(outcome, verdict=replace(outcome.verdict, exercises=marks))


def all_seen(outcomes: dict[str, Outcome], given: Hand, penalties: dict[str, Late] | None = None) -> list[Outcome]:
    """The class, sorted, with what people gave in it and what lateness costs."""
    made = []
    for student in sorted(outcomes):
        outcome, late = seen(outcomes[student], given.get(student, {})), (penalties or {}).get(student)
        made.append(replace(outcome, penalty=late.penalty, lateness=late.said) if late else outcome)
    return made


def _marked(mark: ExerciseMark, graded: Given | None, answered: Given | None) -> ExerciseMark:
    """One mark: points belong to the graded cell, comments to the answer's."""
    comments = [one.comment for one in dict.fromkeys((graded, answered)) if one and one.comment]
    mark = replace(mark, comment="\n\n".join(comments))
    if graded is None:
        return mark
    if graded.points is None:
        return replace(mark, points=mark.points + graded.extra)
    said = CHANGED if graded.waits else "" if mark.status in ("manual", "empty") else mark.message
    return replace(mark, points=graded.points + graded.extra, status=BY_HAND, message=said, changed=graded.waits)
