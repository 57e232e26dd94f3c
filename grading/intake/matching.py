"""Which cell of a submission answers which exercise of the release.

nbgrader trusts cell metadata, and one lost or doubled grade_id can stop a whole class. Here the metadata is a hint: a
cell that carries an exercise's grade_id is preferred, but what counts is that it defines the names the exercise asks
for, and a cell without any metadata is found by its contents or by its place between two cells that are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from grading.cells import Role, grade_id, role
from grading.intake import words
from grading.intake.reading import Cell
from grading.model import Repair

COMPARED = 5_000  # characters of a cell that fuzzy comparison looks at


@dataclass
class Slot:
    """One nbgrader cell of the release."""

    grade_id: str
    role: Role
    index: int  # position in the release
    stub: str
    names: tuple[str, ...]  # what an answer cell has to define


@dataclass
class Match:
    """The result for one slot: the indices of its cells in the submission, the first of which is the one to mark."""

    cells: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)  # further cells that hold the rest of the answer
    by_place: bool = False  # nothing speaks for it but where it stands


def slots(release) -> list[Slot]:
    """The nbgrader cells of a release notebook, in order."""
    found = []
    for index, cell in enumerate(release.cells):
        kind = role(cell)
        if kind is not None:
            names = definitions(cell.source) if kind == "answer" else ()
            found.append(Slot(str(grade_id(cell)), kind, index, cell.source, names))
    return found


def definitions(source: str) -> tuple[str, ...]:
    """Names of the functions and classes defined at the top level, read without parsing (the cell may not compile)."""
    found = re.findall(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*=\s*lambda\b", source, flags=re.MULTILINE)
    return tuple(dict.fromkeys(a or b for a, b in found))


def assignments(source: str) -> tuple[str, ...]:
    """Names that are assigned to at the top level: `step = partial(_step, 2)` answers an exercise as well as a `def` does."""
    return tuple(dict.fromkeys(re.findall(r"^(\w+)\s*(?::[^=\n]+)?=(?!=)", source, flags=re.MULTILINE)))


def squeeze(source: str) -> str:
    """`source` without any white space: two cells with equal squeezes are the same cell."""
    return "".join(source.split())


def untouched(source: str, stub: str) -> bool:
    """Whether an answer is still the release's stub, or says nothing at all."""
    says = any(line and not line.startswith("#") for line in map(str.strip, source.splitlines()))
    return not says or squeeze(source) == squeeze(stub)


