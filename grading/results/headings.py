"""What people call an assignment and its exercises: the headings of the students' notebook, not nbgrader's identifiers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grading.cells import grade_id, is_graded, is_solution
from grading.model import ExerciseMark

HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.M)
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
IN_WORDS = "in words"


@dataclass(frozen=True)
class Headings:
    """The notebook's title, and {grade_id: heading} of its exercises; empty where there is none."""

    title: str = ""
    exercises: dict[str, str] = field(default_factory=dict)

    def of(self, mark: ExerciseMark) -> str:
        """An exercise's heading; a written answer without one is called by its identifier, in words."""
        if mark.grade_id in self.exercises:
            return self.exercises[mark.grade_id]
        if mark.grade_id != mark.name:  # an exercise in code is called by the name that the student defines
            return mark.name
        return f"{mark.name.removeprefix('written_').replace('_', ' ').capitalize()}, {IN_WORDS}"


def headings(release) -> Headings:
    """Read the headings of the students' notebook: an exercise has the one above its answer."""
    title, current, coded = "", "", set()
    found: dict[str, str] = {}
    for cell in release.cells:
        written = is_graded(cell) and is_solution(cell)
        if cell.cell_type == "markdown" and not written:
            for level, text in HEADING.findall(FENCE.sub("", cell.source)):
                current = re.sub(r"[*`]", "", text)
                if level == "#":
                    title, current = title or current, ""
        if is_graded(cell) and current:
            beside = written and current in coded and IN_WORDS not in current.casefold()
            found[str(grade_id(cell))] = f"{current}, {IN_WORDS}" if beside else current
            coded |= set() if written else {current}
    return Headings(title, found)
