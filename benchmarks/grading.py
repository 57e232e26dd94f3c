"""Grading a class against stock nbgrader: `python benchmarks/grading.py` (8 minutes on two idle cores).

One table: seconds a submission against `nbgrader autograde` on the same notebook and the same machine, a mixed class of
500 with hostile submissions, cost from 50 to 1,000, one worker against two, peak memory, and a soak in which workers are
killed at random, whose marks must be those of an undisturbed run. Writes results/grading.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from measure import RESULTS, machine, print_table

ROOT = Path(__file__).resolve().parent.parent
NAME = "1_bench"
JOURNAL = ".journal"
ANSWER = {"grade": False, "grade_id": "cosine_beta_schedule", "solution": True, "locked": False}
TEST = {"grade": True, "grade_id": "check_cosine_beta_schedule", "points": 4, "solution": False, "locked": True}
COMMON = {"schema_version": 3, "task": False}
TRIVIAL = f"""\
# %%
import math
import torch
import torchvision
import seaborn
from helpers import checks

# %% nbgrader={json.dumps(ANSWER | COMMON)}
def cosine_beta_schedule(T, s=0.008):
    ### BEGIN SOLUTION
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
    ### END SOLUTION

# %% nbgrader={json.dumps(TEST | COMMON)}
checks.cosine_beta_schedule(cosine_beta_schedule)
### BEGIN HIDDEN TESTS
checks.cosine_beta_schedule(cosine_beta_schedule, seed=20931)
### END HIDDEN TESTS
"""


def course_of_one(folder: Path):
    """A course whose only assignment is the trivial notebook; returns the instructor's version."""
    (folder / "solutions").mkdir(parents=True, exist_ok=True)
    (folder / "solutions" / f"{NAME}.py").write_text(TRIVIAL)
    call(["-m", "grading.cli", "build", NAME, "--root", str(folder)], ROOT)
    return nbformat.read(folder / "solutions" / f"{NAME}.ipynb", as_version=4)


def hand_in(folder: Path, source, number: int, assignment_folder: bool = False) -> Path:
    """`number` right submissions."""
    for i in range(number):
        place = folder / f"student{i:04d}" / (NAME if assignment_folder else "")
        place.mkdir(parents=True)
        nbformat.write(source, place / f"{NAME}.ipynb")
    return folder


def stock(folder: Path, source, number: int) -> float:
    """Seconds for one more submission of stock `nbgrader autograde`: its start-up is not counted against it."""
    (folder / "source" / NAME).mkdir(parents=True)
    nbformat.write(source, folder / "source" / NAME / f"{NAME}.ipynb")
    (folder / "nbgrader_config.py").write_text(f"get_config().CourseDirectory.root = {str(folder)!r}\n")
    hand_in(folder / "submitted", source, number + 1, assignment_folder=True)
    nbgrader(folder, "generate_assignment", NAME)
    one = nbgrader(folder, "autograde", NAME, "--student", "student0000")
    return (nbgrader(folder, "autograde", NAME) - one) / (number - 1)


def grade(course: Path, assignment: str, submissions: Path, out: Path, *more: str, kill_every: float = 0) -> dict:
    """`course grade`, timed from outside: {"seconds", "peak_mb", "killed"}."""
    command = [sys.executable, "-m", "grading.cli", "grade", assignment, "--submissions", submissions, "--out", out]
    started = time.perf_counter()
    with open(out.with_suffix(".log"), "w") as log:
        process = subprocess.Popen([*command, "--root", course, *more], cwd=ROOT, env=environment(), stdout=log, stderr=log)
        watch = Watch(process.pid, out / JOURNAL, kill_every)
        status = process.wait()
    watch.stop()
    if status:
        raise SystemExit(f"course grade failed:\n{out.with_suffix('.log').read_text()[-2000:]}")
    return {"seconds": time.perf_counter() - started, "peak_mb": watch.peak_mb, "killed": watch.killed}


