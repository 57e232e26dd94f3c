"""New files of marks, for platforms whose own sheet is not at hand: columns and rows as their importers ask for them."""

from __future__ import annotations

from grading.results.destinations import way_to
from grading.results.totals import Total

MOODLE = ["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments", "Last modified (grade)"]
CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
BLACKBOARD = ["Last Name", "First Name", "Username"]

Form = tuple[list[str], list[dict]]


def grade(total: Total, out_of: float | None) -> float:
    """The sum as the platform wants it: as it is, or scaled to `out_of`."""
    scaled = total.points if out_of is None else total.points * out_of / total.max if total.max else 0.0
    return round(scaled, 2)


def made(platform: str, found: list[Total], assignment: str, out_of: float | None = None) -> Form:
    """Columns and rows for a platform; raises ValueError for one that takes no table of marks."""
    ways = {
        "moodle": lambda: moodle(found, out_of),
        "canvas": lambda: canvas(found, assignment, out_of),
        "blackboard": lambda: blackboard(found, assignment, out_of),
        "brightspace": _without_sheet,
    }
    return way_to(platform, ways)()


def _without_sheet() -> Form:
    said = "Brightspace's downloads don't hold the numbers that its import needs"
    raise ValueError(f"{said}: export the grades there, with first and last names, and name that file with --sheet")


def moodle(found: list[Total], out_of: float | None = None) -> Form:
    """A grading worksheet for a Moodle assignment."""
    rows = [
        {
            "Identifier": f"Participant {total.number}" if total.number else total.student,
            "Full name": total.name,
            "Grade": grade(total, out_of),
            "Maximum Grade": out_of or total.max,
            "Feedback comments": total.details,
            "Last modified (grade)": "-",  # Moodle's importer refuses a worksheet without this column
        }
        for total in found
    ]
    return MOODLE, rows


def canvas(found: list[Total], assignment: str, out_of: float | None = None) -> Form:
    """A Canvas gradebook with one assignment."""
    points = max((total.max for total in found), default=0.0)
    rows = [{"Student": "    Points Possible", assignment: out_of or points}]
    rows += [{"Student": total.name, "ID": total.number, assignment: grade(total, out_of)} for total in found]
    return [*CANVAS, assignment], rows


def blackboard(found: list[Total], assignment: str, out_of: float | None = None) -> Form:
    """A file for Blackboard's "Upload Grades".

    A student is told by the user name; a column without Blackboard's number of it becomes a new column of text, which the
    instructor turns into one of points (help.blackboard.com, "Work Offline With Grade Data"). So `--sheet` is the better way.
    """
    points = out_of or max((total.max for total in found), default=0.0)
    column = f"{assignment} [Total Pts: {points:g} Score]"
    rows = []
    for total in found:
        first, _, last = total.name.rpartition(" ")
        who = {"Last Name": last, "First Name": first, "Username": total.number or total.student}
        rows.append({**who, column: grade(total, out_of)})
    return [*BLACKBOARD, column], rows
