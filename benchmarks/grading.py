"""Grading a class against stock nbgrader: `python benchmarks/grading.py` (an hour on two idle cores).

One table: seconds a submission against `nbgrader autograde` on the same notebook and the same machine, a mixed class of
500 with hostile submissions of each assignment, cost from 50 to 1,000, one worker against two, peak memory, and two classes
marked twice, whose marks must be the same: with workers killed at random, and on a busy machine. Writes results/grading.json,
each figure as it is found.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import nbformat
import psutil
from measure import RESULTS, keep, kept, machine, print_table

ROOT = Path(__file__).resolve().parent.parent
NAME = "1_bench"
JOURNAL = ".journal"
BURNERS = 8  # processes that do nothing but keep the machine busy
LOOK_EVERY = 5.0  # seconds; adding up the memory of all processes takes time from those that are timed
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
    """Seconds a submission of stock `nbgrader autograde`, start-up included."""
    (folder / "source" / NAME).mkdir(parents=True)
    nbformat.write(source, folder / "source" / NAME / f"{NAME}.ipynb")
    # its own limit of 30 s a cell is met by the imports on a busy machine
    config = f"get_config().CourseDirectory.root = {str(folder)!r}\nget_config().ExecutePreprocessor.timeout = 600\n"
    (folder / "nbgrader_config.py").write_text(config)
    hand_in(folder / "submitted", source, number, assignment_folder=True)
    nbgrader(folder, "generate_assignment", NAME)
    return nbgrader(folder, "autograde", NAME) / number


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
    """Looks at the memory of a process and all below it, and kills those that mark at random if asked to."""

    def __init__(self, pid: int, journal: Path, kill_every: float):
        super().__init__(daemon=True)
        self.process, self.journal, self.kill_every = psutil.Process(pid), journal, kill_every
        self.peak_mb, self.killed, self.going = 0.0, 0, True
        self.start()

    def run(self):
        dice, last_kill, last_look = random.Random(0), time.monotonic(), 0.0
        while self.going:
            time.sleep(0.5)
            now = time.monotonic()
            if now - last_look > LOOK_EVERY:
                self._look()
                last_look = now
            if self.kill_every and now - last_kill > self.kill_every * dice.uniform(0.5, 1.5) and self._kill_one(dice):
                last_kill = now

    def _look(self):
        try:
            below = [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return
        self.peak_mb = max(self.peak_mb, sum(memory(process) for process in below) / 2**20)

    def _kill_one(self, dice) -> bool:
        """Kill a worker, once the first mark is there; whether there was one to kill."""
        try:
            nurseries = [child for child in self.process.children() if "forkserver" in " ".join(child.cmdline())]
            workers = [worker for nursery in nurseries for worker in nursery.children()]
            if not workers or not self.journal.exists() or not any(self.journal.iterdir()):
                return False
            os.kill(dice.choice(workers).pid, signal.SIGKILL)
        except (psutil.Error, ProcessLookupError):
            return False
        self.killed += 1
        return True

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


class Bench:
    """The parts of the benchmark; each notes what it found."""

    def __init__(self, work: Path, scale: float, assignment: str):
        self.work, self.scale, self.assignment = work, scale, assignment
        self.course = work / "course"
        self.source = course_of_one(self.course)
        self.small = self._class("class", lambda number, folder: hand_in(folder, self.source, number))
        self.whole = self._class("right", lambda number, folder: self._simulate(number, folder, "--shares", "right=1"))
        self.found, self.rows, self.runs = {"machine": machine()}, [], {}

    def note(self, key: str, value, figure: str) -> None:
        self.found[key] = value
        self.rows.append({"what": key, "figure": figure})
        print(f"{key}: {figure}", flush=True)
        if self.scale == 1:  # smaller classes are for trying it out
            keep(RESULTS / "grading.json", kept(RESULTS / "grading.json") | self.found)

    def size(self, number: int) -> int:
        return max(2, round(number * self.scale))

    def ours(self, number: int, *more: str) -> dict:
        """Mark a class of right answers to the trivial notebook, once."""
        folder, out = self.small(number), self.work / f"out{number}{''.join(more)}"
        if out not in self.runs:
            self.runs[out] = grade(self.course, NAME, folder, out, *more)
        return self.runs[out]

    def against_stock(self) -> None:
        theirs = stock(self.work / "stock", self.source, 4)
        number = self.size(200)
        batch = self.ours(number)
        each = batch["seconds"] / number
        self.note("stock nbgrader, s a submission", theirs, f"{theirs:.2f}, start-up included")
        self.note(f"ours, batch of {number}, s a submission", each, f"{each:.3f}, all start-up included")
        self.note("ratio", theirs / each, f"{theirs / each:.0f}×")
        self.note("peak memory, MB", batch["peak_mb"], f"{batch['peak_mb']:.0f}, all processes, shared pages once")

    def flat_cost(self) -> None:
        sizes = [self.size(number) for number in (50, 200, 1000)]
        seconds = [self.ours(number, "--workers", "2")["seconds"] for number in sizes]
        cost = [1e3 * (seconds[i + 1] - seconds[i]) / (sizes[i + 1] - sizes[i]) for i in (0, 1)]
        text = f"{cost[0]:.0f} from {sizes[0]} to {sizes[1]}, {cost[1]:.0f} from there to {sizes[2]}"
        self.note("cost of one more submission, ms", cost, text)

    def two_workers(self) -> None:
        for assignment, course, few, many, make in (
            (self.assignment, ROOT, 20, 80, self.whole),
            (NAME, self.course, 50, 200, self.small),
        ):
            ratio = self._speed_up(assignment, course, make(self.size(few)), make(self.size(many)))
            self.note(f"two workers against one, {assignment}", ratio, f"{ratio:.2f}×, start-up taken off")

    def _class(self, name: str, make):
        """A function of a number that returns a folder with so many submissions, made when it is first needed."""

        def folder_of(number: int) -> Path:
            folder = self.work / f"{name}{number}"
            if not folder.exists():
                make(number, folder)
            return folder

        return folder_of

    def _speed_up(self, assignment: str, course: Path, few: Path, many: Path, rounds: int = 3) -> float:
        """Seconds for one more submission with one worker over those with two; medians of runs in turn, start-up taken off."""
        seconds: dict[tuple, list[float]] = {}
        for turn in range(rounds):
            for workers in ("1", "2") if turn % 2 == 0 else ("2", "1"):
                for folder in (few, many):
                    out = self.work / f"out_{folder.name}_{workers}_{turn}"
                    found = grade(course, assignment, folder, out, "--workers", workers)
                    seconds.setdefault((workers, folder), []).append(found["seconds"])
        one, two = (median(seconds[w, many]) - median(seconds[w, few]) for w in ("1", "2"))
        return one / two

    def mixed_class(self) -> None:
        plain = self._mixed("undisturbed", 0)
        text = f"{plain['seconds']:.0f}, peak memory {plain['peak_mb']:.0f} MB"
        self.note(f"mixed class of {self.size(500)} of {self.assignment}, s", plain, text)

    def each_assignment(self) -> None:
        for notebook in sorted((ROOT / "solutions").glob("[0-9]_*.py")):
            if (name := notebook.stem) != self.assignment:
                folder = self.work / f"mixed_{name}"
                self._simulate(self.size(500), folder, assignment=name)
                found = grade(ROOT, name, folder, self.work / f"out_{name}")
                text = f"{found['seconds']:.0f}, peak memory {found['peak_mb']:.0f} MB"
                self.note(f"mixed class of {self.size(500)} of {name}, s", found, text)

    def soak(self) -> None:
        if not (self.work / "undisturbed").exists():
            self._mixed("undisturbed", 0)
        shaken = self._mixed("disturbed", 5)
        shaken["same"] = self._same_tables("undisturbed", "disturbed")
        text = f"{shaken['killed']} killed, {shaken['seconds']:.0f} s, marks {'the same' if shaken['same'] else 'DIFFER'}"
        self.note("soak with workers killed", shaken, text)

    def busy(self) -> None:
        folder = self.work / "some"
        self._simulate(self.size(100), folder)
        found = {"submissions": self.size(100), "idle": grade(ROOT, self.assignment, folder, self.work / "idle")["seconds"]}
        burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BURNERS)]
        try:
            found["busy"] = grade(ROOT, self.assignment, folder, self.work / "busy")["seconds"]
        finally:
            for burner in burners:
                burner.kill()
                burner.wait()
        found["same"] = self._same_tables("idle", "busy")
        text = f"{found['idle']:.0f} s, {found['busy']:.0f} s beside {BURNERS} busy processes, "
        self.note("busy machine", found, text + f"marks {'the same' if found['same'] else 'DIFFER'}")

    def _same_tables(self, *runs: str) -> bool:
        one, other = ([(self.work / run / name).read_bytes() for name in ("marks.csv", "flags.csv")] for run in runs)
        return one == other

    def _mixed(self, name: str, kill_every: float) -> dict:
        mixed = self.work / "mixed"
        if not mixed.exists():
            self._simulate(self.size(500), mixed)
        return grade(ROOT, self.assignment, mixed, self.work / name, kill_every=kill_every)

    def _simulate(self, number: int, folder: Path, *more: str, assignment: str = "") -> None:
        which = ["--assignment", assignment or self.assignment, "--out", str(folder)]
        call(["-m", "grading.cli", "simulate", str(number), *which, *more], ROOT)


PARTS = ("against_stock", "flat_cost", "two_workers", "mixed_class", "each_assignment", "soak", "busy")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of each class")
    parser.add_argument("--assignment", default="3_ddpm", help="of the mixed class")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as work:
        bench = Bench(Path(work), args.scale, args.assignment)
        for part in args.parts:
            getattr(bench, part)()
    print_table(bench.rows)
    return 0 if all(bench.found.get(run, {}).get("same", True) for run in ("soak with workers killed", "busy machine")) else 1


if __name__ == "__main__":
    sys.exit(main())
