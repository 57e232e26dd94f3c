"""Mark a whole class: workers mark, one writer (this process) records, and nothing is lost if any of them dies.

A student's outcome is written to the gradebook first and to the journal last; `resume` skips whoever is in the journal with
the same files. Trouble of the grader's own costs another try, and if it stays the student waits for a person or the next run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from sqlalchemy.exc import DatabaseError
from tqdm import tqdm

from grading.locks import in_use, locked
from grading.marking import workers as processes
from grading.marking.judge import Judge, NotNow
from grading.marking.marker import Job, Marker
from grading.marking.workers import GivenUp
from grading.model import Outcome
from grading.results import earlier, places
from grading.results.journal import JOURNAL, Journal
from grading.sandbox.host import Sandbox
from grading.sandbox.supervision import SandboxLost

if TYPE_CHECKING:
    from grading.results.gradebook import Book
    from grading.results.hand import Hand
    from grading.results.late_policy import Policy

TABLES_EVERY = 10.0  # seconds: how often marks.csv grows; writing it never takes more than a fiftieth of the time


def run(
    submissions: Path,
    out: Path,
    assignment: str,
    *,
    root: Path,
    workers: int | None = None,
    scheduler: str = "",
    resume: bool = False,
    backend: str = "auto",
    old: dict[str, Path] | None = None,
    policy: Policy | None = None,
) -> list[Outcome]:
    """Mark every folder of `submissions` and write all results below `out`; returns the outcomes, sorted by student.

    `workers` is the number of processes (0: this one alone), `scheduler` the address of a Dask scheduler to use instead, `old`
    {whose: notebook} of earlier years to compare with, `policy` what late work costs.
    Raises ValueError if there is nothing to mark, no sandbox, the instructor's own solution does not pass, somebody else
    holds `out`, or it can't be written; NotNow if this machine failed and another run may do.
    """
    submissions, out = Path(submissions), Path(out)
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"the results can't go to {out}, inside the submissions {submissions}: name another folder with --out")
    source, release = (_notebook(root, folder, assignment) for folder in ("solutions", "notebooks"))
    students = student_folders(submissions)
    alone = workers == 0 and not scheduler
    with told_in_one_line(out), ExitStack() as stack:
        stack.enter_context(locked(out, f"course grade {assignment}"))
        sandbox = stack.enter_context(Sandbox(backend, hide=(submissions.resolve(), out.resolve())))
        sandbox.start()  # it warms up on one core, the workers on another, while this process goes on
        if not alone and not scheduler:
            processes.preload()
        from grading.results.gradebook import Book

        texts = {"source": nbformat.writes(source), "release": nbformat.writes(release)}
        journal = Journal(out / JOURNAL, f"{assignment} {texts['source']} {texts['release']}")
        kept = _earlier(journal, students) if resume else {}
        marker = stack.enter_context(_calibrated(Judge(source, assignment, sandbox), texts, out, alone))
        book = stack.enter_context(Book(out, assignment, source, release))
        todo = {name: os.path.abspath(folder) for name, folder in students.items() if name not in kept}
        outcomes = _record(_marked(marker, todo, workers, scheduler), kept, students, book, journal)
        if old:
            earlier.keep(out, earlier.gather(old, release, marker.reader.clean))
        return _finish(outcomes, set(kept), book, marker, policy, submissions / places.ROSTER)


def _record(
    marked: Iterator[str], kept: dict[str, Outcome], students: dict[str, Path], book: Book, journal: Journal
) -> dict[str, Outcome]:
    """Record each outcome as it comes, and those that an earlier run kept where the gradebook lacks them; returns all."""
    for outcome in kept.values():
        if not book.knows(outcome.student):  # a gradebook that was lost or spoilt and moved away
            book.record(outcome)
    outcomes, tables = dict(kept), _Growing(book.folder, book.by_hand())
    tqdm.monitor_interval = 0  # no thread beside this one, which forks
    bar = tqdm(marked, total=len(students), initial=len(kept), unit="submission", desc=book.assignment, smoothing=0.05)
    for text in bar:
        outcome = Outcome.from_json(text)
        book.record(outcome)
        if not outcome.verdict.interrupted():
            journal.write(outcome.student, text, students[outcome.student])
        outcomes[outcome.student] = outcome
        tables.write(outcomes)
    return outcomes


def _finish(
    outcomes: dict[str, Outcome], kept: set[str], book: Book, marker: Marker, policy: Policy | None, roster: Path
) -> list[Outcome]:
    """Settle lateness, write what a whole class has, and show again what a page of automatic marks alone does not know."""
    from grading.results import recorded

    given = book.by_hand()
    ordered, warnings = recorded.finish(book.folder, book.assignment, outcomes, given, policy, roster)
    for warning in warnings:
        print(warning, file=sys.stderr)
    for outcome in ordered:
        # the page of the automatic marks knows nothing of these; one that was kept may know what holds no longer
        if outcome.student in given or outcome.penalty or outcome.student in kept:
            marker.show(outcome)
    return ordered


def _calibrated(judge: Judge, texts: dict[str, str], out: Path, alone: bool) -> Marker:
    """A marker whose judge has marked the instructor's own solution; its job tells other processes what that took."""
    judge.calibrate()
    sandbox = judge.sandbox
    job = Job(
        judge.assignment.name,
        **texts,
        out=str(out.resolve()),
        backend=sandbox.backend.name,
        limits=judge.limits,
        preload=sandbox.preloaded,
        hide=tuple(map(str, sandbox.plan.hide)),
        listener="" if alone else sandbox.share(),
    )
    return Marker(job, judge)


