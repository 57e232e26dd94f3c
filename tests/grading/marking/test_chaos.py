"""Whatever of the grader is killed, and whenever, on a busy machine: the marks are the same to the byte."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from grading.marking import batch
from grading.marking.judge import NotNow
from grading.marking.workers import ATTEMPTS
from tests import marking
from tests.grading.marking.test_batch import classroom, write

REPOSITORY = Path(__file__).resolve().parents[3]
TABLES = ("marks.csv", "flags.csv", "repairs.csv")
BURN = "while True: pass"


@contextmanager
def busy():
    """Meanwhile, eight processes do nothing but be busy."""
    burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(8)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def kinds(main: psutil.Process) -> dict[str, list[psutil.Process]]:
    """What runs below a `course grade`: its templates, its sessions and its workers (with the processes that read for them)."""
    found: dict[str, list[psutil.Process]] = {"template": [], "worker": [], "session": [], "main": [main]}
    for process in main.children(recursive=True):
        with suppress(psutil.Error):
            if process.name() == "bwrap":
                found["template"].append(process)
            elif "forkserver" in " ".join(process.cmdline()) and process.parent().pid != main.pid:
                found["worker"].append(process)
            elif "start.py" in " ".join(process.cmdline()):
                found["session"].append(process)
    return found


def shaken_run(root, submitted, out, dice) -> dict[str, int]:
    """`course grade --resume` again and again until it comes to its end; how many of each kind were killed, up to 12 in all.

    The machine is busy until the last of them.

    A run may end with "not now": on a slow machine the kills come faster than a sandbox starts. No run loses so many workers
    that one student's could be all of them: whose worker is lost again and again waits for a person.
    """
    command = [sys.executable, "-m", "grading.cli", "grade", marking.NAME, "--submissions", submitted, "--out", out]
    killed = dict.fromkeys(("template", "worker", "session", "main"), 0)
    for _ in range(20):
        process = subprocess.Popen(
            [*command, "--root", root, "--workers", "2", "--resume"],
            cwd=REPOSITORY,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        spared = killed["worker"] + ATTEMPTS - 1
        with busy():
            while process.poll() is None and sum(killed.values()) < 12:
                time.sleep(dice.uniform(0.3, 2.5))
                kind = dice.choice(
                    ["template", "session"] + ["worker"] * (killed["worker"] < spared) + ["main"] * (killed["main"] < 3)
                )
                with suppress(psutil.Error, IndexError, ProcessLookupError):
                    os.kill(dice.choice(kinds(psutil.Process(process.pid))[kind]).pid, signal.SIGKILL)
                    killed[kind] += 1
        said = process.communicate(timeout=1800)[1]
        if process.returncode == 0:
            return killed
        assert process.returncode in (-signal.SIGKILL, NotNow.exit_code), said[-2000:]
    raise AssertionError("twenty runs, and no end")


@pytest.mark.slow
def test_marks_are_the_same_whatever_is_killed(course, tmp_path):
    submitted = tmp_path / "submitted"
    classroom(submitted, 5)
    for i in range(8):
        write(submitted / f"honest{i}" / f"{marking.NAME}.ipynb", marking.answered(**marking.LEFT))
    batch.run(submitted, tmp_path / "quiet", marking.NAME, root=course, workers=0)
    killed = shaken_run(course, submitted, tmp_path / "shaken", random.Random(0))
    print(f"killed: {killed}")
    assert sum(killed.values()) >= 8
    for name in TABLES:
        assert (tmp_path / "shaken" / name).read_bytes() == (tmp_path / "quiet" / name).read_bytes()
    shutil.rmtree(tmp_path / "shaken")
