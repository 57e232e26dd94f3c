"""Rebuilding a submission: the student's answers and own cells, and everything else as the release has it.

The result is written afresh. Test cells, points, flags and checksums come from the release, sources from the student,
and each difference that an instructor could want to know about becomes a `Repair`.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from nbformat import from_dict

from grading.cells import about
from grading.intake.matching import Matcher, Slot, squeeze, untouched
from grading.intake.reading import Cell
from grading.model import Repair

MAX_REPAIRS = 200
BY_CONTENT = ("found-by-content", "found-by-place")
FENCED = re.compile(r"\s*(?:```|~~~)[^\n]*\n(.*)\n[ ]*(?:```|~~~)\s*", re.DOTALL)
FLAGS = ("grade", "solution", "locked", "task")


def rebuild(release, cells: list[Cell]):
    """A notebook with every graded cell of `release` once → (notebook, repairs, whether it is this assignment's at all)."""
    matcher = Matcher(release, cells)
    notes = _metadata_notes(matcher) + matcher.repairs
    entries = _layout(matcher, notes)
    notebook = from_dict({**release, "metadata": deepcopy(release.metadata), "cells": [cell for _, cell in entries]})
    found = sum(bool(match.cells) and not match.by_place for match in matcher.matches.values())
    return notebook, _readable(notes, matcher), found > 0 and 2 * found >= len(_strange(matcher))


def _strange(matcher: Matcher) -> set[str]:
    """The grade_ids in the submission that this assignment does not have; neighbouring assignments may share one or two."""
    return {cell.claim for cell in matcher.cells if cell.claim} - set(matcher.matches)


def _layout(matcher: Matcher, notes: list[Repair]) -> list:
    """The cells of the result in order, as (release index or None, cell): the student's order, gaps filled in."""
    by_cell = {match.cells[0]: slot for slot in matcher.slots for match in [_match(matcher, slot)] if match.cells}
    given = {i: r for r, i in matcher.place.items() if i not in by_cell}
    spare = _spare(matcher)
    entries: list[tuple[int | None, Any]] = []
    for i, cell in enumerate(matcher.cells):
        if i in by_cell:
            slot = by_cell[i]
            entries.append((slot.index, _graded(matcher, slot, notes)))
        elif i not in spare:
            entries.append((given.get(i), _own(cell, i, matcher.release, given.get(i))))
    _note_order(entries, notes, {slot.index for slot in matcher.slots})
    _restore(matcher, entries, notes)
    _tests_after_answers(matcher, entries)
    return entries


def _match(matcher: Matcher, slot: Slot):
    return matcher.matches[slot.grade_id]


def _spare(matcher: Matcher) -> set[int]:
    """Cells that go: copies of test and locked cells, copies of an answer that say nothing new, merged parts."""
    spare = set()
    for slot in matcher.slots:
        match = _match(matcher, slot)
        spare.update(match.merged)
        for i in match.cells[1:]:
            fixed = slot.role in ("test", "locked")
            same = matcher.squeezed[i] == matcher.squeezed[match.cells[0]]
            if fixed or same or untouched(matcher.cells[i].source, slot.stub):
                spare.add(i)
    return spare


def _graded(matcher: Matcher, slot: Slot, notes: list[Repair]):
    """The release's cell for `slot`, holding the student's answer if it is one that students write in."""
    cell = deepcopy(matcher.release.cells[slot.index])
    match = _match(matcher, slot)
    first = matcher.cells[match.cells[0]]
    if first.kind != cell.cell_type and first.claim == slot.grade_id:
        detail = f"The cell had been turned from {cell.cell_type} into {first.kind}; it was turned back."
        notes.append(Repair("cell-type", detail, slot.grade_id))
    if "skip-execution" in first.tags:
        detail = "The cell was tagged skip-execution, which would have kept it from running; the tag was dropped."
        notes.append(Repair("skip-tag", detail, slot.grade_id))
    if slot.role in ("test", "locked"):
        if any(matcher.squeezed[i] != squeeze(slot.stub) for i in match.cells):
            detail = "The cell was edited by the student; it was put back as released."
            notes.append(Repair("restored-test-cell" if slot.role == "test" else "restored-cell", detail, slot.grade_id))
        if len(match.cells) > 1:
            detail = f"The cell came {len(match.cells)} times; it was kept once."
            notes.append(Repair("duplicated", detail, slot.grade_id))
        return cell
    parts = [matcher.shared.get(slot.grade_id, match.cells[0]), *match.merged]
    cell.source = "\n\n".join(_unfenced(matcher.cells[i], cell.cell_type) for i in parts)
    pictures = {}
    for i in parts:
        pictures.update(matcher.cells[i].attachments)
    if pictures and cell.cell_type == "markdown":
        cell["attachments"] = pictures
    return cell


def _unfenced(cell: Cell, kind: str) -> str:
    """The text of a cell; of code in a text cell without the fence (```python) that shows it as code there."""
    fenced = FENCED.fullmatch(cell.source) if kind == "code" and cell.kind != "code" else None
    return fenced[1] if fenced else cell.source


def _own(cell: Cell, number: int, release, index: int | None):
    """A cell that is not graded: the student's text, with the release's id and metadata if the release has the cell."""
    if index is not None:
        kept = deepcopy(release.cells[index])
        kept.source = cell.source
        return kept
    made = {"cell_type": cell.kind, "id": f"student-{number}", "metadata": {}, "source": cell.source}
    return from_dict(made | ({"outputs": [], "execution_count": None} if cell.kind == "code" else {}))


def _restore(matcher: Matcher, entries: list, notes: list[Repair]) -> None:
    """Put back what is gone: graded cells, and the release's code cells that later ones may need."""
    graded = {slot.index: slot for slot in matcher.slots}
    placed = {index for index, _ in entries if index is not None}
    edited = _edited(matcher)
    deleted = []
    for index, cell in enumerate(matcher.release.cells):
        if index in placed:
            continue
        slot, cell = graded.get(index), deepcopy(cell)
        if slot and slot.grade_id in matcher.shared:
            cell.source = matcher.cells[matcher.shared[slot.grade_id]].source
        elif slot:
            what = {"answer": "unanswered", "written": "unanswered"}.get(slot.role, "as released")
            detail = f"The cell was not in the submission; it was put back {what}."
            notes.append(Repair("restored-missing", detail, slot.grade_id))
        elif cell.cell_type == "code" and index not in edited:
            deleted.append(index)
        else:
            continue
        before = [position for position, (i, _) in enumerate(entries) if i is not None and i < index]
        last = max(before, key=lambda position: entries[position][0]) + 1 if before else 0
        entries.insert(last, (index, cell))
    if deleted:
        detail = f"{len(deleted)} code cells of the course that the student had deleted were put back."
        notes.append(Repair("restored-code", detail))


def _edited(matcher: Matcher) -> set[int]:
    """Release cells whose place in the submission is held by a cell of the student's: edited, not deleted."""
    edited: set[int] = set()
    place = matcher.place
    known = sorted(place)
    for left, right in zip([-1, *known], [*known, len(matcher.release.cells)]):
        low = place.get(left, -1)
        high = place.get(right, len(matcher.cells))
        if any(matcher.cells[i].kind == "code" and i not in matcher.taken for i in range(low + 1, high)):
            edited.update(range(left + 1, right))
    return edited


def _tests_after_answers(matcher: Matcher, entries: list) -> None:
    """Move a test cell that stands before the answer it tests to right behind it."""
    previous = None
    for slot in matcher.slots:
        if slot.role == "answer":
            previous = slot
        elif slot.role == "test" and previous:
            at = [index for index, _ in entries]
            answer, test = at.index(previous.index), at.index(slot.index)
            if test < answer:
                entries.insert(answer, entries.pop(test))


def _note_order(entries: list, notes: list[Repair], graded: set[int]) -> None:
    order = [index for index, _ in entries if index in graded]
    if order != sorted(order):
        detail = "The exercises stand in another order than in the release; each is marked all the same."
        notes.append(Repair("reordered", detail))


def _metadata_notes(matcher: Matcher) -> list[Repair]:
    """What a student's nbgrader metadata says differently from the release's, cell by cell."""
    notes = []
    for slot in matcher.slots:
        right = about(matcher.release.cells[slot.index])
        for i in _match(matcher, slot).cells[:1]:
            said = matcher.cells[i].nbgrader
            if not said:
                continue
            if "points" in right and said.get("points") != right["points"]:
                detail = f"The cell claimed {said.get('points')!s:.40} points; it has {right['points']}."
                notes.append(Repair("points", detail, slot.grade_id))
            if said.get("schema_version") != right.get("schema_version"):
                detail = f"Unknown nbgrader schema version {said.get('schema_version')!s:.40}; set right."
                notes.append(Repair("schema-version", detail, slot.grade_id))
            if [bool(said.get(key)) for key in FLAGS] != [bool(right.get(key)) for key in FLAGS]:
                detail = "The cell's nbgrader role (graded, solution, locked) had been changed; set right."
                notes.append(Repair("role", detail, slot.grade_id))
    strange = sorted(_strange(matcher))
    if strange:
        names = ", ".join(name[:40] for name in strange[:5])
        notes.append(Repair("unknown-id", f"nbgrader cells that this assignment does not have: {names}."))
    return notes


def _readable(notes: list[Repair], matcher: Matcher) -> list[Repair]:
    """The notes, with one sentence in place of twenty when all metadata is gone."""
    if not any(cell.nbgrader for cell in matcher.cells):
        single = [note for note in notes if note.kind not in BY_CONTENT]
        count = len(notes) - len(single)
        if count:
            detail = f"All nbgrader metadata was gone; {count} answers were found by their content or place."
            single.insert(0, Repair("metadata-lost", detail))
        notes = single
    if len(notes) > MAX_REPAIRS:
        rest = len(notes) - MAX_REPAIRS
        notes = [*notes[:MAX_REPAIRS], Repair("more", f"{rest} further repairs are not listed.")]
    return notes
