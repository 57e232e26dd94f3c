"""`course collect`: from what a learning platform hands out to one folder a student."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from grading.intake import notes
from grading.intake.archive import MAX_TOTAL, Entry, copy
from grading.intake.download import entries
from grading.intake.files import natural
from grading.intake.packed import unpacked
from grading.intake.platforms import Student, group, safe_id, strays
from grading.intake.wrapping import is_class, is_download
from grading.locks import LOCK, locked
from grading.notebooks import build
from grading.notebooks.course import ROOT
from grading.results import places, rosters
from grading.rights import warning
from grading.terminal import shown, some, typed
from helpers.files import FULL, write_text

MAX_FILES = 30  # a student
MAX_STUDENT = 1_000_000_000  # bytes a student
MAX_PACKED = 2  # archives within each other that are opened


def collect(source: Path, assignment: str, out_dir: Path, tell: Callable[[str], object] = str) -> list[Student]:
    """Lay out `out_dir`/<student>/<assignment>.ipynb from a download or folder, with a roster and the notes made.

    Students already there from an earlier collection are replaced if they come again and kept if not. What is stopped half way
    is known as such, and the same collection puts it right. `tell` hears, in words, what was left out because it is nobody's.

    Raises ValueError when `source` cannot be read, or when `out_dir` holds something that was not collected or half of another
    collection, is being collected into just now, or is another user's; OSError where the disk is full.
    """
    source, out_dir = Path(source), Path(out_dir)
    _refuse_others(out_dir)
    left = MAX_TOTAL
    with entries(source) as found:
        students = group(found, assignment, zipped=source.is_file())
        for stray in strays(students):
            students.remove(stray)
            tell(f"{shown(stray.files[0][1].name)} lies beside what the platform named: it is nobody's, and was left out")
        if not students:
            raise ValueError(f"{source} holds no files; is it the download of the assignment's submissions?")
        with locked(out_dir, f"course collect {source}"):
            _refuse_half(out_dir, source)
            earlier = notes.read(out_dir)
            _as_before(students, out_dir / places.ROSTER)
            write_text(out_dir / places.UNFINISHED, os.path.abspath(source))
            for student in students:
                shutil.rmtree(out_dir / student.student, ignore_errors=True)
                left -= _lay_out(student, assignment, out_dir / student.student, min(left, MAX_STUDENT))
            notes.write(out_dir, earlier | {student.student: student.repairs for student in students})
            rosters.update(out_dir / places.ROSTER, [_row(student) for student in students])
            (out_dir / places.UNFINISHED).unlink()
    return students


def _as_before(students: list[Student], roster: Path) -> None:
    """Who was collected before keeps the folder, also under another name: the platform's number tells."""
    rows = rosters.read(roster) if roster.is_file() else {}
    known = {(row.get("platform"), row.get("number")): name for name, row in rows.items() if row.get("number")}
    taken = {student.student for student in students}
    for student in students:
        before = known.get((student.platform, student.number))
        if before and before not in taken:
            student.note("renamed", f"Was called {before} when collected before, and keeps that folder.")
            student.student = before
            taken.add(before)


def as_downloaded(source: Path) -> bool:
    """Whether this is what a platform hands out, packed or unpacked, and not one folder a student."""
    if not source.is_dir() or (source / places.COLLECTED).is_file():
        return source.is_file()
    with entries(source) as found:
        folders = {entry.parts[0] for entry in found if len(entry.parts) > 1}
        wrapped = len(folders) == 1 and is_class(found)
        return is_download(found) or wrapped or (bool(found) and not folders)


def _refuse_others(out_dir: Path) -> None:
    """Raise ValueError for a folder that holds something that was not collected."""
    there = {path.name for path in out_dir.iterdir()} if out_dir.exists() else set()
    if there - {LOCK} and not there & {places.COLLECTED, places.UNFINISHED}:
        raise ValueError(f"{out_dir} is not empty and was not made by `course collect`; name a new folder with --out")


