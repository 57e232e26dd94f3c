"""Checks of the coded exercises: `checks.cosine_beta_schedule(cosine_beta_schedule)` says what is right, and what is not and why.

Each check is called with the student's function or class and returns a `CheckResult`, which a notebook shows as a card.
`checks.hint("cosine_beta_schedule")` gives a hint, and a further one when called again.
"""

from .attempted import attempted
from .check import Bench, Check, Property, Wrong
from .delivery import CheckFailed, collecting
from .fallback import or_reference
from .hints import hint
from .registry import CHECKS, POINTS
from .result import CheckResult, PropertyResult
from .subject import LocalSubject, ModuleSubject, Probe, Reply, Request, Subject, SubjectError, perform
from .tally import progress

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
