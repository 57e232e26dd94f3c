"""Which text an answer had when it was last marked: a mark given by hand is for that text, and for no other.

Noted in a table of our own beside nbgrader's, in the transaction that writes the marks.
"""

from __future__ import annotations

import hashlib

from nbgrader.api import Grade
from sqlalchemy import Boolean, Column, Connection, MetaData, String, Table, delete, insert, select

from grading.cells import grade_id, is_graded, is_solution

ANSWERS = Table(
    "course_answer",
    MetaData(),
    Column("notebook_id", String(32), primary_key=True),
    Column("cell_id", String(32), primary_key=True),
    Column("digest", String(32), nullable=False),
    Column("waits", Boolean, nullable=False),  # marked by hand, then changed, and not looked at since
)


def noted(connection: Connection, notebook: str) -> dict[str, tuple[str, bool]]:
    """{cell: (digest of the answer, whether it waits for another look)} of a student's notebook."""
    rows = connection.execute(select(ANSWERS).where(ANSWERS.c.notebook_id == notebook))
    return {row.cell_id: (row.digest, row.waits) for row in rows}


def note(connection: Connection, notebook: str, digests: dict[str, str]) -> None:
    """Note the answers' texts, after the marks were written."""
    grade = Grade.__table__
    marked = (grade.c.notebook_id == notebook, grade.c.manual_score.is_not(None), grade.c.needs_manual_grade)
    waiting = set(connection.execute(select(grade.c.cell_id).where(*marked)).scalars())
    connection.execute(delete(ANSWERS).where(ANSWERS.c.notebook_id == notebook))
    rows = [{"notebook_id": notebook, "cell_id": c, "digest": d, "waits": c in waiting} for c, d in digests.items()]
    if rows:
        connection.execute(insert(ANSWERS), rows)


def digests(notebook, ours: set[str]) -> dict[str, str]:
    """{grade_id: digest of the answer's text}; an answer in code is its cell, and the cells before it that are none of `ours`.

    The answer's own cell counts even if it is as the course gave it: a new version of the assignment is no new answer.
    """
    found: dict[str, str] = {}
    code: list[str] = []
    for cell in notebook.cells:
        if is_graded(cell):
            name = str(grade_id(cell))
            if is_solution(cell):
                found[name] = digest(cell.source)
            else:
                found[name] = digest("\n\n".join(code))
                code = []
        elif cell.cell_type == "code" and (is_solution(cell) or cell.source not in ours):
            code.append(cell.source)
    return found


def digest(text: str) -> str:
    """A short name for a text; white space at the ends of lines does not count."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32]