def _refuse_half(out_dir: Path, source: Path) -> None:
    """Raise ValueError where half of another collection lies in the folder."""
    half = out_dir / places.UNFINISHED
    origin = half.read_text(encoding="utf-8", errors="replace").strip() if half.is_file() else ""
    if origin and origin != os.path.abspath(source):
        said = f"the collection of {origin} into {out_dir} was stopped before its end"
        raise ValueError(f"{said}: collect that once more first, or name a new folder with --out")


def _row(student: Student) -> dict:
    time = student.handed_in.isoformat(sep=" ", timespec="minutes") if student.handed_in else ""
    row = {key: getattr(student, key) for key in rosters.COLUMNS if key not in ("handed_in", "files", "late")}
    return {**row, "late": "late" if student.late else "", "handed_in": time, "files": len(student.files)}


def _lay_out(student: Student, assignment: str, folder: Path, limit: int) -> int:
    """Copy one student's files, notebooks under clear names, and return the bytes used."""
    folder.mkdir(parents=True)
    used = 0
    names: list[tuple[Path, str]] = []
    if len(student.files) > MAX_FILES:  # what can be marked comes first, as a person counts
        student.files.sort(key=_importance)
    for name, entry in sorted(student.files[:MAX_FILES], key=lambda file: _age(file[1])):
        if entry.note:
            student.note("not-copied", f"{name[:80]} {entry.note}; it was not copied.")
        elif name == "timestamp.txt":
            _take_time(entry, student)
        else:
            used += _copy(entry, name, folder, limit - used, student, names)
    if len(student.files) > MAX_FILES:
        student.note("not-copied", f"Only the first {MAX_FILES} of {len(student.files)} files were copied.")
    books = [(path, name) for path, name in names if path.suffix == ".ipynb"]
    if len(books) == 1 and books[0][1] != f"{assignment}.ipynb":
        student.note("renamed", f"{books[0][1][:80]} was renamed to {assignment}.ipynb.")
    if len(books) == 1:
        books[0][0].rename(folder / f"{assignment}.ipynb")
    _stamp(student)
    return used


def _age(entry: Entry) -> datetime:
    """A key that sorts the oldest first, so that the newest is copied last; what has no time comes before all."""
    return entry.time or datetime.min


def _importance(file: tuple[str, Entry]) -> tuple:
    """Notebooks first, then what may hold one, then all else; within each 2 before 10."""
    suffix = Path(file[0]).suffix.lower()
    return (0 if suffix == ".ipynb" else 1 if suffix in (".zip", ".py", ".json", ".txt") else 2, natural(file[0]))


def _copy(entry: Entry, name: str, folder: Path, limit: int, student: Student, names: list, packed: int = 0) -> int:
    """Copy one file, or the files of an archive that the student packed, and return the bytes used.

    `packed` says how many of the student's archives it lies in.
    """
    suffix = Path(name).suffix.lower()
    target = folder / f"{len(names)}-{safe_id(Path(name).stem)}{suffix if re.fullmatch(r'[.][a-z]{1,8}', suffix) else ''}"
    try:
        size = copy(entry, target, limit)
        if packed < MAX_PACKED:
            with unpacked(target, name, limit) as found:
                if found is not None:
                    return size + _unpack(found, name, folder, limit - size, student, names, packed + 1)
    except Exception as error:  # each decompressor has errors of its own
        if isinstance(error, OSError) and error.errno in FULL:  # our trouble, not the student's
            raise OSError(f"{folder} could not be filled ({error.strerror}): make room on the disk and collect again") from None
        target.unlink(missing_ok=True)
        student.note("not-copied", f"{name[:80]} could not be copied: {error!s:.200}.")
        return 0
    names.append((target, name))
    return size


