"""How learning platforms name the files that students handed in.

Moodle: `Name Surname_12345_assignsubmission_file_/x.ipynb`. Canvas: `surnamename_LATE_12345_67890_x.ipynb`, and without names
`LATE_anon_Qx7Zt_67890_x.ipynb`. Blackboard: `Exercise 3_ada_attempt_2026-03-02-10-30-00_x.ipynb`. Brightspace:
`12345-67890 - Name Surname - Mar 2, 2026 1030 AM/x.ipynb`, or ` - x.ipynb`. Gradescope: `submission_123/x.ipynb`.
"""

from __future__ import annotations

import re
from datetime import datetime

# a display name may hold anything, even `_7_assignsubmission_file_`: the last number before the last such word is Moodle's own
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL)
CANVAS_FILE = r"(?:\d+_(?P<file>.+)|(?P<typed>(?:text|link)\.html))"  # Canvas's number of a file and its name, or what was typed
# names of groups and users keep their `_`; the number of the file follows that of the user
CANVAS_END = r"_(?P<late>LATE_)?(?P<number>\d+)_" + CANVAS_FILE
CANVAS = re.compile(r"(?P<name>.+?)" + CANVAS_END, re.DOTALL)
CANVAS_TEAM = re.compile(r"(?P<name>.+?_\d+)" + CANVAS_END, re.DOTALL)  # a name that ends in a number, such as team_3
CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<number>[0-9A-Za-z]{5})_" + CANVAS_FILE, re.DOTALL)
BLACKBOARD = re.compile(
    r"(?P<whose>.+?_(?P<user>[^_]+))_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<about>\.txt))", re.DOTALL
)
# the user's number and the folder's; the date is written as people of the server's language write it
BRIGHTSPACE = re.compile(
    r"(?P<number>\d+)-\d+ - (?P<name>.+?) - (?P<time>[^-]*\b\d{4} \d{3,4}(?: ?[AP]M)?)(?: - (?P<file>.+))?", re.DOTALL
)
GRADESCOPE = re.compile(r"submission_\d+")


def unmistakable(parts: tuple[str, ...]) -> bool:
    """Whether a path begins as a platform's does, in a way that nobody would choose by chance."""
    named = MOODLE.fullmatch(parts[0]) or BRIGHTSPACE.fullmatch(parts[0])
    if named and (len(parts) > 1 or named["file"]):
        return True
    return bool((GRADESCOPE if len(parts) > 1 else BLACKBOARD).fullmatch(parts[0]))


def canvas(name: str) -> bool:
    """Whether Canvas could have named a file so; others may be named so by chance."""
    return bool(CANVAS.fullmatch(name) or CANVAS_ANONYMOUS.fullmatch(name))


def blackboard_time(text: str) -> datetime | None:
    """The time in a Blackboard name, None if it can't be one."""
    return _time(text, "%Y-%m-%d-%H-%M-%S")


def brightspace_time(text: str) -> datetime | None:
    """The time in a Brightspace name, None where it is not in English."""
    day, _, clock = re.sub(r" ?([AP]M)$", r"\1", text).rpartition(" ")
    return _time(f"{day} {clock.zfill(6)}", "%b %d, %Y %I%M%p") if clock.endswith("M") else None


def _time(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
