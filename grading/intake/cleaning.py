"""Intake: whatever a student handed in becomes a notebook that can be marked, or a sentence for the instructor.

`clean` never raises: a file that cannot be read is a problem to look at, never the end of a batch.
"""

from __future__ import annotations

import mmap
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from grading.intake import notes
from grading.intake.files import DEEPEST, natural, open_regular, walk
from grading.intake.hints import hints
from grading.intake.matching import Matcher, untouched
from grading.intake.reading import Reading, read
from grading.intake.rebuild import rebuild
from grading.model import Clean, Repair
from grading.terminal import shown

MAX_BOOKS = 30  # notebooks of one student that are read to find the one to mark


def clean(source, release, assignment: str = "", references: dict[str, str] | None = None) -> Clean:
    """Turn a submission into a clean notebook.

    `source` is the bytes of a file, the path of one, or a student's folder, from which the notebook is chosen;
    `release` is the student version of the assignment (a notebook node), `assignment` its name, which helps to choose
    between two notebooks; `references` is {exercise: the course's own answer}, to recognise a paste. Whatever the file holds,
    the answer is a `Clean`: its notebook has every graded cell of the release once, or its `problem` says what a person
    must look at.
    """
    repairs: list[Repair] = []
    try:
        with _opened(source, release, assignment, repairs) as data:
            reading = data if isinstance(data, Reading) else read(data)
        repairs += reading.repairs
        if reading.problem:
            return Clean(None, repairs, reading.problem)
        notebook, changes, ours = rebuild(release, reading.cells)
        if not ours:
            return Clean(None, repairs, _stranger(reading))
        repairs += changes
        return Clean(notebook, repairs, None, hints(notebook, release, repairs, references or {}))
    except (Exception, RecursionError) as error:
        detail = f"The file could not be read ({type(error).__name__}: {error!s:.200}); look at it by hand."
        return Clean(None, repairs, detail)


def _stranger(reading: Reading) -> str:
    """Why a readable notebook without a single exercise of the assignment is not marked."""
    names = sorted({cell.claim for cell in reading.cells if cell.claim})
    other = f" Its graded cells are {', '.join(n[:40] for n in names[:4])}: another assignment?" if names else ""
    return f"None of this assignment's exercises, or hardly any, is in the notebook ({len(reading.cells)} cells).{other}"


@contextmanager
def _opened(source, release, assignment: str, repairs: list[Repair]):
    """The submission's bytes (a memory map for a file), or a `Reading` with a problem when there is no file."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield bytes(source)
        return
    path = Path(source)
    if path.is_dir() and not path.is_symlink():
        repairs += notes.of(path)
        chosen, problem = choose(path, release, repairs, assignment)
        if chosen is None:
            yield Reading(problem=problem)
            return
        path = chosen
    with _mapped(path) as data:
        yield data


@contextmanager
def _mapped(path: Path):
    """The bytes of a file, read as they are needed."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def choose(folder: Path, release, repairs: list[Repair], assignment: str = "") -> tuple[Path | None, str | None]:
    """The file of a student's folder to mark, and why; (None, problem) when there is none.

    Of several notebooks the one with most of the assignment's exercises filled in is taken, then the one named like
    the assignment, then the newest; Jupyter's own copy of one gives way to the notebook itself.
    """
    files = _ordinary(folder, repairs)
    books = [f for f in files if f.suffix.lower() == ".ipynb" and not f.name.startswith("._")]
    books.sort(key=lambda book: (assignment not in book.name, natural(book.name)))
    if not files:
        passed = [repair.detail for repair in repairs if repair.kind in ("unpacked", "not-copied")]
        return None, " ".join(["No notebook was handed in.", *passed[:3]])
    if len(books) < 2:
        others = sorted(files, key=lambda f: (_rank(f), f.name))
        return (books or others)[0], None
    # the clock of a file system may be too coarse for files copied in a row: then the last of them
    (done, *_), _, best = max((_worth(book, release, assignment), i, book) for i, book in enumerate(books[:MAX_BOOKS]))
    listed = ", ".join(sorted(shown(b.name)[:60] for b in books[:MAX_BOOKS]))
    detail = f"{len(books)} notebooks ({listed}): {shown(best.name)[:60]} is marked, with {done} exercises filled in."
    repairs.append(Repair("several-notebooks", detail))
    return best, None


def _ordinary(folder: Path, repairs: list[Repair]) -> list[Path]:
    """The ordinary files in a student's folder and below; what is a link or lies too deep is noted and passed over."""
    files: list[Path] = []
    links: list[Path] = []
    for root, folders, names, deep in walk(folder):
        folders[:] = [n for n in folders if not n.startswith((".", "__MACOSX"))][:100]
        for name in names[:1000]:
            mode = (root / name).lstat().st_mode
            (files if stat.S_ISREG(mode) else links).append(root / name)
        if deep:
            detail = f"There are folders within more than {DEEPEST} folders; what lies in them was not looked at."
            repairs.append(Repair("not-followed", detail))
    for link in links[:20]:
        repairs.append(Repair("not-followed", f"{shown(link.name)[:80]} is a link or a special file and was not opened."))
    return files


def _rank(file: Path) -> int:
    """How likely a file is the answer where there is no notebook, 0 first."""
    kinds = (".json", ".py", ".md", ".rmd", ".qmd")
    return kinds.index(file.suffix.lower()) if file.suffix.lower() in kinds else len(kinds)


def _worth(book: Path, release, assignment: str) -> tuple[int, bool, bool, float]:
    """How good a choice a notebook is: exercises filled in, no copy of Jupyter's, likeness of its name, time it was changed."""
    try:
        with _mapped(book) as data:
            cells = read(data).cells
        matcher = Matcher(release, cells)
    except Exception:  # whatever is wrong with this one, another may be good
        return (-1, False, False, 0.0)
    done = 0
    for slot in matcher.slots:
        match = matcher.matches[slot.grade_id]
        if slot.role in ("answer", "written") and match.cells:
            done += not untouched(cells[match.cells[0]].source, slot.stub)
    backup = book.stem.endswith("-checkpoint")
    return (done, not backup, bool(assignment) and assignment in book.name, book.stat().st_mtime)
