"""All checks by name, and the points of each."""

from __future__ import annotations

from .check import Check
from .exercises import load_all

CHECKS: dict[str, Check] = load_all()
POINTS: dict[str, float] = {name: sum(p.points for p in check.properties) for name, check in CHECKS.items()}


def check_of(answer: str | None) -> Check | None:
    """The check that has an answer of this name, or None."""
    return next((check for check in CHECKS.values() if answer in check.answers), None)
