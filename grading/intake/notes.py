"""What `course collect` noted of each student, kept in a file beside the students' folders."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from grading import settings
from grading.model import Repair
from grading.results.places import COLLECTED
from helpers.files import write_bytes

Notes = dict[str, list[Repair]]  # {student: what was noted}


def read(folder: Path) -> Notes:
    """The notes of a collection, none where there is no file; raises ValueError for a damaged one."""
    path = folder / COLLECTED
    return settings.noted(path, "collect into a new folder with --out", _notes) if path.is_file() else {}


def write(folder: Path, notes: Notes) -> None:
    """Write the notes for this user alone."""
    data = {who: [asdict(note) for note in each] for who, each in notes.items()}
    write_bytes(folder / COLLECTED, json.dumps(data, indent=1, ensure_ascii=False).encode(), private=True)


def of(student: Path) -> list[Repair]:
    """What was noted of the student whose folder this is; a damaged file takes nobody's marks."""
    path = student.parent / COLLECTED
    if not path.is_file() or path.is_symlink():
        return []
    return list(_once(student.parent, path.stat().st_mtime_ns).get(student.name, []))


@lru_cache(maxsize=4)
def _once(folder: Path, _changed: int) -> Notes:
    try:
        return read(folder)
    except ValueError:
        return {}


def _notes(data: Any) -> Notes:
    return {who: [Repair(**note) for note in each] for who, each in data.items()}
