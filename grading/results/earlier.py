"""Answers of earlier years, for a comparison with this year's: read once, kept beside the results for every later report.

An earlier submission is read by intake as any other, in the process that can be killed; what cannot be read is passed over.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grading import settings
from grading.cells import grade_id
from grading.intake.files import walk
from grading.intake.matching import slots, untouched
from grading.model import Clean
from grading.terminal import shown
from helpers.files import write_text

KEPT = "earlier.json"  # {exercise: {whose: source}}
MOST = 5_000  # notebooks

Answers = dict[str, dict[str, str]]


def books(folder: Path) -> dict[str, Path]:
    """{whose: notebook} of all notebooks below a folder of old submissions; raises ValueError if there is none."""
    if not folder.is_dir():
        raise ValueError(f"expected a folder of old submissions after --earlier, got {folder}")
    found: dict[str, Path] = {}
    for place, folders, files, _deep in walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        for name in files:
            if name.lower().endswith(".ipynb") and len(found) < MOST:
                book = (place / name).relative_to(folder)
                found[shown(str(book.with_suffix("")))] = folder / book
    if not found:
        raise ValueError(f"{folder} holds no notebook: give --earlier a folder of old submissions")
    return found


def gather(earlier: dict[str, Path], release, clean: Callable[[Path], Clean]) -> Answers:
    """{exercise: {whose: source}} of the coded answers that were attempted."""
    stubs = {slot.grade_id: slot.stub for slot in slots(release) if slot.role == "answer"}
    found: Answers = defaultdict(dict)
    for whose, book in earlier.items():
        notebook = clean(book).notebook
        for cell in notebook.cells if notebook else ():
            name = grade_id(cell)
            if name in stubs and not untouched(cell.source, stubs[name]):
                found[name][whose] = cell.source
    return dict(found)


def keep(out: Path, answers: Answers) -> None:
    """Keep them in the folder of results."""
    write_text(Path(out) / KEPT, json.dumps(answers, ensure_ascii=False, indent=1))


def kept(out: Path) -> Answers:
    """Those that were kept there; none if no run was told of earlier years."""
    path = Path(out) / KEPT
    return settings.noted(path, "delete it; `course grade --earlier` makes it anew", _answers) if path.is_file() else {}


def _answers(data: Any) -> Answers:
    return {str(exercise): {str(whose): str(source) for whose, source in each.items()} for exercise, each in data.items()}
