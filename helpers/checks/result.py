"""What a check found, and how it is handed over: a card in a notebook, an exception under pytest, a number under nbgrader."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from . import card, hints, tally
from .answer import folded
from .fallback import remember

WAITS = "Earns its points once this holds:"


@dataclass(frozen=True)
class PropertyResult:
    """How one property came out."""

    id: str
    points: float
    statement: str
    passed: bool
    mistake: str = ""  # id of the recognised mistake, or of what stopped the answer
    diagnosis: str = ""  # the mistake in a sentence, with its fix
    expected: str = ""
    received: str = ""

    @property
    def waits(self) -> bool:
        """Whether it was not tried, since it needs another property that does not hold."""
        return self.diagnosis.startswith(WAITS)


@dataclass(frozen=True)
class CheckResult:
    """The outcomes of all properties of one check."""

    name: str
    outcomes: tuple[PropertyResult, ...]
    seed: int = 0
    status: str = "failed"  # passed, partial, failed, unattempted
    message: str = ""  # what is true of the whole answer: not attempted, out of time, …
    stdout: str = ""
    figure: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)  # draws a PNG when shown

    @property
    def properties(self) -> tuple[PropertyResult, ...]:
        return self.outcomes

    @property
    def score(self) -> float:
        return round(sum(outcome.points for outcome in self.outcomes if outcome.passed), 6)

    @property
    def max(self) -> float:
        return round(sum(outcome.points for outcome in self.outcomes), 6)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Ids of the recognised mistakes, in order, each once."""
        return tuple(dict.fromkeys(outcome.mistake for outcome in self.outcomes if outcome.mistake))

    def as_dict(self) -> dict:
        """Plain data, for the class report."""
        return {
            "name": self.name,
            "score": self.score,
            "max": self.max,
            "seed": self.seed,
            "status": self.status,
            "message": self.message,
            "mistakes": list(self.mistakes),
            "properties": [vars(outcome) | {"earned": outcome.points * outcome.passed} for outcome in self.outcomes],
            "stdout": self.stdout,
        }

    def __str__(self) -> str:
        return card.text(self)

    def _repr_mimebundle_(self, include=None, exclude=None):
        # stock nbgrader reads the plain text of the cell's value as the partial credit
        plain = str(self.score) if _execution() == "autograde" else card.text(self)
        return {"text/plain": plain, "text/html": card.html(self, self._answer())}

    def _answer(self) -> str:
        """The course's own answer, folded, once this one passed or all hints were asked for."""
        from . import CHECKS

        if self.name not in CHECKS or not (self.passed or hints.all_given(self.name)):
            return ""
        return folded(self.name, CHECKS[self.name].hints)

    def __repr__(self) -> str:
        return str(self.score) if _execution() == "autograde" else card.text(self)


class CheckFailed(AssertionError):
    """A check that did not pass, where a failure has to stop the run: pytest, nbgrader validate."""

    def __init__(self, result: CheckResult):
        self.result = result
        super().__init__("\n" + card.text(result))

    def _render_traceback_(self):
        # IPython shows this in place of a traceback through the checker's code
        return card.text(self.result).splitlines()


_collectors: list[list[CheckResult]] = []


@contextlib.contextmanager
def collecting():
    """Gather the results of the checks called inside in a list; nothing is raised or displayed."""
    results: list[CheckResult] = []
    _collectors.append(results)
    try:
        yield results
    finally:
        _collectors.remove(results)


def is_collecting() -> bool:
    """Whether results are being gathered by `collecting()` and not shown."""
    return bool(_collectors)


def deliver(result: CheckResult) -> CheckResult:
    """Hand a result over: to the innermost collecting(), as CheckFailed where a failure must stop, or as the cell's value."""
    if _collectors:
        _collectors[-1].append(result)
        return result
    remember(result)
    tally.record(result)
    if not result.passed and (_execution() == "validate" or "PYTEST_CURRENT_TEST" in os.environ):
        raise CheckFailed(result)
    return result


def _execution() -> str:
    """ "validate" or "autograde" when nbgrader runs the notebook, else ""."""
    return os.environ.get("NBGRADER_EXECUTION", "")
