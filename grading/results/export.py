"""`course export`: marks in the form that Moodle, Canvas, Blackboard, Brightspace or Gradescope reads.

With `--sheet`, the file that the platform handed out (a grading worksheet, a gradebook export) comes back with the marks filled
in and all else as it was; that is the safest way. Without it a new file is made from what the names of the download told.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from grading.locks import in_use
from grading.results import destinations, forms, late_policy, places, sheets, tables
from grading.results.forms import grade
from grading.results.totals import DETAILS, Total, by_number, totals, unread
from grading.terminal import some


class Filled(NamedTuple):
    """A platform's own sheet with marks in it: how many, our students whom it does not have, and what a person should know."""

    sheet: sheets.Sheet
    marks: int
    strangers: list[str]
    warnings: list[str]


def fill(
    path: Path, platform: str, found: list[Total], assignment: str, out_of: float | None, column: str | None = None
) -> Filled:
    """Put the marks into the platform's own sheet.

    A number that did not come from the platform by way of the roster counts only if the name agrees: a mark for the wrong
    person is worse than none. Raises ValueError when the sheet lacks the column that tells students apart or that for marks,
    when its maximum is below ours (Moodle would skip such marks without a word), or when two of our students share a number.
    """
    sheet = sheets.read(path)
    layout = sheets.layout(platform, sheet, path, assignment, column)
    warnings = _maximum(layout.maximum, found, out_of, path)
    known, shared = _by_name(found, sheet, layout) if layout.by_name else (by_number(found), set())
    count, others, changed, reached = 0, [], [], set()
    for row in sheet.rows:
        total = known.get(layout.number(row))
        if layout.number(row) in shared:
            warnings.append(f"More than one is called {layout.name(row)}: fill in this mark by hand.")
        elif not total and layout.number(row):
            others.append(layout.name(row) or layout.number(row))
        if total and (total.platform == platform or sheets.letters(total.name) == sheets.letters(layout.name(row))):
            reached.add(total.student)
            if why := layout.closed(row):
                warnings.append(f"{total.student} is {why} in the sheet and stays so.")
                continue
            before = sheets.number(row[layout.mark])
            if before is not None and abs(before - grade(total, out_of)) > 0.005:
                changed.append(f"{total.student} ({before:g} → {grade(total, out_of):g})")
            sheet.put(row, layout.mark, grade(total, out_of))
            count += 1
            if layout.feedback is not None and (not row[layout.feedback] or DETAILS.fullmatch(row[layout.feedback])):
                sheet.put(row, layout.feedback, total.details)
    if changed:
        warnings.append(f"Marks that stood in {path} and are now others, {len(changed)}: {some(changed)}")
    if others:
        warnings.append(f"In {path} without a submission here, left as they are, {len(others)}: {some(others)}")
    strangers = [total.student for total in found if total.student not in reached]
    return Filled(sheet, count, strangers, warnings)


def _maximum(theirs: float | None, found: list[Total], out_of: float | None, path: Path) -> list[str]:
    """What to say when the platform's maximum is not ours; marks are scaled only when that is asked for."""
    ours = out_of or max((total.max for total in found), default=0.0)
    if theirs is None or not ours or abs(theirs - ours) < 1e-9:
        return []
    said = f"The maximum in {path} is {theirs:g}, that of these marks {ours:g}"
    if not theirs:
        raise ValueError(f"{said}: give the assignment its points on the platform, and export the sheet again")
    if theirs < ours:
        raise ValueError(f"{said}: marks above it would be skipped. Scale them with --out-of {theirs:g}")
    return [f"{said}: they go in as they are. --out-of {theirs:g} scales them."]


def _by_name(found: list[Total], sheet: sheets.Sheet, layout: sheets.Layout) -> tuple[dict[str, Total], set[str]]:
    """{a name's letters: total}, and the names that several have, here or in the sheet, and that tell nobody."""
    named = {sheets.letters(total.name): total for total in found}
    ours = Counter(sheets.letters(total.name) for total in found)
    theirs = Counter(map(layout.number, sheet.rows))
    shared = {name for name in named if ours[name] > 1 or theirs[name] > 1}
    return {name: total for name, total in named.items() if name and name not in shared}, shared


