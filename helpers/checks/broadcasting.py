"""What fails because one number a sample, (B,), does not fit the axes of the samples yet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .check import Wrong
from .plain import SubjectError


@contextlib.contextmanager
def named(mistake: str, expected: str) -> Iterator[None]:
    """Within it shapes that do not fit each other, in torch or in NumPy, are this mistake."""
    try:
        yield
    except SubjectError as error:
        if "must match the size" in error.message or "broadcast" in error.message:
            raise Wrong(mistake, expected, error.message) from None
        raise