class Matcher:
    """Matches the cells of one submission with the slots of a release."""

    def __init__(self, release, cells: list[Cell]):
        self.release, self.cells, self.slots = release, cells, slots(release)
        self.repairs: list[Repair] = []
        self.matches: dict[str, Match] = {slot.grade_id: Match() for slot in self.slots}
        graded = {slot.index for slot in self.slots}
        self.given = {squeeze(c.source): i for i, c in enumerate(release.cells) if i not in graded}
        self.squeezed = [squeeze(cell.source) for cell in cells]
        self.by_def = [set(definitions(cell.source)) for cell in cells]
        self.defined = [by_def | set(assignments(cell.source)) for by_def, cell in zip(self.by_def, cells, strict=True)]
        self.taken: dict[int, str] = {}
        for kind, find in (("test", self._fixed), ("locked", self._fixed), ("answer", self._answer)):
            for slot in self.slots:
                if slot.role == kind:
                    self._take(slot, find(slot))
        self.place = self._align()
        for slot in self.slots:
            if slot.role == "written":
                self._take(slot, self._written(slot))
            elif slot.role == "answer" and not self.matches[slot.grade_id].cells:
                self._take(slot, Match(self._between(slot)[:1], by_place=True), "found-by-place")
        self.place = self._align()
        self.shared = self._shared()

    def note(self, kind: str, detail: str, slot: Slot) -> None:
        self.repairs.append(Repair(kind, detail, slot.grade_id))

    def _take(self, slot: Slot, match: Match, kind: str | None = None) -> None:
        self.matches[slot.grade_id] = match
        for i in match.cells + match.merged:
            self.taken.setdefault(i, slot.grade_id)
        if match.cells and kind:
            self.note(kind, "The answer had lost its metadata and was found by its place in the notebook.", slot)

    def _claimed(self, slot: Slot) -> list[int]:
        return [i for i, cell in enumerate(self.cells) if cell.claim == slot.grade_id and i not in self.taken]

    def _fixed(self, slot: Slot) -> Match:
        """Copies of a cell that students may not change: by grade_id, by equal text, or by the check it calls."""
        wanted = {name for other in self.slots if other.role == "answer" for name in other.names}
        claimed = [i for i in self._claimed(slot) if not wanted & self.defined[i]]
        if claimed:
            return Match(claimed)
        same, call = squeeze(slot.stub), re.search(r"\bchecks\.(\w+)\(", slot.stub)
        pattern = re.compile(rf"\s*checks\.{call[1]}\([^\n]*\)\s*") if call and slot.role == "test" else None
        return Match(
            [
                i
                for i, cell in enumerate(self.cells)
                if i not in self.taken
                and cell.claim not in self.matches
                and (self.squeezed[i] == same or (pattern and pattern.fullmatch(cell.source)))
            ]
        )

    def _answer(self, slot: Slot) -> Match:
        """The cell that holds the answer; later copies win over earlier ones, as they did in the student's kernel."""
        others = {other.grade_id: set(other.names) for other in self.slots if other is not slot and other.names}
        claimed = self._claimed(slot)
        named = [
            i
            for i, cell in enumerate(self.cells)
            if i not in self.taken
            and self.squeezed[i] not in self.given
            and self.defined[i] & set(slot.names)
            and not (cell.claim and self.defined[i] & others.get(cell.claim, set()))
        ]
        written = [i for i in claimed if not untouched(self.cells[i].source, slot.stub)]
        elsewhere = [i for i in named if not untouched(self.cells[i].source, slot.stub)]
        both = [i for i in written if i in named or not slot.names]
        foreign = set().union(*others.values()) - set(slot.names)
        plainest = sorted(elsewhere, key=lambda i: (not self.defined[i] & foreign, bool(self.by_def[i] & set(slot.names))))
        best = (both or plainest or written)[-1:] or claimed[:1] or named[:1]
        if not best:
            return Match()
        if best[0] not in claimed and claimed:
            state = "holds something else" if written else "was left empty"
            self.note("found-elsewhere", f"The answer cell {state}; another cell defines the answer.", slot)
        elif best[0] not in claimed:
            self.note("found-by-content", "The answer had lost its metadata and was found by what it defines.", slot)
        rest = [i for i in claimed if i != best[0] and not self.defined[i] & foreign]
        if len(claimed) > 1 and rest:
            which = "the last one that was filled in" if both else "one of them"
            self.note("duplicated", f"The answer cell came {len(claimed)} times; {which} is marked.", slot)
        merged = self._rest_of_answer(slot, best[0], elsewhere)
        spare = [i for i in elsewhere if i not in (*claimed, *best, *merged)]
        if spare:
            self.note("also-defined", "Another cell defines this too; look at it if the mark surprises.", slot)
        return Match(best + rest, merged)

    def _rest_of_answer(self, slot: Slot, best: int, elsewhere: list[int]) -> list[int]:
        """Cells with the names that the chosen cell lacks, when one answer was spread over several cells."""
        missing = set(slot.names) - self.defined[best]
        merged: list[int] = []
        for i in reversed(elsewhere):
            if i != best and missing & self.defined[i]:
                merged.insert(0, i)
                missing -= self.defined[i]
        if merged:
            self.note("merged", "The answer was spread over several cells; they were put together.", slot)
        return merged

    def _shared(self) -> dict[str, int]:
        """{grade_id: another exercise's cell} of each answer that stands there, and has no cell of its own or an empty one."""
        owners = {match.cells[0]: slot for slot in self.slots for match in [self.matches[slot.grade_id]] if match.cells}
        filled = {i: slot for i, slot in owners.items() if not untouched(self.cells[i].source, slot.stub)}
        found = {}
        for slot in self.slots:
            own = self.matches[slot.grade_id].cells
            inside = [i for i, owner in filled.items() if owner.role == "answer" and set(slot.names) <= self.by_def[i]]
            if slot.names and inside and not (own and own[0] in filled):
                found[slot.grade_id] = inside[-1]
                self.note("merged", "The answer stands in another exercise's cell; it was copied from there.", slot)
        return found

    def _written(self, slot: Slot) -> Match:
        """The written answer's cell, or the student's own text beside it when the cell itself was left empty."""
        claimed = self._claimed(slot)
        filled = [i for i in claimed if not _blank(self.cells[i].source, slot.stub)]
        if len(claimed) > 1:
            self.note("duplicated", f"The answer cell came {len(claimed)} times; the last filled in is marked.", slot)
        if filled:
            return Match(filled[-1:] + [i for i in claimed if i != filled[-1]])
        beside = {self.squeezed[i]: i for i in self._between(slot) if not _blank(self.cells[i].source, slot.stub)}
        if not beside:
            return Match(claimed or self._between(slot)[:1], by_place=not claimed)
        if claimed:
            self.note("found-elsewhere", "The answer cell was left empty; the text beside it is the answer.", slot)
        else:
            self.note("found-by-place", "The answer had lost its metadata and was found by its place.", slot)
        first, *rest = beside.values()
        return Match([first, *claimed], rest, by_place=not claimed)

    def _between(self, slot: Slot) -> list[int]:
        """Indices of the student's own cells that may answer the slot, between its known neighbours in the release."""
        before = [self.place[r] for r in range(slot.index) if r in self.place]
        after = [self.place[r] for r in range(slot.index + 1, len(self.release.cells)) if r in self.place]
        low = before[-1] if before else -1
        high = min((i for i in after if i > low), default=len(self.cells))
        free = [i for i in range(low + 1, high) if i not in self.taken and self.cells[i].claim not in self.matches]
        free = [i for i in free if self.squeezed[i] not in self.given]
        if slot.role == "written":
            return [i for i in free if words.is_text(self.cells[i]) and not self._is_prose(i)][:50]
        free = [i for i in free if self.cells[i].kind == "code"][:50]
        close = {i: fuzz.token_set_ratio(self.cells[i].source[:COMPARED], slot.stub[:COMPARED]) for i in free}
        return sorted((i for i in free if close[i] >= 60), key=lambda i: -close[i])

    def _is_prose(self, i: int) -> bool:
        """Whether a cell is a lightly edited text of the release, and so no answer."""
        text = self.cells[i].source[:COMPARED]
        prose = [c.source for c in self.release.cells if c.cell_type == "markdown" and len(c.source) > 40]
        return any(fuzz.ratio(text, other[:COMPARED], score_cutoff=90) for other in prose)

    def _align(self) -> dict[int, int]:
        """Release index → index in the submission, for every cell that both have."""
        ids = {slot.index: slot.grade_id for slot in self.slots}
        chosen = {match.cells[0]: name for name, match in self.matches.items() if match.cells}
        known = set(chosen.values())
        left = [ids[i] if ids.get(i) in known else squeeze(cell.source) for i, cell in enumerate(self.release.cells)]
        right = [chosen.get(i) or text for i, text in enumerate(self.squeezed)]
        place = {}
        for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
            place.update({block.a + k: block.b + k for k in range(block.size)})
        return place


def _blank(source: str, stub: str) -> bool:
    """Whether a written answer is still the release's text, or holds no letters or digits."""
    return squeeze(source) == squeeze(stub) or not re.search(r"\w", source)
