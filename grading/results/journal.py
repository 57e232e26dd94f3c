"""What a batch leaves in its folder of results beside the results: who is marked already, and who is marking just now."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from grading.intake.files import DEEPEST
from grading.model import Outcome
from grading.rights import private_folder
from helpers.files import write_text

JOURNAL, LOCK = ".journal", ".lock"
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


@contextmanager
def locked(out: Path, what: str) -> Iterator[None]:
    """Hold the folder of results, which is made for this user alone if it is not there.

    Raises ValueError that says who holds it if somebody does, or whose it is, OSError if it can't be written.
    """
    import fcntl  # not on Windows, where results are read but not made

    private_folder(out)
    with open(out / LOCK, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{out} is in use by {_holder(file)}; wait for its end, or use another folder") from None
        except OSError:  # a file system without locks
            yield
            return
        file.truncate(0)
        since = datetime.now().strftime("%H:%M on %d %B")
        file.write(f"`{what}` of {_user()} on {socket.gethostname()}, process {os.getpid()}, since {since}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def in_use(out: Path) -> str:
    """Who is writing to a folder of results just now; empty where nobody is, or where it can't be known."""
    try:
        import fcntl
    except ImportError:  # Windows, where results are read but not made
        return ""

    try:
        with open(out / LOCK, encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(file)
    except OSError:  # no lock there, or a file system without locks
        pass
    return ""


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read(300).strip() or "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name
        return str(os.getuid())


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
