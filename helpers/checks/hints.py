"""Hints on request, in three steps from a nudge to nearly the answer."""

from __future__ import annotations

import html

from .answer import folded
from .card import prose
from .memory import give_hints, hints_given, tried
from .registry import CHECKS


class Hint:
    """Hints 1 to `step` of an exercise, as text or HTML."""

    def __init__(self, name: str, hints: tuple[str, ...], step: int):
        self.name, self.hints, self.step = name, hints, step

    def _more(self) -> str:
        if self.step == len(self.hints):
            later = "" if tried(self.name) else " Run the check on an attempt of yours, and the course's answer is shown with it."
            return f"That was the last hint.{later}"
        return f'Call checks.hint("{self.name}") again for the next one.'

    def __repr__(self) -> str:
        lines = [f"{i}. {text}" for i, text in enumerate(self.hints[: self.step], 1)]
        return "\n".join([f"Hints for {self.name} ({self.step} of {len(self.hints)})", *lines, self._more()])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{prose(text)}</li>" for text in self.hints[: self.step])
        head = f"<b>Hints for {html.escape(self.name)}</b> ({self.step} of {len(self.hints)})"
        return f"<div>{head}<ol>{items}</ol>{html.escape(self._more())}{self._answer()}</div>"

    def _answer(self) -> str:
        if self.step < len(self.hints):
            return ""
        check = CHECKS[self.name]
        return folded(self.name, check.home, check.answers)


def hint(exercise, step: int | None = None) -> Hint:
    """The hints of an exercise (its name, or the answer itself): one more each time, or up to the given step (1 to 3).

    Raises ValueError for an unknown exercise or step.
    """
    name = exercise if isinstance(exercise, str) else getattr(exercise, "__name__", str(exercise))
    found = [check for check in CHECKS.values() if name == check.name or name in check.answers]
    if not found:
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(sorted(CHECKS))}")
    check = found[0]
    last = len(check.hints)
    if step is not None and step not in range(1, last + 1):
        raise ValueError(f"step must be 1 to {last}, got {step!r}")
    step = step or min(hints_given(check.name) + 1, last)
    give_hints(check.name, step)
    return Hint(check.name, check.hints, step)
