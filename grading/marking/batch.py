"""Mark a whole class: Dask workers mark, one writer (this process) records, and nothing is lost if any of them dies.

A student's outcome is written to the gradebook first and to the journal last; `resume` skips whoever is in the journal with
the same files. A worker's death costs another try. A scheduler by address works the same, given a shared file system.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import forkserver
from pathlib import Path

import dask
import nbformat
import torch
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker
from tqdm import tqdm

from grading.intake import cleaning
from grading.marking.judge import Judge
from grading.model import ExerciseMark, Flag, Outcome, Verdict
from grading.notebooks.written import rubrics
from grading.results import papers
from grading.sandbox import backends
from grading.sandbox.host import Sandbox
from grading.sandbox.supervision import SandboxLost
from helpers.files import write_text

ATTEMPTS = 5
JOURNAL = ".journal"
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"  # of local workers
CREW = {
    "distributed.scheduler.allowed-failures": 10,
    "distributed.worker.daemon": False,
    "distributed.worker.multiprocessing-method": METHOD,
    "distributed.worker.profile.enabled": False,  # nobody looks at what Dask would note a hundred times a second
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}
_judges: dict[str, Judge] = {}


def run(
    submissions: Path, out: Path, assignment: str, *, root: Path, workers=None, scheduler="", resume=False, backend="auto"
) -> list[Outcome]:
    """Mark every folder of `submissions` and write all results below `out`; returns the outcomes, sorted by student.

    `workers` is the number of processes (0: this one alone), `scheduler` the address of a Dask scheduler to use instead.
    Raises ValueError if there is nothing to mark, no sandbox, or the instructor's own solution does not pass.
    """
    submissions, out = Path(submissions), Path(out)
    source, release = (_notebook(root, folder, assignment) for folder in ("solutions", "notebooks"))
    students = student_folders(submissions)
    in_process = workers == 0 and not scheduler
    with ExitStack() as stack:
        hide = (submissions.resolve(), out.resolve())
        sandbox = stack.enter_context(Sandbox(backend, hide=hide))
        sandbox.start()  # it warms up on one core, the workers on another, while this process goes on
        if not in_process and not scheduler:
            hatch_workers()
        from grading.results import report
        from grading.results.gradebook import Book

        journal = Journal(out / JOURNAL, f"{assignment} {nbformat.writes(source)} {nbformat.writes(release)}")
        done = {name: journal.read(name, folder) for name, folder in students.items()} if resume else {}
        outcomes = {name: outcome for name, outcome in done.items() if outcome}
        todo = {name: folder for name, folder in students.items() if name not in outcomes}
        client = None if in_process else stack.enter_context(_crew(workers or os.cpu_count() or 1, scheduler, len(todo)))
        judge = Judge(source, assignment, sandbox)
        judge.calibrate()
        spec = json.dumps(
            {
                "assignment": assignment,
                "source": nbformat.writes(source),
                "release": nbformat.writes(release),
                "limits": {name: asdict(limits) for name, limits in judge.limits.items()},
                "backend": sandbox.backend.name,
                "preload": sandbox.preloaded,
                "hide": [str(place) for place in hide],
                "door": "" if in_process else sandbox.share(),
                "out": str(out.resolve()),
            }
        )
        book = stack.enter_context(Book(out, assignment, source, release))
        if in_process:
            _judges[_digest(spec)] = judge
            marked = (mark_one(str(folder), spec) for folder in todo.values())
        else:
            marked = _distributed(client, todo, spec)
        bar = tqdm(marked, total=len(students), initial=len(outcomes), unit="submission", desc=assignment, smoothing=0.05)
        for text in bar:
            outcome = Outcome.from_json(text)
            book.record(outcome)
            journal.write(outcome.student, text, students[outcome.student])
            outcomes[outcome.student] = outcome
        _judges.clear()
    ordered = [outcomes[name] for name in sorted(outcomes)]
    report.write(out, assignment, ordered)
    return ordered


def student_folders(submissions: Path) -> dict[str, Path]:
    """{student: folder}, sorted; raises ValueError where there are none or a name is no text.

    Links and loose files are not followed.
    """
    if not submissions.is_dir():
        raise ValueError(f"expected a folder of students' folders, got {submissions}; `course collect` makes one")
    entries = sorted(submissions.iterdir())
    found = {e.name: e for e in entries if e.is_dir() and not e.is_symlink() and not e.name.startswith(".")}
    odd = [name for name in found if not name.isprintable()]  # bytes that are no UTF-8, control characters
    if odd:
        raise ValueError(f"the folder {odd[0]!r} in {submissions} has no readable name; rename it (`course collect` does)")
    if not found:
        raise ValueError(f"{submissions} holds no student's folder; `course collect` makes them from a zip")
    return found


def mark_one(folder: str, spec: str, attempt: int = 1) -> str:
    """Mark one student's folder in this process and write the student's papers; the outcome as JSON.

    Raises SandboxLost if the sandbox failed twice.
    """
    judge, about = _judge_for(spec), _about(spec)
    clean = cleaning.clean(Path(folder), about["release"], about["assignment"])
    if clean.problem:
        verdict = unread(judge, clean.problem)
    else:
        try:
            verdict = judge.mark(clean.notebook)
        except SandboxLost:
            verdict = judge.mark(clean.notebook)
    notebook = None if clean.problem else clean.notebook
    outcome = Outcome(Path(folder).name, about["assignment"], verdict, clean.repairs, clean.problem, notebook, attempt)
    return _delivered(outcome, about)


def _delivered(outcome: Outcome, about: dict) -> str:
    """The outcome as JSON, once the student's papers are written."""
    papers.write(about["out"], outcome, rubrics(about["source"]))
    return outcome.as_json()


