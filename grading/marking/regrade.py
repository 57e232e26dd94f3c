"""`course regrade`: mark what was collected once more, after a test or check has changed, and say whose marks change and why."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grading import settings
from grading.marking import grade
from grading.model import BY_HAND, ExerciseMark, Outcome
from grading.results import places, tables
from grading.terminal import typed
from helpers.files import write_bytes

if TYPE_CHECKING:
    from grading.results.recorded import Recorded

COLUMNS = ["student", "exercise", "old", "new", "max", "by hand", "before", "now"]
SHOWN = 200  # characters of a message in the list; all of it is in the CSV


@dataclass(frozen=True)
class Change:
    """One automatic mark that is another now."""

    student: str
    old: ExerciseMark | None
    new: ExerciseMark
    by_hand: float | None = None  # the mark that a person gave, which stays

    def row(self) -> dict:
        """As a row of the CSV."""
        old = {"old": _points(self.old) if self.old else "", "before": _why(self.old) if self.old else "not marked"}
        new = {"new": _points(self.new), "max": self.new.max, "now": _why(self.new)}
        return {"student": self.student, "exercise": self.new.name, "by hand": self.by_hand, **old, **new}

    def __str__(self) -> str:
        row = self.row()
        stays = "" if self.by_hand is None else f" (the mark given by hand, {self.by_hand:g}, stays)"
        said = f"{self.student}  {self.new.name}: {row['old'] or '–'} → {row['new']} of {self.new.max:g}{stays}"
        return f"{said}\n    before: {row['before']:.{SHOWN}}\n    now:    {row['now']:.{SHOWN}}"


def changes(before: Recorded, after: list[Outcome]) -> list[Change]:
    """The automatic marks that differ, by student; `after` holds the automatic marks of those who were marked again."""
    old = {o.student: {mark.grade_id: mark for mark in o.verdict.exercises} for o in before.automatic}
    seen = {o.student: {mark.grade_id: mark for mark in o.verdict.exercises} for o in before.outcomes}
    found = []
    for outcome in sorted(after, key=lambda outcome: outcome.student):
        for mark in outcome.verdict.exercises:
            known = old.get(outcome.student, {}).get(mark.grade_id)
            if known is None or _differ(known, mark):
                shown = seen.get(outcome.student, {}).get(mark.grade_id)
                kept = shown.points if shown and shown.status == BY_HAND else None
                found.append(Change(outcome.student, known, mark, kept))
    return found


def _differ(old: ExerciseMark, new: ExerciseMark) -> bool:
    waits = (old.status == "manual", new.status == "manual")
    return waits[0] != waits[1] or old.max != new.max or abs(old.points - new.points) > 1e-6


def _points(mark: ExerciseMark) -> str:
    return "waits" if mark.status == "manual" else f"{round(mark.points, 4):g}"


def _why(mark: ExerciseMark) -> str:
    return mark.message or mark.status


@contextmanager
def _noted(path: Path, before: Recorded) -> Iterator[Recorded]:
    """The marks as they were, noted in a file while they change; those of a run that was stopped, where one has noted them.

    The file stays, if any mark has changed, until the list of changes is written.
    """
    from grading.results import recorded

    there = path.is_file()
    if there:
        remedy = "delete it; the list begins anew then"
        noted = settings.noted(path, remedy, lambda data: [Outcome.from_json(text) for text in data])
        before = replace(before, automatic=noted)
    else:
        short = [replace(outcome, notebook=None).as_json() for outcome in before.automatic]
        write_bytes(path, json.dumps(short).encode(), private=True)
    try:
        yield before
    except BaseException:
        if not there and not changes(before, recorded.read(path.parent, before.assignment).automatic):
            path.unlink()
        raise


def add_parser(subparsers) -> None:
    """`course regrade`."""
    parser = subparsers.add_parser("regrade", help="mark again after a test has changed: a list of old and new marks, and why")
    places.add_results(parser)
    parser.add_argument("--submissions", type=Path, help="what was collected (default: collected/<assignment>)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change; nothing is written")
    grade.add_options(parser)
    parser.set_defaults(run=run, again="run it again: the list will hold all that changes")


def run(args) -> int:
    """Mark again, list the changes, and keep marks given by hand. Raises ValueError where nothing was marked before."""
    from grading.marking import batch
    from grading.results import recorded

    results = places.results_of(args)
    submissions = args.submissions or places.collected(args.assignment)
    before = recorded.read(results, args.assignment)
    kept_before = results / f".before-regrade-{args.assignment}.json"
    options = grade.options(args)
    if args.dry_run:
        with tempfile.TemporaryDirectory(prefix="regrade-") as scratch:
            batch.run(submissions, Path(scratch), args.assignment, **options | {"policy": None})
            after = recorded.read(Path(scratch), args.assignment).automatic
    else:
        with _noted(kept_before, before) as before:
            batch.run(submissions, results, args.assignment, **options)
        now = recorded.read(results, args.assignment)
        folders = batch.student_folders(submissions)
        after = [outcome for outcome in now.automatic if outcome.student in folders]
    found = changes(before, after)
    for change in found:
        print(change)
    whose = len({change.student for change in found})
    print(f"{len(found)} marks of {whose} among {len(after)} students {'would change' if args.dry_run else 'changed'}.")
    kept = sum(change.by_hand is not None for change in found)
    if kept:
        print(f"{kept} of them stay as a person gave them: look whether they still hold.", file=sys.stderr)
    if not args.dry_run:
        tables.write(results / "regraded.csv", COLUMNS, [change.row() for change in found])
        kept_before.unlink()
        following = typed("course", "feedback", args.assignment, "--results", results)
        print(f"The list: {results / 'regraded.csv'}   Next: {following}")
    return 0
