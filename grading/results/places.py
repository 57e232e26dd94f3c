"""Where `course collect` and `course grade` put an assignment, and the options that name another place."""

from __future__ import annotations

from pathlib import Path

ROSTER = "students.csv"  # name, platform's number and time of each student; `course grade` keeps a copy with its results


def add_results(parser) -> None:
    """The assignment, and --results."""
    parser.add_argument("assignment", help="such as 3_ddpm")
    parser.add_argument("--results", type=Path, help="the --out of `course grade` (default: graded/<assignment>)")


def add_roster(parser) -> None:
    """--roster."""
    parser.add_argument("--roster", type=Path, help="students.csv from `course collect` (default: the one that was marked with)")


def results_of(args) -> Path:
    """The folder of results that was meant."""
    return args.results or graded(args.assignment)


def graded(assignment: str) -> Path:
    """Where `course grade` puts its results unless it is told otherwise."""
    return Path("graded", assignment)


def collected(assignment: str) -> Path:
    """Where `course collect` puts submissions unless it is told otherwise."""
    return Path("collected", assignment)


def roster_of(args) -> Path:
    """The roster that was meant: the copy among the results, or the collection's."""
    marked_with = results_of(args) / ROSTER
    return args.roster or (marked_with if marked_with.is_file() else collected(args.assignment) / ROSTER)