def unread(judge: Judge, problem: str) -> Verdict:
    """The verdict on a submission that a person must look at: no points yet, and a flag."""
    marks = [
        ExerciseMark(e.name, e.grade_id, 0.0, e.points, "unread", f"Needs attention: {problem}")
        for e in judge.assignment.exercises
    ]
    return Verdict(marks, [Flag("needs-attention", problem)])


class Journal:
    """What is already marked, one small file a student, valid for the same files and the same assignment only."""

    def __init__(self, folder: Path, assignment: str):
        self.folder, self.assignment = folder, _digest(assignment)

    def write(self, student: str, outcome: str, folder: Path) -> None:
        """Note the student's outcome, given as JSON."""
        write_text(self._path(student), f'{{"key": "{self._key(folder)}", "outcome": {outcome}}}')

    def read(self, student: str, folder: Path) -> Outcome | None:
        """The outcome, or None if there is none for these very files."""
        try:
            entry = json.loads(self._path(student).read_text(encoding="utf-8"))
            return Outcome.from_dict(entry["outcome"]) if entry["key"] == self._key(folder) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, student: str) -> Path:
        return self.folder / f"{_digest(student)}.json"

    def _key(self, folder: Path) -> str:
        found = sorted((str(p.relative_to(folder)), p.lstat()) for p in folder.rglob("*"))
        return _digest(self.assignment + repr([(name, about.st_size, about.st_mtime_ns) for name, about in found]))


def hatch_workers() -> None:
    """Start the process that workers are forked from, which imports what they need once for all of them."""
    if METHOD == "forkserver":
        forkserver.set_forkserver_preload(["grading.marking.batch", "distributed", "distributed.nanny"])
        forkserver.ensure_running()


@contextmanager
def _crew(workers: int, scheduler: str, tasks: int) -> Iterator[Client]:
    """A client of the scheduler at that address, or of local workers, one thread each."""
    with dask.config.set(CREW), ExitStack() as stack:
        if scheduler:
            yield stack.enter_context(Client(scheduler, timeout=20))
            return
        options = {"n_workers": min(workers, max(1, tasks)), "threads_per_worker": 1, "memory_limit": 0}
        cluster = stack.enter_context(LocalCluster(**options, dashboard_address=None, silence_logs=50))
        yield stack.enter_context(Client(cluster))


def _distributed(client: Client, todo: dict[str, Path], spec: str) -> Iterator[str]:
    """Outcomes, as JSON, in the order in which they are ready."""
    shared = client.submit(str, spec, pure=False)  # a task of its own: made again if the worker that holds it dies
    waiting = {}

    def submit(student, attempt):
        future = client.submit(mark_one, str(todo[student]), shared, attempt, pure=False)
        waiting[future.key] = (student, attempt)
        return future

    queue = as_completed([submit(student, 1) for student in todo])
    for future in queue:
        student, attempt = waiting.pop(future.key)
        error = future.exception()
        if error is None:
            yield future.result()
        elif attempt < ATTEMPTS and isinstance(error, (KilledWorker, SandboxLost)):
            queue.add(submit(student, attempt + 1))
        else:
            yield _delivered(_given_up(student, spec, attempt, error), _about(spec))


def _given_up(student: str, spec: str, attempts: int, error: BaseException) -> Outcome:
    """A verdict all the same when marking itself kept failing: a person must look."""
    about = _about(spec)
    problem = f"Marking failed {attempts} times ({type(error).__name__}: {error!s:.200}); mark it again or look by hand."
    return Outcome(student, about["assignment"], unread(_judge_for(spec), problem), [], problem, None, attempts)


def _judge_for(spec: str) -> Judge:
    """This process's judge for the batch, made when it is first needed."""
    key = _digest(spec)
    if key not in _judges:
        about = _about(spec)
        torch.set_num_threads(1)  # the other cores are the other workers'
        sandbox = Sandbox(about["backend"], about["preload"], hide=tuple(map(Path, about["hide"])), door=about["door"])
        _judges[key] = Judge(about["source"], about["assignment"], sandbox)
        _judges[key].limits = {name: backends.Limits(**limits) for name, limits in about["limits"].items()}
    return _judges[key]


@lru_cache(maxsize=4)
def _about(spec: str) -> dict:
    """What the specification says, its notebooks parsed; the same objects each time: copy them before changing them."""
    about = json.loads(spec)
    return about | {name: nbformat.reads(about[name], as_version=4) for name in ("source", "release") if name in about}


def _notebook(root: Path, folder: str, assignment: str):
    path = Path(root) / folder / f"{assignment}.ipynb"
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("[0-9]_*.ipynb"))
        raise ValueError(f"there is no {path}; known assignments: {', '.join(known) or 'none (run `course build`)'}")
    return nbformat.read(path, as_version=4)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