class Watch(threading.Thread):
    """Looks at the memory of a process and all below it, and kills Dask workers at random if asked to."""

    def __init__(self, pid: int, journal: Path, kill_every: float):
        super().__init__(daemon=True)
        self.process, self.journal, self.kill_every = psutil.Process(pid), journal, kill_every
        self.peak_mb, self.killed, self.going = 0.0, 0, True
        self.start()

    def run(self):
        dice, last = random.Random(0), time.monotonic()
        while self.going:
            time.sleep(0.5)
            try:
                below = [self.process, *self.process.children(recursive=True)]
                self.peak_mb = max(self.peak_mb, sum(memory(process) for process in below) / 2**20)
                due = self.kill_every and time.monotonic() - last > self.kill_every * dice.uniform(0.5, 1.5)
                if due and self.journal.exists() and any(self.journal.iterdir()):
                    workers = [p for p in below if "spawn_main" in " ".join(p.cmdline()) and p.children()]
                    os.kill(dice.choice(workers).pid, signal.SIGKILL)
                    self.killed, last = self.killed + 1, time.monotonic()
            except (psutil.Error, IndexError, ProcessLookupError):
                continue

    def stop(self):
        self.going = False
        self.join()


def memory(process) -> int:
    """Bytes that the process has for itself, and its part of what it shares."""
    try:
        return process.memory_full_info().pss
    except (psutil.Error, AttributeError):
        return 0


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])  # nbgrader calls alembic
    return os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PATH": path}


def nbgrader(folder: Path, *arguments: str) -> float:
    return call(["-m", "nbgrader", *arguments], folder)


def call(arguments: list[str], folder: Path) -> float:
    """Seconds that a Python command took."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of each class")
    parser.add_argument("--assignment", default="3_ddpm", help="of the mixed class")
    parser.add_argument("--keep", type=Path, help="folder to work in and to keep")
    args = parser.parse_args()
    work = args.keep or Path(tempfile.mkdtemp(prefix="bench-grading-"))
    work.mkdir(parents=True, exist_ok=True)
    rows, found = [], {"machine": machine()}

    def note(what, value, text):
        found[what] = value
        rows.append({"what": what, "figure": text})
        print(f"{what}: {text}", flush=True)

    def size(number):
        return max(2, round(number * args.scale))

    course = work / "course"
    source = course_of_one(course)
    theirs = stock(work / "stock", source, 3)
    note("stock nbgrader, s a submission", theirs, f"{theirs:.2f}")

    def ours(number, *more, **options):
        folder = work / f"class{number}"
        if not folder.exists():
            hand_in(folder, source, number)
        out = work / f"out{number}{''.join(more)}"
        return grade(course, NAME, folder, out, *more, **options)

    batch = ours(size(200))
    each = batch["seconds"] / size(200)
    note(f"ours, batch of {size(200)}, s a submission", each, f"{each:.3f} ({theirs / each:.0f}× stock), all start-up included")
    note("peak memory, MB", batch["peak_mb"], f"{batch['peak_mb']:.0f} (all processes, shared pages once)")
    costs = {}
    for number in (size(50), size(1000)):
        costs[number] = ours(number)["seconds"]
    small, large = costs
    slope = (costs[large] - batch["seconds"]) / (large - size(200)), (batch["seconds"] - costs[small]) / (size(200) - small)
    note(
        "cost of one more, ms",
        slope,
        f"{1e3 * slope[1]:.0f} from {small} to {size(200)}, {1e3 * slope[0]:.0f} from there to {large}",
    )
    workers = [ours(size(200), "--workers", count)["seconds"] for count in ("1", "2")]
    start = costs[small] - small * slope[1]
    speedup = (workers[0] - start) / (workers[1] - start)
    note("two workers against one", speedup, f"{speedup:.2f}× ({workers[0] / workers[1]:.2f}× with start-up)")

    mixed = work / "mixed"
    call(["-m", "grading.cli", "simulate", str(size(500)), "--assignment", args.assignment, "--out", str(mixed)], ROOT)
    plain = grade(ROOT, args.assignment, mixed, work / "undisturbed")
    note(f"mixed class of {size(500)} of {args.assignment}, s", plain["seconds"], f"{plain['seconds']:.0f}")
    soak = grade(ROOT, args.assignment, mixed, work / "disturbed", kill_every=15)
    same = all(
        (work / "disturbed" / f).read_bytes() == (work / "undisturbed" / f).read_bytes() for f in ("marks.csv", "flags.csv")
    )
    note(
        "soak with workers killed",
        {**soak, "same": same},
        f"{soak['killed']} killed, {soak['seconds']:.0f} s, marks {'the same' if same else 'DIFFER'}",
    )
    print_table(rows)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "grading.json").write_text(json.dumps(found, indent=1) + "\n")
    if not args.keep:
        shutil.rmtree(work, ignore_errors=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
