"""Files that strangers named: opened only if they are ordinary ones, found however deep, and listed as a person counts."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

DEEPEST = 40  # folders within folders that are looked into: no honest submission has more
FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # each on the systems that have it
    FLAGS |= getattr(os, _name, 0)


def open_regular(path: Path):
    """Open an ordinary file for reading; raises ValueError (or OSError) for a link, a pipe or a device."""
    if path.is_symlink():  # Windows has no O_NOFOLLOW
        raise ValueError(f"{path.name} is not an ordinary file")
    descriptor = os.open(path, FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"{path.name} is not an ordinary file")
    return os.fdopen(descriptor, "rb")


def natural(name: str) -> list:
    """A key that sorts names as a person counts: 2 before 10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in re.split(r"([0-9]+)", name)]


def walk(top: Path) -> Iterator[tuple[Path, list[str], list[str], list[str]]]:
    """(folder, its folders, its files, its folders that lie too deep) for `top` and all below, sorted, links not followed.

    The caller may delete names from the list of folders, which are then passed over. Unlike os.walk it calls no function
    within itself: a thousand folders within each other end nothing.
    """
    todo = [(Path(top), 0)]
    while todo:
        folder, depth = todo.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except OSError:  # gone, or not ours to read
            continue
        inner = [name for name, is_folder in found if is_folder]
        files = [name for name, is_folder in found if not is_folder]
        folders = inner if depth < DEEPEST else []
        yield folder, folders, files, [] if depth < DEEPEST else inner
        todo += [(folder / name, depth + 1) for name in reversed(folders)]
