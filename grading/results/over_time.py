"""The class over time: how its marks go from assignment to assignment, which misconceptions stay, what to say next time."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median

from grading.model import Outcome
from grading.results.headings import Headings
from grading.results.summary import STOPPED, UNATTEMPTED, Summary, summarise

FELL = 0.25  # of the points: a student's share that fell by so much is worth a word
OFTEN = 0.2  # of those who handed in: what so many missed is worth a word in the lecture
HINTS = 8


@dataclass(frozen=True)
class ClassMarks:
    """One assignment of the course as its folder of results has it."""

    name: str
    headings: Headings
    outcomes: list[Outcome]

    @property
    def title(self) -> str:
        return self.headings.title or self.name

    def heading(self, exercise: str) -> str:
        """What people call an exercise."""
        marks = (mark for outcome in self.outcomes for mark in outcome.verdict.exercises if mark.name == exercise)
        mark = next(marks, None)
        return self.headings.of(mark) if mark else exercise


@dataclass
class Misconception:
    """One named mistake over the assignments."""

    name: str
    sentence: str  # what the check says of it, the last time it was made
    students: list[set[str]]  # who made it, assignment by assignment
    exercises: set[str] = field(default_factory=set)

    @property
    def stayed(self) -> set[str]:
        """Those who made it in one assignment and again in a later one."""
        count = Counter(who for made in self.students for who in made)
        return {who for who, times in count.items() if times > 1}


@dataclass(frozen=True)
class Course:
    """All that the page of the course shows."""

    assignments: list[ClassMarks]
    summaries: list[Summary]
    shares: dict[str, list[float | None]]  # of the points, student by student; None where nothing was handed in
    misconceptions: list[Misconception]  # those that recur
    hints: list[str]
    worth_a_word: list[tuple[str, str]]

    def column(self, number: int) -> list[float]:
        """The shares of an assignment, sorted."""
        return sorted(share for row in self.shares.values() if (share := row[number]) is not None)


def course(assignments: list[ClassMarks]) -> Course:
    """Put the assignments, in the course's order, side by side."""
    names = _people([[outcome.student for outcome in each.outcomes] for each in assignments])
    shares: dict[str, list[float | None]] = defaultdict(lambda: [None] * len(assignments))
    for number, each in enumerate(assignments):
        for outcome in each.outcomes:
            shares[names[outcome.student]][number] = _share(outcome)
    ordered = {who: shares[who] for who in sorted(shares)}
    summaries = [summarise(each.outcomes) for each in assignments]
    found = _misconceptions(assignments, names)
    lasting = [one for one in found if sum(map(bool, one.students)) > 1]
    lasting.sort(key=lambda one: (-len(one.stayed), -sum(map(len, one.students)), one.name))
    return Course(assignments, summaries, ordered, lasting, _hints(assignments, summaries, found), _worth_a_word(ordered))


def _people(classes: list[list[str]]) -> dict[str, str]:
    """{identifier: name}: a platform's number at the end goes, for it may be another each time, unless two are then alike."""
    plain = {who: re.sub(r"_\d+(-\d+)?$", "", who) or who for members in classes for who in members}
    for members in classes:
        twice = {name for name, count in Counter(plain[who] for who in members).items() if count > 1}
        plain = {who: who if name in twice else name for who, name in plain.items()}
    return plain


def _share(outcome: Outcome) -> float | None:
    """A student's share of the points that were given so far; what waits for a person is left out."""
    counted = [mark for mark in outcome.verdict.exercises if mark.status != "manual"]
    total = sum(mark.max for mark in counted)
    return sum(mark.points for mark in counted) / total if total and outcome.problem is None else None


def _misconceptions(assignments: list[ClassMarks], names: dict[str, str]) -> list[Misconception]:
    """Every named mistake, by its identifier, which checks of one idea share."""
    found: dict[str, Misconception] = {}
    for number, each in enumerate(assignments):
        for outcome in each.outcomes:
            for mark in outcome.verdict.exercises:
                for one in mark.properties:
                    name = str(one.get("mistake") or "")
                    if not name or name in STOPPED or one.get("passed"):
                        continue
                    known = found.setdefault(name, Misconception(name.replace("_", " "), "", [set() for _ in assignments]))
                    known.students[number].add(names[outcome.student])
                    known.sentence = str(one.get("diagnosis") or known.sentence)
                    known.exercises.add(mark.name)
    return list(found.values())


def _hints(assignments: list[ClassMarks], summaries: list[Summary], found: list[Misconception]) -> list[str]:
    """What the last assignment gives reason to say in the next lecture, the most pressing first."""
    if not assignments:
        return []
    last, summary = assignments[-1], summaries[-1]
    handed_in = max(1, len(summary.outcomes) - summary.unread)
    hints: list[tuple[float, str]] = []
    told = set()
    for mistake in summary.mistakes:
        if mistake.students >= OFTEN * handed_in:
            told.add(mistake.exercise)
            said = f"{mistake.students} of {handed_in} made the same mistake. {mistake.sentence}"
            hints.append((mistake.students, f"{last.heading(mistake.exercise)}: {said}"))
    for exercise in summary.exercises:
        left = sum(exercise.counts[key] for key in UNATTEMPTED)
        if left >= OFTEN * handed_in:
            hints.append((left, f"{last.heading(exercise.name)}: {left} of {handed_in} did not try it."))
        worst = max(exercise.properties.values(), key=lambda one: one.failed, default=None)
        if worst and exercise.name not in told and worst.failed >= OFTEN * handed_in:
            said = f"{last.heading(exercise.name)}: {worst.failed} of {worst.tried} missed “{worst.statement}”."
            hints.append((worst.failed, said))
    for one in found:
        again = one.stayed & one.students[-1]
        if again and len(assignments) > 1:
            hints.append((2 * len(again), f"“{one.name}” again: {len(again)} had made it before. {one.sentence}"))
    hints.sort(key=lambda hint: -hint[0])
    return [said for _, said in hints[:HINTS]]


def _worth_a_word(shares: dict[str, list[float | None]]) -> list[tuple[str, str]]:
    """(student, why): who did not hand in the last assignment, or fell far below what is usual for them."""
    found = []
    for who, row in shares.items():
        before = [share for share in row[:-1] if share is not None]
        if not before:
            continue
        if row[-1] is None:
            found.append((who, f"handed in {len(before)} of the {len(row) - 1} before, and not the last"))
        elif median(before) - row[-1] >= FELL:
            found.append((who, f"{100 * row[-1]:.0f} % in the last, {100 * median(before):.0f} % is usual for them"))
    return found
