"""Checks of the coded exercises: `checks.cosine_beta_schedule(cosine_beta_schedule)` says what is right, and what is not and why.

Each check is called with the student's function or class and returns a `CheckResult`, which a notebook shows as a card.
`checks.hint("cosine_beta_schedule")` gives a hint, and a further one when called again.
"""

from .check import Bench, Check, Property, Wrong
from .exercises import load_all
from .fallback import attempted, or_reference
from .hints import hint
from .result import CheckFailed, CheckResult, PropertyResult, collecting
from .subject import LocalSubject, ModuleSubject, Probe, Reply, Request, Subject, SubjectError, perform
from .tally import progress

CHECKS: dict[str, Check] = load_all()
POINTS: dict[str, float] = {name: sum(p.points for p in check.properties) for name, check in CHECKS.items()}
globals().update(CHECKS)

__all__ = [
    "CHECKS",
    "POINTS",
    "Bench",
    "Check",
    "CheckFailed",
    "CheckResult",
    "LocalSubject",
    "ModuleSubject",
    "Probe",
    "Property",
    "PropertyResult",
    "Reply",
    "Request",
    "Subject",
    "SubjectError",
    "Wrong",
    "attempted",
    "collecting",
    "hint",
    "or_reference",
    "perform",
    "progress",
]
