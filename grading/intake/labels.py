"""What platforms put beside the submissions to say whose they are: read here, and believed only as far as the file names agree.

Blackboard's "Assignment File Download" names each file `<assignment>_<username>_attempt_<date>_<file>` and adds a text file
of each attempt, `<assignment>_<username>_attempt_<date>.txt`, whose first line is `Name: Ada Lovelace (ada_l)`. Gradescope's
"Export Submissions" has a folder `submission_<number>` each and one submission_metadata.yml, in which `:submitters:` lists
`:name:`, `:sid:` and `:email:`, and `:created_at:` says when it was handed in. Neither maker documents these files; the forms are
those that instructors' scripts read (BBGradebookOrganiser, unpackAssignments, gradescope_auto_py), and what has another form
names nobody.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from grading.intake.archive import Entry
    from grading.intake.platforms import Student

FIRST_LINE = re.compile(r"[^:\n]{1,40}: *(?P<name>[^\n]+?) \((?P<user>[^()\n]+)\) *\r?(?:\n|$)")  # in the server's language
ABOUT = "about the attempt.txt"  # what a Blackboard attempt's own text file is called here
METADATA = "submission_metadata.yml"
MOST_BYTES = 20_000_000


class Submitter(NamedTuple):
    """Who handed in, by Gradescope's metadata, and when."""

    names: str
    number: str  # e-mail address, or else the sid
    time: datetime | None


@cache
def _loader() -> type:
    """A loader of YAML as data: what Gradescope's Ruby marks as an object of its own is left out."""
    import yaml

    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_multi_constructor("!ruby/", _of_ruby)
    return loader


def _of_ruby(loader, suffix: str, node):
    """A time, of the objects of Ruby's; no other is needed."""
    if suffix.endswith("TimeWithZone") and node.id == "mapping":
        return loader.construct_mapping(node).get("utc")
    return None


def last_attempt(student: Student) -> None:
    """Name a Blackboard student as the text files do, and keep the files of the last attempt alone.

    A username with `_` in it is told from the assignment's name by the text file.
    """
    whose = student.name
    for name, entry in student.files:
        about = _first_line(entry) if name == ABOUT else None
        if about and whose.endswith(f"_{about['user']}"):
            student.name, student.number = about["name"], about["user"]
    if student.name == whose:
        student.name = student.number
    times = [entry.time for _, entry in student.files if entry.time]
    student.handed_in = max(times, default=None)
    kept = [(name, entry) for name, entry in student.files if not times or entry.time == max(times)]
    if len(kept) < len(student.files):
        attempts = len(set(times))
        student.note("earlier-attempts", f"Of {attempts} attempts the last one was taken.")
    student.files = [(name, entry) for name, entry in kept if name != ABOUT]


def _first_line(entry: Entry) -> re.Match | None:
    try:
        with entry.open() as file:
            return FIRST_LINE.match(file.read(1000).decode("utf-8-sig", "replace"))
    except Exception:  # each decompressor has errors of its own
        return None


def submitters(entry: Entry) -> dict[str, Submitter]:
    """{submission's folder: who and when} of Gradescope's metadata; empty if it can't be read."""
    import yaml

    try:
        with entry.open() as file:
            data = yaml.load(file.read(MOST_BYTES), _loader())
        return {str(key): found for key, value in data.items() if (found := _who(value))}
    except Exception:  # a file of another shape than Gradescope's names nobody
        return {}


def _who(value) -> Submitter | None:
    people = value.get(":submitters") or ()
    names = [str(one.get(":name") or "") for one in people]
    numbers = [str(one.get(":email") or one.get(":sid") or "") for one in people]
    time = value.get(":created_at")
    if isinstance(time, datetime) and time.tzinfo:
        time = time.astimezone().replace(tzinfo=None)  # the clock's at the course
    when = time if isinstance(time, datetime) else None
    return Submitter(", ".join(filter(None, names)), next(filter(None, numbers), ""), when) if people else None
