"""Hand a result over: as the cell's value in a notebook, as an exception under pytest, in a list to whoever collects."""

from __future__ import annotations

import contextlib
import os

from . import card
from .memory import remember
from .result import CheckResult, execution


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
    if not result.passed and (execution() == "validate" or "PYTEST_CURRENT_TEST" in os.environ):
        raise CheckFailed(result)
    return result