def _marked(marker: Marker, todo: dict[str, str], workers: int | None, scheduler: str) -> Iterator[str]:
    """Outcomes of {student: folder}, as JSON, in the order in which they are ready."""
    found: Iterator[str | GivenUp]
    if scheduler:
        from grading.marking.scheduler import marked_by  # Dask, which the others do without

        found = marked_by(scheduler, marker.job, todo)
    elif workers == 0:
        found = map(marker.mark, todo.values())
    else:
        found = processes.marked_locally(marker.job, todo, workers or os.cpu_count() or 1)
    for said in found:
        if isinstance(said, GivenUp):
            said = marker.given_up(said.student, said.attempts, "the process that marked was lost")
        yield said


class _Growing:
    """marks.csv, flags.csv and repairs.csv as far as they go."""

    def __init__(self, out: Path, given: Hand):
        self.out, self.given, self.due = out, given, 0.0

    def write(self, outcomes: dict[str, Outcome]) -> None:
        from grading.results import hand, report

        started = time.monotonic()
        if started >= self.due:
            report.write_tables(self.out, hand.all_seen(outcomes, self.given))
            now = time.monotonic()
            self.due = now + max(TABLES_EVERY, 50 * (now - started))


@contextmanager
def told_in_one_line(out: Path) -> Iterator[None]:
    """Trouble with the folder of results or the sandbox as a ValueError: what it is, and how to go on.

    Raises NotNow where the sandbox keeps failing.
    """
    try:
        yield
    except SandboxLost as error:
        raise NotNow(f"the sandbox failed again and again ({error}); run again with --resume") from None
    except DatabaseError as error:
        raise ValueError(f"{places.unusable(out, error.orig)} and run again with --resume") from None
    except OSError as error:
        raise ValueError(f"results can't be written to {out} ({error}): put that right and run again with --resume") from None


def _earlier(journal: Journal, students: dict[str, Path]) -> dict[str, Outcome]:
    """The outcomes of those who are marked already, with the same files."""
    found = {name: journal.read(name, folder) for name, folder in students.items()}
    return {name: outcome for name, outcome in found.items() if outcome}


def student_folders(submissions: Path) -> dict[str, Path]:
    """{student: folder}, sorted; raises ValueError where there are none or a name is no text.

    Links and loose files are not followed.
    """
    if not submissions.is_dir():
        here = "" if submissions.is_absolute() else f" in {Path.cwd()}"
        raise ValueError(f"there is no folder {submissions}{here}: name the platform's download with --submissions")
    if who := in_use(submissions):
        raise ValueError(f"{submissions} is in use by {who}; wait for its end")
    if (submissions / places.UNFINISHED).is_file():
        raise ValueError(f"the collection in {submissions} was stopped before its end: run `course collect` again")
    entries = sorted(submissions.iterdir())
    found = {e.name: e for e in entries if e.is_dir() and not e.is_symlink() and not e.name.startswith(".")}
    odd = [name for name in found if not name.isprintable()]  # bytes that are no UTF-8, control characters
    if odd:
        raise ValueError(f"the folder {odd[0]!r} in {submissions} has no readable name; rename it (`course collect` does)")
    if not found:
        raise ValueError(f"{submissions} holds no student's folder; `course collect` makes them from a zip")
    return found


def _notebook(root: Path, folder: str, assignment: str):
    path = Path(root) / folder / f"{assignment}.ipynb"
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("[0-9]_*.ipynb"))
        raise ValueError(f"there is no {path}; known assignments: {', '.join(known) or 'none (run `course build`)'}")
    return nbformat.read(path, as_version=4)
