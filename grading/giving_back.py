"""`course feedback`: pages, marks.csv and report anew, with what people gave by hand, and what a platform takes back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grading.model import Outcome
from grading.results import destinations, export, late_policy, places

if TYPE_CHECKING:
    from grading.results.recorded import Recorded


def write(results: Path, found: Recorded) -> list[str]:
    """Write all pages, the tables and the report; returns the students whose page took too much and stayed as it was."""
    from grading.marking import apart
    from grading.results import report

    late = []
    with apart.reading(found.assignment, found.release, results) as reader:
        for outcome in found.outcomes:
            try:
                reader.write_page(outcome.as_json())
            except apart.TooMuch:
                late.append(outcome.student)
    report.write(Path(results), found.assignment, found.outcomes)
    return late


def add_parser(subparsers) -> None:
    """`course feedback`."""
    parser = subparsers.add_parser("feedback", help="pages for students with what was given by hand, and a zip for the platform")
    places.add_results(parser)
    destinations.add_options(parser, {"moodle": "a zip for Moodle, too", "canvas": "a zip for Canvas, too"})
    export.add_sheet(parser)
    places.add_roster(parser)
    parser.add_argument("--download", type=Path, help="what Canvas handed out: its names are those that it takes back")
    parser.add_argument("--to", type=Path, help="the zip to write (default: <results>/feedback-<platform>.zip)")
    late_policy.add_argument(parser)
    parser.set_defaults(run=run)


def run(args) -> int:
    """Write the pages and the zip, and say who is not in it. Raises ValueError without what the platform's names need."""
    from grading.locks import locked
    from grading.results import bulk, recorded

    results = places.results_of(args)
    if args.platform == "canvas" and args.download is None:
        raise ValueError("Canvas takes feedback back under the names of its own download: say which file that is with --download")
    if args.sheet and not args.platform:
        raise ValueError("whose sheet is it? Add --moodle or --canvas")
    if not args.sheet and (args.column or args.out_of is not None):
        raise ValueError("--column and --out-of say how marks go into a sheet: name it with --sheet")
    export.check_scale(args)
    policy = late_policy.chosen(args.late, args.assignment)
    roster = places.roster_of(args)
    found = recorded.read(results, args.assignment)
    with locked(results, f"course feedback {args.assignment}"):
        for warning in recorded.settle(results, args.assignment, policy, roster, found.outcomes):
            print(warning, file=sys.stderr)
        found = recorded.read(results, args.assignment)
        for student in write(results, found):
            print(f"{student}: the page takes too much time or memory; it stays as it was.", file=sys.stderr)
    waiting = sum(_waits(outcome) for outcome in found.outcomes)
    print(f"{len(found.outcomes)} pages in {results / 'feedback'}")
    if waiting:
        print(f"{waiting} of them have answers that nobody has marked; they count 0 so far.", file=sys.stderr)
    if args.platform:
        target = args.to or results / f"feedback-{args.platform}.zip"
        ways = {
            "moodle": lambda: bulk.moodle(target, results, found, roster),
            "canvas": lambda: bulk.canvas(target, found, args.download, roster),
        }
        left = destinations.way_to(args.platform, ways)()
        print(f"{len(found.outcomes) - len(left)} students in {target}")
        for student, why in left.items():
            print(f"Not in it: {student}, {why}", file=sys.stderr)
    if args.sheet:  # the marks as well: all that goes back, by one command
        export.write(args, results / f"{args.platform}.csv")
    return 0


def _waits(outcome: Outcome) -> bool:
    return any(mark.status == "manual" for mark in outcome.verdict.exercises)
