"""Mark one student after another in this process: a `Marker` owns the judge, its sandbox and the process that reads files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import torch

from grading.marking.apart import Reader, Setting, TooMuch
from grading.marking.judge import Judge
from grading.model import INTERRUPTED, ExerciseMark, Flag, Outcome, Verdict
from grading.notebooks.written import rubrics
from grading.sandbox.host import Sandbox
from grading.sandbox.orders import Limits


@dataclass(frozen=True)
class Job:
    """All that a process needs to know to mark submissions of an assignment; it may travel to another machine."""

    assignment: str
    source: str  # the instructor's notebook and the students', as JSON
    release: str
    out: str  # the folder of results
    backend: str = "auto"
    limits: dict[str, Limits] = field(default_factory=dict)  # by grade_id
    preload: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    listener: str = ""  # of a template on the machine that made the job


class Marker:
    """Marks submissions; use as a context manager, from one thread."""

    def __init__(self, job: Job, judge: Judge | None = None):
        self.job = job
        self.judge = judge or _judge(job)
        self._owns_sandbox = judge is None
        about = self.judge.assignment
        references = {e.name: about.references.definitions(e.targets) for e in about.exercises if not e.written}
        self.reader = Reader(Setting(job.assignment, job.release, rubrics(self.judge.source), job.out, references))

    def __enter__(self) -> Marker:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that belong to this marker."""
        self.reader.close()
        if self._owns_sandbox:
            self.judge.sandbox.close()

    def mark(self, folder: str, attempt: int = 1) -> str:
        """Mark one student's folder and write the student's papers; the outcome as JSON.

        Raises OSError if the papers can't be written.
        """
        clean = self.reader.clean(Path(folder))
        verdict = unread(self.judge, clean.problem) if clean.problem else self.judge.mark(clean.notebook)
        verdict.flags += clean.flags
        notebook = None if clean.problem else clean.notebook
        outcome = Outcome(Path(folder).name, self.job.assignment, verdict, clean.repairs, clean.problem, notebook, attempt)
        return self.delivered(outcome)

    def given_up(self, student: str, attempts: int, why: str) -> str:
        """The outcome, as JSON, of a student at whose marking one process after the other was lost: no marks, and a flag."""
        said = f"Marking was interrupted {attempts} times ({why:.200}): mark it by hand or run again."
        exercises = self.judge.assignment.exercises
        marks = [ExerciseMark(e.name, e.grade_id, 0.0, e.points, "manual", said) for e in exercises]
        flags = [Flag(INTERRUPTED, said, e.name) for e in exercises]
        return self.delivered(Outcome(student, self.job.assignment, Verdict(marks, flags), [], None, None, attempts))

    def delivered(self, outcome: Outcome) -> str:
        """The outcome as JSON, once the student's papers are written; papers that take too much are left out, with a flag."""
        text = outcome.as_json()
        try:
            self.reader.write_papers(text)
            return text
        except TooMuch as error:
            outcome.verdict.flags.append(Flag("not-shown", f"The page of this submission {error}; look at the file itself."))
        text = outcome.as_json()
        outcome.notebook = None
        for mark in outcome.verdict.exercises:
            mark.card = ""
        self.reader.write_papers(outcome.as_json())
        return text

    def show(self, outcome: Outcome) -> None:
        """Write the page of feedback anew; one that takes too much stays as it was. Raises OSError if it can't be written."""
        with suppress(TooMuch):
            self.reader.write_page(outcome.as_json())


def unread(judge: Judge, problem: str) -> Verdict:
    """The verdict on a submission that a person must look at: no points yet, and a flag."""
    marks = [
        ExerciseMark(e.name, e.grade_id, 0.0, e.points, "unread", f"Needs attention: {problem}")
        for e in judge.assignment.exercises
    ]
    return Verdict(marks, [Flag("needs-attention", problem)])


def _judge(job: Job) -> Judge:
    """A judge with the limits that the job's maker has measured."""
    torch.set_num_threads(1)  # the other cores are the other workers'
    sandbox = Sandbox(job.backend, job.preload, hide=tuple(map(Path, job.hide)), listener=job.listener)
    judge = Judge(nbformat.reads(job.source, as_version=4), job.assignment, sandbox)
    judge.limits = dict(job.limits)
    return judge
