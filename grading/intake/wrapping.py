"""Where the students begin: the folders that lie around a download are nobody's.

Browsers, systems and people put a download into folders: of the archive's name, of a section of the class, of both. A
platform's names are looked for on every level; without them it is a folder's having several folders with notebooks that tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from grading.intake import names
from grading.intake.archive import Entry

Parts = tuple[str, ...]


def unwrapped(paths: list[Parts], assignment: str, zipped: bool) -> list[Parts]:
    """Each path from its student on."""
    depths = _by_names(set(paths))
    if depths is None:
        depths = dict.fromkeys(paths, _plain(paths, assignment, zipped))
    return [path[min(depths.get(path, 0), len(path) - 1) :] for path in paths]


def is_download(found: Sequence[Entry]) -> bool:
    """Whether a platform named these files, however deep."""
    return bool(_by_names({entry.parts for entry in found}))


def is_class(found: Sequence[Entry]) -> bool:
    """Whether the files lie in several folders with notebooks."""
    paths = [entry.parts for entry in found]
    depth = _level(paths)
    return len({path[depth] for path in paths if len(path) > depth + 1 and _book(path)}) > 1


def _book(path: Parts) -> bool:
    return path[-1].lower().endswith(".ipynb")


def _speaks(paths: set[Parts]) -> bool:
    """Whether a platform named what lies on this level. Other files may have names like Canvas's: so it must be all notebooks."""
    if any(names.unmistakable(path) for path in paths):
        return True
    books = [path for path in paths if len(path) == 1 and _book(path)]
    return bool(books) and all(names.canvas(path[0]) for path in books)


def _by_names(paths: set[Parts]) -> dict[Parts, int] | None:
    """{path: how many folders lie around what a platform named}; None unless all notebooks within folders are so named."""
    if _speaks(paths):
        return dict.fromkeys(paths, 0)
    found: dict[Parts, int] = {}
    for top in {path[0] for path in paths if len(path) > 1}:
        below = {path[1:] for path in paths if path[0] == top and len(path) > 1}
        inner = _by_names(below)
        if inner is None and any(map(_book, below)):
            return None
        found.update({(top, *path): depth + 1 for path, depth in (inner or {}).items()})
    return found or None


def _level(paths: Sequence[Parts]) -> int:
    """How many folders within each other hold all the files and nothing else."""
    depth = 0
    while len({path[: depth + 1] for path in paths}) == 1 and all(len(path) > depth + 1 for path in paths):
        depth += 1
    return depth


def _plain(paths: list[Parts], assignment: str, zipped: bool) -> int:
    """How many of the folders that hold everything are not a student's own; an archive often has such a wrapping."""
    depth = _level(paths)
    if not depth:
        return 0
    here = [path[depth:] for path in paths]
    folders = {path[0] for path in here if len(path) > 1 and _book(path)}
    if len(folders) > 1 and not any(len(path) == 1 and _book(path) for path in here) and depth > 1:
        return depth - (assignment in folders)
    seconds = {path[1] for path in paths}
    deeper = any(len(path) > 2 for path in paths)
    return int(assignment not in seconds and (deeper or (zipped and len(seconds) > 1)))
