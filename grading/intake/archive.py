"""The files inside a folder or an archive, one by one and within limits.

Nothing is unpacked by itself: an entry's name is only read, never used as a path, so that it cannot lead out of the folder.
Links, devices, encrypted and oversize entries are passed over with a note.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath

from grading.intake.files import DEEPEST, open_regular, walk
from grading.intake.reading import MAX_BYTES
from grading.terminal import shown

MAX_ENTRIES = 50_000
MAX_TOTAL = 20_000_000_000  # bytes that one collection may copy
SKIPPED = ("__MACOSX", ".git", ".DS_Store", "Thumbs.db")


@dataclass
class Entry:
    """One file found; `note` says why it must not be opened, if so."""

    parts: tuple[str, ...]
    open: Callable[[], AbstractContextManager]
    time: datetime | None = None
    note: str = ""

    @property
    def name(self) -> str:
        return self.parts[-1]


def in_folder(top: Path) -> Iterator[Entry]:
    """The files in a folder and below, links not followed."""
    for root, folders, files, deep in walk(top):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in deep:
            yield Entry(_parts((root / name).relative_to(top)), _never, note=f"lies more than {DEEPEST} folders deep")
        for name in files:
            path = root / name
            parts = _parts(path.relative_to(top))
            if name in SKIPPED or name.startswith("._"):
                continue
            try:
                status = path.lstat()
            except OSError:  # it has just gone
                continue
            if not stat.S_ISREG(status.st_mode):
                what = "is a link to a folder" if path.is_dir() else "is a link or a special file"
                yield Entry(parts, _never, note=what)
            else:
                note = "is over the size limit" if status.st_size > MAX_BYTES else ""
                yield Entry(parts, _opener(path), datetime.fromtimestamp(status.st_mtime), note)


def _parts(path: PurePath) -> tuple[str, ...]:
    """A path's parts as they may be shown: nobody opens them."""
    return tuple(map(shown, path.parts))


def _opener(path: Path) -> Callable[[], AbstractContextManager]:
    return lambda: open_regular(path)


def in_zip(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """The files of an open zip archive."""
    for info in islice(archive.infolist(), MAX_ENTRIES):
        parts = _named(info.filename)
        if info.is_dir() or not parts:
            continue
        try:
            time = datetime(*info.date_time)
        except ValueError:
            time = None
        mode = stat.S_IFMT(info.external_attr >> 16)
        note = _objection(info.filename, mode in (0, stat.S_IFREG), info.file_size)
        yield Entry(parts, _zipped(archive, info), time, "is encrypted" if info.flag_bits & 1 else note)
    if len(archive.infolist()) > MAX_ENTRIES:
        yield _rest()


def in_tar(archive: tarfile.TarFile) -> Iterator[Entry]:
    """The files of an open tar archive."""
    for info in islice(archive, MAX_ENTRIES):
        parts = _named(info.name)
        if not info.isdir() and parts:
            yield Entry(parts, _tarred(archive, info), None, _objection(info.name, info.isreg(), info.size))
    if archive.next() is not None:
        yield _rest()


def _rest() -> Entry:
    return Entry(("…",), _never, note=f"and all after it were left out: more than {MAX_ENTRIES} entries")


def _named(name: str) -> tuple[str, ...]:
    """The parts of an entry's name; none of a file that a system keeps for itself."""
    parts = tuple(part for part in _parts(_path(name)) if part not in ("/", "..", "."))
    return () if not parts or set(parts) & set(SKIPPED) or parts[-1].startswith("._") else parts


def _path(name: str) -> PurePosixPath:
    """An entry's name as a path, also as Windows writes it."""
    return PurePosixPath(name.replace("\\", "/"))


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], AbstractContextManager]:
    return lambda: archive.open(info)


def _tarred(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], AbstractContextManager]:
    return lambda: archive.extractfile(info) or _never()


def _objection(name: str, ordinary: bool, size: int) -> str:
    path = _path(name)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "has a path that leads out of the archive"
    if not ordinary:
        return "is a link or a special file"
    return f"would unpack to {size // 1_000_000} MB" if size > MAX_BYTES else ""


def _never():
    raise ValueError("this entry must not be opened")


def copy(entry: Entry, target: Path, limit: int = MAX_BYTES) -> int:
    """Copy an entry to a file of at most `limit` bytes and return its size; raises ValueError when it is larger.

    The size that an archive declares is not believed.
    """
    size = 0
    with entry.open() as source, open(target, "xb") as file:
        while block := source.read(1 << 20):
            size += len(block)
            if size > limit:
                file.close()
                target.unlink()
                raise ValueError(f"unpacks to more than {limit // 1_000_000} MB")
            file.write(block)
    return size
