"""Where `course collect` and `course grade` put an assignment, and the options that name another place."""

from __future__ import annotations

from pathlib import Path

from grading.locks import LOCK
from grading.terminal import typed

ROSTER = "students.csv"  # name, platform's number and time of each student; `course grade` keeps a copy with its results
COLLECTED = "collected.json"  # what `course collect` noted, beside the students' folders
UNFINISHED = ".collecting"  # there as long as a collection is not whole; says of what
SIMULATED = "simulated.json"  # what each made-up student is
NOBODYS = (ROSTER, COLLECTED, SIMULATED, UNFINISHED, LOCK)  # beside the students' folders, and no student's


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


def unusable(results: Path, said: object) -> str:
    """That a folder's gradebook can't be used, given the database's words, and what to do first."""
    path = Path(results) / "gradebook.db"
    if any(word in str(said) for word in ("not a database", "malformed")):
        do = f"it is damaged: move {path} away"
    elif "locked" in str(said):
        do = "another program, such as formgrader, is writing to it: wait for its end"
    elif "full" in str(said):
        do = "make room on the disk"
    else:
        do = "put that right"
    return f"the gradebook in {results} can't be used ({said}); {do}"


def without_marks(results: Path, assignment: str) -> str:
    """That a folder holds no marks of an assignment, and what to do."""
    run = f"run `{typed('course', 'grade', assignment, '--out', results)}` first"
    if not Path(results).is_dir():
        here = "" if Path(results).is_absolute() else f" in {Path.cwd()}"
        first = f"there is no folder {results}{here}: go to where `course grade` put it, or name it with --results"
        return f"{first}. If nothing is marked yet, {run}"
    return f"{results} holds no marks of {assignment}; {run}"
