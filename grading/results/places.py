"""Where `course collect` and `course grade` put an assignment, and the options that name another place."""

from __future__ import annotations

from pathlib import Path


def add_results(parser) -> None:
    """The assignment, and --results."""
    parser.add_argument("assignment", help="such as 3_ddpm")
    parser.add_argument("--results", type=Path, help="the --out of `course grade` (default: graded/<assignment>)")


def add_roster(parser) -> None:
    """--roster."""
    parser.add_argument("--roster", type=Path, help="students.csv from `course collect` (default: beside the collection)")


def results_of(args) -> Path:
    """The folder of results that was meant."""
    return args.results or Path("graded", args.assignment)


def collected(assignment: str) -> Path:
    """Where `course collect` puts submissions unless it is told otherwise."""
    return Path("collected", assignment)


def roster_of(args) -> Path:
    """The roster that was meant."""
    return args.roster or collected(args.assignment) / "students.csv"
