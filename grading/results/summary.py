"""The class in numbers: what report.html shows, worked out from the outcomes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from grading.model import ExerciseMark, Outcome

UNATTEMPTED = ("unattempted", "empty")
STOPPED = {"raised", "timeout", "died", "bad_reply", "not_callable", "too_big", "unattempted"}
CATEGORIES = {
    "full": "full marks",
    "partial": "some marks",
    "zero": "attempted, no marks",
    "unattempted": "not attempted",
    "waiting": "waits for a marker",
}
WORTH_A_LOOK = {  # repairs that may have changed what is marked
    *("salvaged", "script", "several-notebooks", "too-many-cells", "cell-cut", "also-defined"),
    *("not-copied", "not-followed", "time-stamp", "unknown-id"),
}


@dataclass
class PropertySummary:
    """How one property of one exercise came out over the class."""

    statement: str
    tried: int = 0
    failed: int = 0

    @property
    def rate(self) -> float:
        return self.failed / self.tried if self.tried else 0.0


@dataclass
class ExerciseSummary:
    """How one exercise came out over the class."""

    name: str
    max: float
    counts: Counter = field(default_factory=Counter)
    points: list[float] = field(default_factory=list)
    properties: dict[str, PropertySummary] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        return sum(self.points) / len(self.points) if self.points else 0.0

    def add(self, mark: ExerciseMark) -> None:
        category = category_of(mark)
        self.counts[category] += 1
        if category != "waiting":
            self.points.append(mark.points)
        for one in mark.properties if category != "unattempted" else ():
            known = self.properties.setdefault(one.get("id", ""), PropertySummary(str(one.get("statement", ""))))
            known.tried += 1
            known.failed += not one.get("passed")


@dataclass(frozen=True)
class Mistake:
    """A mistake that the checks recognised, and how many students made it."""

    name: str
    exercise: str
    sentence: str
    students: int


@dataclass
class Summary:
    """Everything on the class page."""

    outcomes: list[Outcome]
    exercises: list[ExerciseSummary]
    scores: list[float]  # share of all points, 0 to 1, of those that could be read; what waits for a person counts 0
    mistakes: list[Mistake]
    attention: list[tuple[str, list[str]]]
    repairs: list[tuple[str, int, str]]  # kind, students, an example

    @property
    def unread(self) -> int:
        return sum(outcome.problem is not None for outcome in self.outcomes)

    @property
    def waiting(self) -> int:
        return sum(exercise.counts["waiting"] for exercise in self.exercises)

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores) if self.scores else 0.0

    @property
    def median(self) -> float:
        ordered, half = sorted(self.scores), len(self.scores) // 2
        if not ordered:
            return 0.0
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def category_of(mark: ExerciseMark) -> str:
    """One of CATEGORIES."""
    if mark.status == "manual":
        return "waiting"
    if mark.status in UNATTEMPTED:
        return "unattempted"
    if mark.points >= mark.max:
        return "full"
    return "partial" if mark.points > 0 else "zero"


def summarise(outcomes: list[Outcome]) -> Summary:
    """The summary of a class; a submission that could not be read counts nowhere but under "needs attention"."""
    read = [outcome for outcome in outcomes if outcome.problem is None]
    exercises: dict[str, ExerciseSummary] = {}
    for outcome in read:
        for mark in outcome.verdict.exercises:
            exercises.setdefault(mark.name, ExerciseSummary(mark.name, mark.max)).add(mark)
    scores = [share for outcome in read if (share := score(outcome)) is not None]
    attention = [(outcome.student, why) for outcome in outcomes if (why := reasons(outcome))]
    attention.sort(key=lambda row: (not row[1][0].startswith("Not marked"), row[0]))
    return Summary(outcomes, list(exercises.values()), scores, _mistakes(read), attention, _repairs(outcomes))


def score(outcome: Outcome) -> float | None:
    """A student's share of all points, or None when there are none; an answer that waits for a person counts 0."""
    return outcome.points / outcome.verdict.max if outcome.verdict.max else None


def _mistakes(read: list[Outcome]) -> list[Mistake]:
    students: dict[tuple[str, str], set[str]] = defaultdict(set)
    sentences: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for outcome in read:
        for mark in outcome.verdict.exercises:
            for one in mark.properties:
                name = str(one.get("mistake") or "")
                if name and name not in STOPPED and not one.get("passed"):
                    students[mark.name, name].add(outcome.student)
                    sentences[mark.name, name][str(one.get("diagnosis", ""))] += 1
    found = [
        Mistake(name.replace("_", " ").replace("-", " "), exercise, sentences[exercise, name].most_common(1)[0][0], len(who))
        for (exercise, name), who in students.items()
    ]
    return sorted(found, key=lambda mistake: (-mistake.students, mistake.exercise, mistake.name))


def reasons(outcome: Outcome) -> list[str]:
    """Why a person should look at this submission, the gravest reason first."""
    if outcome.problem is not None:
        return [f"Not marked: {outcome.problem}"]
    reasons = [f"{flag.exercise}: {flag.detail}".removeprefix(": ") for flag in outcome.verdict.flags]
    for status, words in (("timeout", "ran out of time"), ("died", "ended its own process")):
        names = [mark.name for mark in outcome.verdict.exercises if mark.status == status]
        if names:
            reasons.append(f"{', '.join(names)}: {words}.")
    names = [mark.name for mark in outcome.verdict.exercises if mark.changed]
    if names:
        reasons.append(f"{', '.join(names)}: changed after a person marked it; the mark stands until it is looked at again.")
    reasons += [repair.detail for repair in outcome.repairs if repair.kind in WORTH_A_LOOK]
    if outcome.attempts > 1:
        reasons.append(f"Marking was started {outcome.attempts} times.")
    return list(dict.fromkeys(reasons))


def _repairs(outcomes: list[Outcome]) -> list[tuple[str, int, str]]:
    students: Counter[str] = Counter()
    example: dict[str, str] = {}
    for outcome in outcomes:
        for repair in outcome.repairs:
            example.setdefault(repair.kind, repair.detail)
        students.update({repair.kind for repair in outcome.repairs})
    return [(kind, count, example[kind]) for kind, count in students.most_common()]
