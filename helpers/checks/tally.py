"""My progress: which exercises are done, how many points, what comes next; from the checks that this kernel has run."""

from __future__ import annotations

import html
from dataclasses import dataclass

from .memory import checked, latest
from .registry import CHECKS, POINTS

_MARKS = {"passed": "✓", "partial": "◐", "failed": "✗"}


@dataclass(frozen=True)
class Line:
    """One exercise: its name, the status of its latest check ("open" when none has run), points earned and to be had."""

    name: str
    status: str
    score: float
    max: float


@dataclass(frozen=True)
class Progress:
    """The exercises of a notebook in their order, as text or HTML."""

    lines: tuple[Line, ...]

    @property
    def next(self) -> str | None:
        """The first exercise that is not done."""
        return next((line.name for line in self.lines if line.status != "passed"), None)

    @property
    def summary(self) -> str:
        done = sum(line.status == "passed" for line in self.lines)
        points, most = (sum(getattr(line, key) for line in self.lines) for key in ("score", "max"))
        after = f"Next: {self.next}." if self.next else "All exercises that a check can mark are done."
        return f"{done} of {len(self.lines)} exercises done, {points:g} of {most:g} points. {after}"

    def __repr__(self) -> str:
        rows = [f"  {_MARKS.get(line.status, '·')} {line.name} ({line.score:g} of {line.max:g})" for line in self.lines]
        return "\n".join([self.summary, *rows])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_MARKS.get(line.status, '·')}</td><td style='text-align:left'><code>{html.escape(line.name)}</code></td>"
            f"<td>{line.status}</td><td>{line.score:g} of {line.max:g}</td></tr>"
            for line in self.lines
        )
        head = "<tr><th></th><th style='text-align:left'>exercise</th><th>latest check</th><th>points</th></tr>"
        return f"<p><b>{html.escape(self.summary)}</b></p><table>{head}{rows}</table>"


def progress(*names: str) -> Progress:
    """How far you are: the exercises named, or all whose checks have run in this kernel.

    Raises:
        ValueError: a name that no exercise has.
    """
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise ValueError(f"no exercise is called {unknown[0]!r}; there are: {', '.join(sorted(CHECKS))}")
    lines = []
    for name in names or checked():
        result = latest(name)
        status = "open" if result is None or result.status == "unattempted" else result.status
        lines.append(Line(name, status, result.score if result else 0, POINTS[name]))
    return Progress(tuple(lines))
