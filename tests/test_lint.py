"""The linters of `make lint`, so that `make test` is the whole check."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "deptry .", "mypy", "vulture"])
def test_the_linters_have_nothing_to_say(command):
    pytest.importorskip(command.split()[0])
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
