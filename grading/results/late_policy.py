"""What late work costs, as a small YAML file says it: due dates, per cent a day, grace, a maximum, extensions."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from grading import settings
from grading.rights import refuse_strangers

TERMS = ("per_day", "of", "grace", "maximum")
DEFAULT = Path("late.yml")
LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(minute|hour|day|week)s?\s*")


@dataclass(frozen=True)
class Policy:
    """The terms for one assignment; times are the clock's at the course."""

    due: datetime
    per_day: float = 10.0  # per cent, for each day begun
    of: str = "earned"  # the points that the student earned, or the maximum
    grace: timedelta = timedelta(0)  # as late as this costs nothing; later, days count from the due date
    maximum: float = 100.0  # per cent
    extensions: dict[str, datetime] = field(default_factory=dict)  # by student, name or the platform's number

    def due_for(self, *names: str) -> datetime:
        """The due date of a student, called by any of `names`."""
        return next((self.extensions[name] for name in names if name in self.extensions), self.due)

    def days(self, handed_in: datetime, due: datetime) -> int:
        """Days begun after the due date, 0 within the grace."""
        late = handed_in - due
        return math.ceil(late / timedelta(days=1)) if late > self.grace else 0

    def penalty(self, days: int, points: float, most: float) -> float:
        """Points off, never more than there are."""
        share = min(self.per_day * days, self.maximum) / 100
        return round(min(share * (most if self.of == "maximum" else points), points), 2)


def add_argument(parser) -> None:
    """The option that names the file."""
    parser.add_argument(
        "--late", type=Path, help=f"due dates and what late work costs, as YAML (default: {DEFAULT}, if there is one)"
    )


def chosen(file: Path | None, assignment: str) -> Policy | None:
    """The policy that applies; a default file without a word on the assignment is mentioned.

    Raises ValueError for a file that is wrong, that was named and knows nothing of the assignment, or that was not named and
    may be another user's.
    """
    if file is None:
        if not DEFAULT.is_file():
            return None
        refuse_strangers(DEFAULT)
    found = read(file or DEFAULT)
    if assignment not in found:
        said = f"{file or DEFAULT} sets no due date for {assignment}; it has: {', '.join(found) or 'none'}"
        if file:
            raise ValueError(said)
        print(said, file=sys.stderr)
    return found.get(assignment)


def read(path: Path) -> dict[str, Policy]:
    """The policies by assignment; raises ValueError for a file that is wrong."""
    data = settings.read(path)
    settings.only(str(path), data, (*TERMS, "assignments"))
    assignments = settings.only(f"{path}: assignments", data.pop("assignments", None) or {})
    return {str(name): _policy(path, str(name), data, about) for name, about in assignments.items()}


def _policy(path: Path, name: str, shared: dict, about: Any) -> Policy:
    settings.only(f"{path}: {name}", about, ("due", "extensions", *TERMS))
    if "due" not in about:
        raise ValueError(f"{path}: {name} has no `due`")
    due = _moment(path, f"{name}: due", about["due"])
    given = settings.only(f"{path}: {name}: extensions", about.get("extensions") or {})
    extensions = {str(who): _extended(path, f"{name}: {who}", due, until) for who, until in given.items()}
    terms = {**shared, **about}
    per_day, maximum = (
        _per_cent(path, name, key, terms.get(key, default)) for key, default in (("per_day", 10), ("maximum", 100))
    )
    of = terms.get("of", "earned")
    if of not in ("earned", "maximum"):
        raise ValueError(f"{path}: {name}: `of` should be earned or maximum, got {of!r}")
    return Policy(due, per_day, of, _length(path, f"{name}: grace", terms.get("grace", 0)), maximum, extensions)


def _moment(path: Path, where: str, value: Any) -> datetime:
    """A date and time; a day alone ends at midnight."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59))
    raise ValueError(f"{path}: {where} should be a time such as 2026-11-20 23:59, without a time zone")


def _extended(path: Path, where: str, due: datetime, value: Any) -> datetime:
    """A new due date, or so much more than the first."""
    if isinstance(value, str) and LENGTH.fullmatch(value):
        return due + _length(path, where, value)
    until = _moment(path, where, value)
    if until < due:
        raise ValueError(f"{path}: {where}: the extension ends before the due date")
    return until


def _length(path: Path, where: str, value: Any) -> timedelta:
    found = LENGTH.fullmatch(str(value))
    if found:
        return timedelta(**{f"{found[2]}s": float(found[1])})
    if value in (0, "0", None) and not isinstance(value, bool):
        return timedelta(0)
    raise ValueError(f"{path}: {where} should be a length such as 30 minutes or 2 days, got {value!r}")


def _per_cent(path: Path, name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise ValueError(f"{path}: {name}: `{key}` should be per cent, 0 to 100, got {value!r}")
    return float(value)