def _unpack(found: list[Entry], name: str, folder: Path, limit: int, student: Student, names: list, packed: int) -> int:
    """Copy the notebooks out of an archive inside the download, or what else it holds where there is none."""
    used = 0
    books = [entry for entry in found if entry.name.lower().endswith(".ipynb")]
    archives = [entry for entry in found if entry.name.lower().endswith(".zip")]
    books = books or (found if packed < MAX_PACKED else [e for e in found if not e.name.lower().endswith(".zip")])
    books = sorted(books, key=_age)[: max(MAX_FILES - len(names), 0)]
    read = "1 file was read" if len(books) == 1 else f"{len(books)} files were read"
    if archives and not books:
        read = f"it holds {shown(archives[0].name)[:80]}, an archive that was not opened: unpack it by hand"
    student.note("unpacked", f"{name[:80]} is an archive; {read}.")
    for item in books:
        if item.note:
            student.note("not-copied", f"{item.name[:80]} {item.note}; it was not copied.")
        else:
            used += _copy(item, item.name, folder, limit - used, student, names, packed)
    return used


def _take_time(entry: Entry, student: Student) -> None:
    """nbgrader's timestamp.txt: used for the roster if it can be true, noted if not. Students can write this file."""
    try:
        with entry.open() as file:
            text = file.read(100).decode("utf-8", "replace").strip()
        time = datetime.fromisoformat(re.sub(r"( [A-Za-z/_]+|Z)$", "", text)).replace(tzinfo=None)
    except Exception:
        student.note("time-stamp", "timestamp.txt holds no time and was not used.")
        return
    arrived = min((e.time for _, e in student.files if e.time), default=None)
    if not datetime(2000, 1, 1) < time < datetime.now() + timedelta(days=1):
        student.note("time-stamp", f"timestamp.txt says {time:%Y-%m-%d %H:%M}, which cannot be; it was not used.")
    elif student.platform != "nbgrader":
        student.note("time-stamp", f"The student's own timestamp.txt ({time:%Y-%m-%d %H:%M}) was not used.")
    else:
        student.handed_in = time
        if arrived and time < arrived - timedelta(days=1):
            detail = f"timestamp.txt says {time:%Y-%m-%d %H:%M}, the files are of {arrived:%Y-%m-%d %H:%M}; check it."
            student.note("time-stamp", detail)


def _stamp(student: Student) -> None:
    """The platform's own time for a submission, where it gives one that can be true."""
    if student.late:
        student.note("late", "Marked LATE by Canvas.")
    times = [e.time for _, e in student.files if e.time and datetime(2000, 1, 1) < e.time < datetime.now()]
    if student.handed_in is None and times:
        student.handed_in = max(times)


def add_parser(subparsers) -> None:
    """`course collect`."""
    parser = subparsers.add_parser(
        "collect", help="lay out submissions from a platform's download or any folder, one folder a student"
    )
    parser.add_argument("source", type=Path, help="zip archive or folder")
    parser.add_argument("--assignment", required=True, help="name of the assignment, such as 3_ddpm")
    parser.add_argument("--out", type=Path, help="where to (default: collected/<assignment>)")
    parser.add_argument("--root", type=Path, default=ROOT, help="the course's folder")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Collect, say in a few lines what came in, and what to type next."""
    out = args.out or places.collected(args.assignment)
    told(args.source, args.assignment, out, args.root)
    following = ("course", "grade", args.assignment, "--submissions", out, "--out", places.graded(args.assignment))
    print(f"Next: {typed(*following)}")
    return 0


def told(source: Path, assignment: str, out: Path, root: Path) -> None:
    """Collect into `out` and say in a few lines what came in; raises ValueError if there is no such assignment."""
    known = build.names(root)
    if known and assignment not in known:
        raise ValueError(f"there is no assignment {assignment}; known: {', '.join(known)}")
    students = collect(source, assignment, out, tell=print)
    none = [s.student for s in students if not any((out / s.student).glob("*.ipynb"))]
    print(f"{len(students)} students in {out}, {sum(s.late for s in students)} late, {len(none)} without an .ipynb file")
    if none:
        print(
            f"No .ipynb file from {some(none)}: a notebook under another name is marked all the same, the report names the rest"
        )
    for student in students:
        for repair in student.repairs:
            print(f"  {student.student}: {repair.detail}")
    if said := warning(out):
        print(said, file=sys.stderr)
