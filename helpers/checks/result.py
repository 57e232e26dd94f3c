"""What a check found, shown as a card in a notebook, as text elsewhere, as a number under nbgrader."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from . import card

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
    answer: Callable[[], str] | None = field(default=None, repr=False, compare=False)  # the course's own, HTML, if it may be seen

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
        plain = str(self.score) if execution() == "autograde" else card.text(self)
        return {"text/plain": plain, "text/html": card.html(self, self.answer() if self.answer else "")}

    def __repr__(self) -> str:
        return str(self.score) if execution() == "autograde" else card.text(self)


def execution() -> str:
    """ "validate" or "autograde" when nbgrader runs the notebook, else ""."""
    return os.environ.get("NBGRADER_EXECUTION", "")
