"""What a test run makes once for all its processes: one makes it while the others wait."""

from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def one_at_a_time(lock: Path):
    """Hold the file `lock`; another process that wants it waits. Skips the test where files can't be locked."""
    fcntl = pytest.importorskip("fcntl")
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
