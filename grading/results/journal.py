"""What a batch leaves in its folder of results beside the results: who is marked already."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from grading.intake.files import DEEPEST
from grading.model import Outcome
from helpers.files import write_text

JOURNAL = ".journal"
MOST = 5_000  # files of a submission that are looked at


class Journal:
    """What is already marked, one small file a student, valid for the same files and the same assignment only."""

    def __init__(self, folder: Path, assignment: str):
        self.folder, self.assignment = folder, digest(assignment)

    def write(self, student: str, outcome: str, folder: Path) -> None:
        """Note the student's outcome, given as JSON."""
        write_text(self._path(student), f'{{"key": "{self._key(folder)}", "outcome": {outcome}}}')

    def read(self, student: str, folder: Path) -> Outcome | None:
        """The outcome, or None if there is none for these very files."""
        return self._entry(student, lambda: self._key(folder))

    def last(self, student: str) -> Outcome | None:
        """The outcome that was noted last, for whatever files."""
        return self._entry(student)

    def _entry(self, student: str, key: Callable[[], str] | None = None) -> Outcome | None:
        try:
            entry = json.loads(self._path(student).read_text(encoding="utf-8"))
            return Outcome.from_dict(entry["outcome"]) if key is None or entry["key"] == key() else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _path(self, student: str) -> Path:
        return self.folder / f"{digest(student)}.json"

    def _key(self, folder: Path) -> str:
        return digest(self.assignment + repr(sorted(_files(folder))))


def _files(top: Path) -> Iterator[tuple[str, int, int]]:
    """(name, size, time) of what lies below a folder, not deeper than any honest submission is."""
    todo, left = [(os.fspath(top), 0)], MOST
    while todo:
        folder, depth = todo.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield (folder, -1, error.errno or 0)
            continue
        for entry in found[:left]:
            about = entry.stat(follow_symlinks=False)
            yield (os.path.relpath(entry.path, top), about.st_size, about.st_mtime_ns)
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                todo.append((entry.path, depth + 1))
        left = max(0, left - len(found))


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
