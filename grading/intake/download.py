"""What an instructor downloaded: a folder or an archive, and in it the archive of a platform, where that was packed once more."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grading.intake.archive import MAX_TOTAL, Entry, copy, in_folder
from grading.intake.packed import inside
from grading.intake.signatures import kind_of
from grading.intake.wrapping import is_class, is_download

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")
TAKES = "give the zip archive that the platform handed out, or a folder"


@contextmanager
def entries(source: Path) -> Iterator[list[Entry]]:
    """All files of a download, to be opened inside the `with`; raises ValueError when `source` is neither folder nor archive."""
    with ExitStack() as stack:
        found: list[Entry] | None
        if source.is_dir():
            found = list(in_folder(source))
        elif source.is_file():
            try:
                found = stack.enter_context(inside(source.resolve(), source.name, MAX_TOTAL))
            except Exception as error:  # a spoilt list of contents raises whatever was met in it
                raise ValueError(_spoilt(source, error)) from error
        else:
            raise ValueError(f"{source} does not exist; give the zip archive or the folder with the submissions")
        if found is None:
            raise ValueError(_no_archive(source))
        yield stack.enter_context(_unpacked(found))


@contextmanager
def _unpacked(found: list[Entry]) -> Iterator[list[Entry]]:
    """The files, with an archive that is itself a download opened: each file in it lies in a folder of the archive's name.

    That is so only where no notebook was found and no platform's name: else an archive is what one student handed in.
    """
    archives = [entry for entry in found if entry.name.lower().endswith(ARCHIVES) and not entry.note]
    top = min((len(entry.parts) for entry in archives), default=0)
    archives = [entry for entry in archives if len(entry.parts) == top]
    with ExitStack() as stack:
        if archives and not any(entry.name.endswith(".ipynb") for entry in found) and not is_download(found):
            for entry in archives:
                inner = _inner(entry, stack, alone=len(archives) == 1)
                folder = (*entry.parts[:-1], Path(entry.name).stem)
                found = [one for one in found if one is not entry or not inner]
                found += [replace(one, parts=(*folder, *one.parts)) for one in inner]
        yield found


def _inner(entry: Entry, stack: ExitStack, alone: bool) -> list[Entry]:
    """The files in an archive that is a download; none of one that a student made, or that can't be opened."""
    with ExitStack() as own:
        packed = Path(own.enter_context(TemporaryDirectory()), "packed")
        try:
            copy(entry, packed)
            found = own.enter_context(inside(packed, entry.name, MAX_TOTAL)) or []
        except Exception:  # each decompressor has errors of its own; whoever copies it then says so
            return []
        if is_download(found) or (alone and is_class(found)):
            stack.push(own.pop_all())
            return found
    return []


def _start(source: Path) -> bytes:
    with source.open("rb") as file:
        return file.read(500)


def _spoilt(source: Path, error: Exception) -> str:
    start = _start(source)
    if start.startswith(b"PK") and isinstance(error, zipfile.BadZipFile):
        said = f"{source} begins as a zip archive but has no end ({error})"
        return f"{said}: the download broke off, or is still going on. Download it again"
    return f"{source} can't be opened as an archive ({error}); download it again"


def _no_archive(source: Path) -> str:
    """What a file is that holds no submissions, and what to do."""
    start = _start(source)
    if not start:
        return f"{source} is empty (0 bytes); download it again"
    if source.suffix.lower() == ".ipynb":
        return f"{source} is one notebook, neither a folder nor a zip archive: put it into a folder and name that"
    what = kind_of(start)
    if "web page" in what:
        return f"{source} is a web page, not an archive: was the session on the platform over? Log in and download it again"
    if what:
        return f"{source} is {what}, which can't be opened here: unpack it and name the folder"
    return f"{source} is neither a folder nor a zip archive; {TAKES}"
