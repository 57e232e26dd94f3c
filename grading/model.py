"""What the parts of the grader hand to each other: plain data that survives JSON and a trip between machines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

STATUSES = {
    "marked": "the checks ran to their end",
    "unattempted": "the answer cell is missing or still holds the stub",
    "error": "the answer could not be run, so nothing could be checked",
    "timeout": "the exercise used up its time",
    "died": "the answer ended its own process",
    "reference": "the answer hands the work to the course's own reference",
    "manual": "the answer waits for a person: it is written, or the grader could not mark it",
    "empty": "a written answer that says nothing",
    "unread": "the file could not be read as this assignment",
    "by hand": "a person gave the marks",
    "late": "points off for lateness",
}

BY_HAND = "by hand"

INTERRUPTED = "interrupted"  # the kind of flag of an exercise that the grader could not mark


@dataclass(frozen=True)
class Repair:
    """One thing that intake changed, so that a person can see it and disagree."""

    kind: str  # a short identifier, such as "restored-test-cell" or "renamed"
    detail: str  # one sentence for the instructor
    cell: str = ""  # the grade_id concerned, empty for the file as a whole


@dataclass(frozen=True)
class Flag:
    """Something an instructor should look at; a flag alone never takes a mark away."""

    kind: str  # such as "reference", "malformed-reply", "killed", "output-flood"
    detail: str
    exercise: str = ""


@dataclass
class Clean:
    """A submission in which each graded cell exists once, with the release's own metadata.

    `problem` is None when the notebook can be marked; else it says in one sentence what a person must look at.
    """

    notebook: Any  # nbformat.NotebookNode, or None when `problem` is set
    repairs: list[Repair] = field(default_factory=list)
    problem: str | None = None
    flags: list[Flag] = field(default_factory=list)


@dataclass
class ExerciseMark:
    """The mark for one graded cell.

    `name` is the public name (`cosine_beta_schedule`, `written_cosine`), `grade_id` the graded cell's identifier in
    nbgrader (`check_cosine_beta_schedule`, `written_cosine`). `properties` are dicts as `helpers.checks` makes them
    (statement, points, passed, diagnosis …).
    """

    name: str
    grade_id: str
    points: float
    max: float
    status: str  # a key of STATUSES
    message: str = ""
    properties: list[dict] = field(default_factory=list)
    card: str = ""  # the check's card as HTML, safe to embed
    seconds: float = 0.0
    comment: str = ""  # what a person wrote to the student
    changed: bool = False  # marked by hand, and the answer is another since


@dataclass
class Verdict:
    """All marks and flags of one submission."""

    exercises: list[ExerciseMark] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.exercises)

    @property
    def max(self) -> float:
        return sum(mark.max for mark in self.exercises)

    def interrupted(self, exercise: str = "") -> bool:
        """Whether the grader's own trouble kept this exercise (any, if none is named) from being marked."""
        return any(flag.kind == INTERRUPTED and exercise in ("", flag.exercise) for flag in self.flags)


@dataclass
class Outcome:
    """What the batch knows of one student once all is done: the row behind every report."""

    student: str
    assignment: str
    verdict: Verdict
    repairs: list[Repair] = field(default_factory=list)
    problem: str | None = None
    notebook: Any = None  # the clean notebook, None when `problem` is set
    attempts: int = 1  # times the marking was started; more than one after a worker's death
    penalty: float = 0.0  # points off for lateness
    lateness: str = ""  # how late, in words

    @property
    def points(self) -> float:
        """All points, less what lateness costs: the total that every page, table and export says."""
        return max(0.0, self.verdict.points - self.penalty)

    def as_json(self) -> str:
        """All of it as JSON; `from_json` turns it back."""
        text = json.dumps(self, default=vars, ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()  # a student's text may hold halves of characters

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """Rebuild an outcome from `as_json`."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: dict) -> Outcome:
        """Rebuild an outcome from parsed JSON, with the notebook as a NotebookNode again."""
        from nbformat import from_dict

        data = dict(data)
        verdict = dict(data.pop("verdict"))
        verdict["exercises"] = [ExerciseMark(**mark) for mark in verdict["exercises"]]
        verdict["flags"] = [Flag(**flag) for flag in verdict["flags"]]
        data["repairs"] = [Repair(**repair) for repair in data.get("repairs", [])]
        if data.get("notebook") is not None:
            data["notebook"] = from_dict(data["notebook"])
        return cls(verdict=Verdict(**verdict), **data)
