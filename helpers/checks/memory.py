"""What a kernel keeps of a student's work: the latest result of each check, and how many hints have been given."""

from __future__ import annotations

from .result import CheckResult

_results: dict[str, CheckResult] = {}
_hints: dict[str, int] = {}


def remember(result: CheckResult) -> None:
    """Keep a check's latest result."""
    _results[result.name] = result


def latest(name: str) -> CheckResult | None:
    """The latest result of the check of this name, or None if it has not run."""
    return _results.get(name)


def checked() -> tuple[str, ...]:
    """The names of the checks that have run, in the order of their first run."""
    return tuple(_results)


def tried(name: str) -> bool:
    """Whether the check of this name has run on an answer that was written."""
    result = latest(name)
    return result is not None and result.status != "unattempted"


def give_hints(name: str, step: int) -> None:
    """Keep that the hints of an exercise were shown up to this step."""
    _hints[name] = step


def hints_given(name: str) -> int:
    """How many hints of an exercise have been shown, 0 at first."""
    return _hints.get(name, 0)
