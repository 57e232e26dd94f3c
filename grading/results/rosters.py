"""students.csv, the roster: what a platform calls each student, and when each handed in. `course collect` makes it."""

from __future__ import annotations

from pathlib import Path

from grading.results import tables

COLUMNS = ["student", "name", "platform", "number", "late", "handed_in", "files"]


def read(path: Path) -> dict[str, dict[str, str]]:
    """{student: row}; raises ValueError for a file that is no roster."""
    return {row["student"]: row for row in tables.read(path, ("student",))[1]}


def update(path: Path, rows: list[dict], columns: list[str] = COLUMNS) -> None:
    """Put rows in place of the same students' in the roster at `path`, which is made if it is not there.

    The other students stay, and so does what stands in further columns, which a person may have added.
    """
    there, rows_there = tables.read(path, ("student",)) if path.is_file() else ([], [])
    known = {row["student"]: row for row in rows_there}
    known |= {row["student"]: known.get(row["student"], {}) | row for row in rows}
    tables.write(path, list(dict.fromkeys([*columns, *there])), [known[student] for student in sorted(known)])
