"""What a marker should know of a clean submission beside its marks: a test that was edited, a library call, a paste.

Each is a flag, and no flag takes a point away.
"""

from __future__ import annotations

from grading.cells import exercise_of, grade_id
from grading.intake import pasted, ready_made
from grading.intake.matching import Slot, slots, untouched
from grading.model import Flag, Repair
from grading.sandbox.inside import slicing

EDITED = {
    "restored-test-cell": "The test cell was edited. It was put back as released; the mark is that of the released test.",
    "points": "The points of this exercise were changed in the file. They were put back; the mark is out of the released points.",
}


def hints(notebook, release, repairs: list[Repair], references: dict[str, str]) -> list[Flag]:
    """The flags of a clean notebook; `references` is {exercise: the course's own answer}."""
    return _edited(repairs) + _borrowed(notebook, release, references)


def _edited(repairs: list[Repair]) -> list[Flag]:
    found = {exercise_of(repair.cell): EDITED[repair.kind] for repair in repairs if repair.kind in EDITED}
    return [Flag("edited-test", detail, exercise) for exercise, detail in found.items()]


def _borrowed(notebook, release, references: dict[str, str]) -> list[Flag]:
    """Flags for answers that a library or the course's own source gave."""
    code = [(grade_id(cell) or "", cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    own = "\n".join(source for _name, source in code)
    parsed: list[slicing.ParsedCell] = []
    released = "\n".join(cell.source for cell in release.cells)
    answers = {grade_id(cell): cell.source for cell in notebook.cells}
    found = []
    for slot in slots(release):
        answer = answers.get(slot.grade_id, "")
        if slot.role != "answer" or untouched(answer, slot.stub):
            continue
        if not parsed and ready_made.mentioned(slot.grade_id, own):
            parsed = slicing.parsed(code)
        found += _of(slot, answer, parsed, references.get(slot.grade_id, ""), released)
    return found


def _of(slot: Slot, answer: str, parsed: list[slicing.ParsedCell], reference: str, released: str) -> list[Flag]:
    flags = []
    calls = ready_made.used(slot.grade_id, slot.names, parsed)
    if calls:
        detail = f"The answer calls {', '.join(calls)}, which has it ready; whether that is the work asked for is yours to say."
        flags.append(Flag("library", detail, slot.grade_id))
    sign = pasted.evidence(answer, reference, released)
    if sign:
        flags.append(
            Flag("like-helpers", f"The answer is like the course's own in helpers: {sign}. A hint, no more.", slot.grade_id)
        )
    return flags
