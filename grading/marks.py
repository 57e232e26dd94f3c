"""`course marks`: written answers question by question: a page for each, and the marks that come back from it as CSV."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from grading.results import places, tables
from grading.terminal import typed

MOST_COMMENT = 20_000  # characters


@dataclass(frozen=True)
class TypedMark:
    """One row of the CSV: points None where there is only a comment."""

    line: int
    student: str
    question: str
    points: float | None
    comment: str
    answer: str  # digest of the text that was marked; empty where the CSV does not say


def read(path: Path) -> list[TypedMark]:
    """The rows of a CSV of marks; raises ValueError that names the line for what is no mark."""
    _columns, rows = tables.read(path, ("student", "question", "points"))
    found = []
    for line, row in enumerate(rows, 2):
        points = tables.number(row, "points", f"{path}, line {line}") if row["points"].strip() else None
        comment = row.get("comment", "").strip()[:MOST_COMMENT]
        if points is not None or comment:
            found.append(TypedMark(line, row["student"].strip(), row["question"].strip(), points, comment, row.get("answer", "")))
    return found


def take(results: Path, assignment: str, path: Path) -> tuple[int, list[str]]:
    """Write the marks of a CSV into the gradebook → (how many, what was left out and why).

    A mark for a text that has changed since is left out. Raises ValueError, and writes nothing, for a student or question
    that there is not, and for points that are not between 0 and the most.
    """
    from grading.results import answers, recorded

    found, given = recorded.read(results, assignment), read(path)
    now = {o.student: answers.digests(o.notebook, set()) for o in found.outcomes if o.notebook}
    left, taken = [], []
    for row in given:
        if row.answer and row.answer != now.get(row.student, {}).get(row.question):
            left.append(f"{row.student}: the answer has changed since the page was made; look at it again")
        else:
            taken.append(row)
    with recorded.opened(results) as book:
        for row in taken:
            _set(book, assignment, path, row)
        book.db.commit()
    return len(taken), left


def _set(book, assignment: str, path: Path, row: TypedMark) -> None:
    """Put one row where formgrader would put it; nothing is written before the whole file is."""
    from nbgrader.api import MissingEntry

    try:
        grade = book.find_grade(row.question, assignment, assignment, row.student)
    except MissingEntry:
        raise ValueError(f"{path}, line {row.line}: {row.student or 'nobody'} has no answer to {row.question!r}") from None
    if row.points is not None:
        if not 0 <= row.points <= grade.max_score:
            raise ValueError(
                f"{path}, line {row.line}: expected points from 0 to {grade.max_score:g} for {row.student}, got {row.points:g}"
            )
        grade.manual_score, grade.needs_manual_grade = row.points, False
    if row.comment:
        book.find_comment(row.question, assignment, assignment, row.student).manual_comment = row.comment


def add_parser(subparsers) -> None:
    """`course marks page` and `course marks import`."""
    parser = subparsers.add_parser("marks", help="written answers question by question: pages to mark on, and their CSV back")
    doing = parser.add_subparsers(dest="doing", required=True, metavar="page|import")
    pages = doing.add_parser("page", help="a page for each written question, with its rubric and all answers")
    back = doing.add_parser("import", help="marks and comments from a CSV into the gradebook")
    for each in (pages, back):
        places.add_results(each)
    back.add_argument("file", type=Path, nargs="+", help="CSV with student, question, points and, if you like, comment")
    pages.set_defaults(run=write_pages)
    back.set_defaults(run=run_import)


def write_pages(args) -> int:
    """Write the pages and say where they are."""
    import nbformat

    from grading.marking import apart
    from grading.results import questions, recorded

    results = places.results_of(args)
    found = recorded.read(results, args.assignment)
    source = nbformat.read(results / "source" / args.assignment / f"{args.assignment}.ipynb", as_version=4)
    with apart.reading(args.assignment, found.release, results) as reader:
        made = questions.write(results / "questions", found, source, reader.shown)
    for path, waiting in made.items():
        print(f"{path}: {waiting} to mark")
    if not made:
        print(f"{args.assignment} has no written question", file=sys.stderr)
    return 0


def run_import(args) -> int:
    """Take the marks of each file, write the report anew, and say what was left out."""
    from grading.locks import locked
    from grading.results import recorded, report

    results = places.results_of(args)
    recorded.read(results, args.assignment)  # before the lock makes a folder of a name that is wrong
    with locked(results, f"course marks import {args.assignment}"):
        for path in args.file:
            count, left = take(results, args.assignment, path)
            print(f"{count} marks from {path}")
            for said in left:
                print(f"Not taken, {said}", file=sys.stderr)
        report.write(results, args.assignment, recorded.read(results, args.assignment).outcomes)
    print(f"Next: {typed('course', 'feedback', args.assignment, '--results', results)}")
    return 0