def add_parser(subparsers) -> None:
    """`course export`."""
    parser = subparsers.add_parser("export", help="marks for a learning platform, those given by hand included")
    places.add_results(parser)
    ways = {
        "moodle": "as a grading worksheet of Moodle's",
        "canvas": "as a gradebook of Canvas's",
        "blackboard": "as a column of Blackboard's",
        "brightspace": "its own export, filled in (with --sheet)",
        "gradescope": "an autograder.zip",
    }
    destinations.add_options(parser, ways, required=True)
    add_sheet(parser)
    places.add_roster(parser)
    parser.add_argument("--to", type=Path, help="file to write (default: <results>/<platform>.csv, or .zip)")
    late_policy.add_argument(parser)
    parser.set_defaults(run=run)


def add_sheet(parser) -> None:
    """The platform's own sheet, and how marks go into it."""
    parser.add_argument("--sheet", type=Path, help="the worksheet or gradebook that the platform exports, to be filled in")
    parser.add_argument("--out-of", type=float, help="scale the marks to this maximum")
    parser.add_argument("--column", help="the sheet's column for the marks, where its name does not tell")


def _late(results: Path, assignment: str, policy: late_policy.Policy | None, roster: Path) -> list[str]:
    """Bring what lateness costs up to date with the points that were earned; returns what a person should know."""
    if policy is None:
        return []
    from grading.results import recorded

    return recorded.settle(results, assignment, policy, roster, recorded.read(results, assignment).outcomes)


def _gradescope(target: Path, results: Path, args, found: list[Total]) -> list[str]:
    """Write Gradescope's zip; returns those whose e-mail address nobody knows."""
    from grading.results import gradescope, recorded

    if args.sheet or args.column:
        raise ValueError("Gradescope takes no sheet: leave --sheet and --column out")
    return gradescope.write(target, found, recorded.read(results, args.assignment), args.out_of)


def run(args) -> int:
    """Bring what lateness costs up to date and write the file."""
    check_scale(args)
    results, policy = places.results_of(args), late_policy.chosen(args.late, args.assignment)
    for warning in _late(results, args.assignment, policy, places.roster_of(args)):
        print(warning, file=sys.stderr)
    write(args, args.to or results / f"{args.platform}{'.zip' if args.platform == 'gradescope' else '.csv'}")
    return 0


def check_scale(args) -> None:
    """Raise ValueError unless --out-of is a number above 0."""
    if args.out_of is not None and not 0 < args.out_of < math.inf:
        raise ValueError(f"expected --out-of above 0, got {args.out_of:g}")


def write(args, target: Path) -> None:
    """Write the marks as the gradebook has them into the platform's file, and say what is not in it yet."""
    results = places.results_of(args)
    if who := in_use(results):
        print(f"{results} is in use by {who}: these marks are as they are now; export again at its end.", file=sys.stderr)
    found = totals(results, args.assignment, places.roster_of(args))
    strangers: list[str] = []
    warnings: list[str] = []
    filled = len(found)
    if args.platform == "gradescope":
        strangers = _gradescope(target, results, args, found)
        filled = len(found) - len(strangers)
    elif args.sheet:
        sheet, filled, strangers, warnings = fill(args.sheet, args.platform, found, args.assignment, args.out_of, args.column)
        sheets.write(target, sheet)
    else:
        by_number(found)  # which refuses two students of one number
        columns, rows = forms.made(args.platform, found, args.assignment, args.out_of)
        tables.write(target, columns, rows, marked=args.platform == "moodle")
    print(f"{filled} marks in {target}")
    waiting = [total.student for total in found if total.waiting]
    if waiting:
        print(f"{len(waiting)} students have written answers that nobody has marked; they count 0 here.", file=sys.stderr)
    if nobody := unread(results):
        count = "1 submission could not be read and counts 0 here; look at it first"
        if len(nobody) > 1:
            count = f"{len(nobody)} submissions could not be read and count 0 here; look at them first"
        print(f"{count}: {some(nobody)}", file=sys.stderr)
    for warning in warnings:
        print(warning, file=sys.stderr)
    if strangers:
        print(f"Not in {args.sheet or target}: {some(strangers)}", file=sys.stderr)
