"""Whose file is it: by the naming habits of learning platforms (`names`), by what they put beside the files (`labels`).

Also read are nbgrader's `submitted/` tree, and a plain folder of notebooks or of students' folders.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grading.intake import labels, names
from grading.intake.archive import Entry
from grading.intake.wrapping import unwrapped
from grading.model import Repair
from grading.results import places

BACKUPS = ".ipynb_checkpoints"


@dataclass
class Student:
    """One student's files as found, and what was noted about them."""

    student: str
    name: str
    platform: str
    number: str = ""
    late: bool = False
    loose: bool = False  # told by nothing but the name of a file
    handed_in: datetime | None = None
    files: list[tuple[str, Entry]] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def note(self, kind: str, detail: str) -> None:
        self.repairs.append(Repair(kind, detail))


def group(found: list[Entry], assignment: str, zipped: bool = False) -> list[Student]:
    """Whose file each entry is, by the naming habits of the platforms; `zipped` when they come from an archive."""
    students: dict[tuple, Student] = {}
    found, paths = _without_backups(found, unwrapped([entry.parts for entry in found], assignment, zipped))
    teams = {team["name"] for parts in paths if (team := _team(parts, assignment))}
    submitters: dict[str, labels.Submitter] = {}
    for entry, parts in zip(found, paths, strict=True):
        if len(parts) == 1 and parts[0] in places.NOBODYS:
            continue
        if parts == (labels.METADATA,):
            submitters = labels.submitters(entry)
            continue
        owner, name = _owner(parts, assignment, teams)
        key = (owner.platform, owner.name, owner.number)
        student = students.setdefault(key, owner)
        student.late |= owner.late
        student.files.append((name, entry))
        if owner.platform in ("blackboard", "brightspace"):  # which write into each name when the file came
            entry.time = owner.handed_in
    for student in students.values():
        _named(student, submitters)
    ids = set(places.NOBODYS)  # names of files beside the folders
    for student in students.values():
        base, count = student.student, 1
        while student.student.casefold() in ids:
            count += 1
            student.student = f"{base}-{count}"
        ids.add(student.student.casefold())
    return sorted(students.values(), key=lambda student: student.student)


def strays(students: list[Student]) -> list[Student]:
    """Those who are no students: what lies beside a platform's own files and holds no notebook, such as a sheet of marks."""
    named = any(student.platform != "folder" for student in students)
    return [student for student in students if named and student.loose and not any(map(_may_be_a_notebook, student.files))]


def _may_be_a_notebook(file: tuple[str, Entry]) -> bool:
    return Path(file[0]).suffix.lower() not in (".html", ".csv", ".xlsx", ".txt", ".md", ".pdf", ".yml", ".db", ".ini")


def _without_backups(found: list[Entry], paths: list[tuple[str, ...]]) -> tuple[list[Entry], list[tuple[str, ...]]]:
    """Jupyter's own copies of a notebook count only for a student of whom nothing else came."""
    known = {parts[0] for parts in paths if parts and BACKUPS not in parts} | {BACKUPS}
    kept = [pair for pair in zip(found, paths, strict=True) if pair[1] and (BACKUPS not in pair[1] or pair[1][0] not in known)]
    return [entry for entry, _ in kept], [parts for _, parts in kept]


def _named(student: Student, submitters: dict[str, labels.Submitter]) -> None:
    """Name a student as the platform does, where it puts the names into files of their own."""
    if student.platform == "blackboard":
        labels.last_attempt(student)
        student.student = safe_id(student.number)
    elif student.platform == "brightspace":  # a later file is added to the earlier ones: all count
        student.handed_in = max((entry.time for _, entry in student.files if entry.time), default=None)
    elif student.platform == "gradescope" and student.name in submitters:
        student.name, student.number, student.handed_in = submitters[student.name]
        student.student = safe_id(f"{student.name}_{student.student.removeprefix('submission_')}")


def _team(parts: tuple[str, ...], assignment: str) -> re.Match | None:
    """Canvas's name of the assignment's file from a group whose name ends in a number: `team_3_103_9005_3_ddpm.ipynb`."""
    team = names.CANVAS_TEAM.fullmatch(parts[0]) if len(parts) == 1 else None
    return team if team and (team["file"] or "").startswith(assignment) else None


def _owner(parts: tuple[str, ...], assignment: str, teams: set[str]) -> tuple[Student, str]:
    """The student an entry belongs to, and the file's own name without what the platform added.

    `teams` are the names that end in a number, as the files named like the assignment show.
    """
    moodle = names.MOODLE.fullmatch(parts[0])
    if moodle and (len(parts) > 1 or moodle["file"]):
        name, number = moodle["name"], moodle["number"]
        return Student(safe_id(f"{name}_{number}"), name, "moodle", number), parts[-1] if parts[1:] else moodle["file"]
    brightspace = names.BRIGHTSPACE.fullmatch(parts[0])
    if brightspace and (len(parts) > 1 or brightspace["file"]):
        name, number, time = brightspace["name"], brightspace["number"], names.brightspace_time(brightspace["time"])
        owner = Student(safe_id(f"{name}_{number}"), name, "brightspace", number, handed_in=time)
        return owner, parts[-1] if parts[1:] else brightspace["file"]
    blackboard = names.BLACKBOARD.fullmatch(parts[0]) if len(parts) == 1 else None
    if blackboard:
        whose, user, time = blackboard["whose"], blackboard["user"], names.blackboard_time(blackboard["time"])
        owner = Student(safe_id(user), whose, "blackboard", user, handed_in=time)
        return owner, blackboard["file"] or labels.ABOUT
    if len(parts) > 1 and names.GRADESCOPE.fullmatch(parts[0]):
        return Student(parts[0], parts[0], "gradescope"), parts[-1]
    if len(parts) == 1:
        anonymous = names.CANVAS_ANONYMOUS.fullmatch(parts[0])
        team = names.CANVAS_TEAM.fullmatch(parts[0])
        canvas = anonymous or (team if team and team["name"] in teams else names.CANVAS.fullmatch(parts[0]))
        if canvas:
            name, number = "anon" if anonymous else canvas["name"], canvas["number"]
            owner = Student(safe_id(f"{name}_{number}"), name, "canvas", number, bool(canvas["late"]))
            return owner, canvas["file"] or canvas["typed"]
    if len(parts) > 2 and parts[1] == assignment:
        return Student(safe_id(parts[0]), parts[0], "nbgrader"), parts[-1]
    if len(parts) > 1:
        return Student(safe_id(parts[0]), parts[0], "folder"), parts[-1]
    stem = Path(parts[0]).stem
    name = re.sub(rf"^{re.escape(assignment)}[ _.-]+|[ _.-]+{re.escape(assignment)}$", "", stem) or stem
    return Student(safe_id(name), name, "folder", loose=True), parts[0]


def safe_id(text: str) -> str:
    """A student's identifier that is safe as a folder name, in a spreadsheet and in nbgrader."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[^\w.-]+", "_", text).strip("._-")
    return text.encode("utf-8", "ignore")[:120].decode("utf-8", "ignore") or "student"
