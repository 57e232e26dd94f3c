"""Archives that somebody packed: zip, tar, and what gzip, bzip2 or xz made smaller, known by their contents and not by name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grading.intake.archive import Entry, copy, in_tar, in_zip
from grading.intake.files import open_regular

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is that of one that holds nothing
USTAR = 257  # where a tar archive says what it is
COMPRESSED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
OFFICE = {"[Content_Types].xml", "mimetype"}  # a document, which is a zip archive by accident


@contextmanager
def unpacked(path: Path, name: str, limit: int) -> Iterator[list[Entry] | None]:
    """As `inside`, and the archive is gone when the `with` begins."""
    if not _smaller(path) and not _form(path):
        yield None
        return
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(shutil.move(path, Path(scratch, "packed")))
        with inside(packed, name, limit) as found:
            yield found


@contextmanager
def inside(path: Path, name: str, limit: int) -> Iterator[list[Entry] | None]:
    """The files in an archive, to be opened inside the `with`; None for a file that is no archive.

    `name` is what it was called, `limit` the bytes that it may unpack to. Raises ValueError beyond them, and whatever its
    format raises for one that is damaged.
    """
    smaller = _smaller(path)
    with tempfile.TemporaryDirectory() as scratch:
        plain = path
        if smaller:
            plain = Path(scratch, "plain")
            copy(Entry((name,), lambda: smaller(path)), plain, limit)
        form = _form(plain)
        if form == "zip":
            with zipfile.ZipFile(plain) as zipped:
                yield list(in_zip(zipped))
        elif form == "tar":
            with tarfile.open(plain, "r:") as tar:
                yield list(in_tar(tar))
        elif smaller:
            yield [Entry((Path(name).stem,), lambda: open_regular(plain))]
        else:
            yield None


def _smaller(path: Path) -> Callable[[Path], Any] | None:
    start = _start(path)
    return next((opened for mark, opened in COMPRESSED.items() if start.startswith(mark)), None)


def _start(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(512)


def _form(path: Path) -> str:
    """The form of an archive that holds files, "zip" or "tar"; nothing for any other file, an office document among them."""
    start = _start(path)
    if not start.startswith(ZIP):
        return "tar" if start[USTAR:].startswith(b"ustar") else ""
    with zipfile.ZipFile(path) as zipped:
        return "" if OFFICE & set(zipped.namelist()) else "zip"
