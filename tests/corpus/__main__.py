"""Run every check on every answer of the corpus and print, for each exercise, how well it did: python -m tests.corpus."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import torch

from helpers import checks
from helpers.checks.probes import Probe, make

from . import Case, exercises, load, names


@dataclass
class Tally:
    """How the check of one exercise did."""

    wrong: int = 0
    caught: int = 0
    diagnosed: int = 0
    right: int = 0
    passed: int = 0
    slowest: float = 0.0
    complaints: list[str] = field(default_factory=list)


def judge(case: Case, check, seed: int = 0) -> tuple[object, float]:
    """The check's Result for the case, and the processor seconds it took."""
    answers = names(case, check.answers)
    started = time.process_time()  # of the processor: what it takes on a machine with nothing else to do
    with checks.collecting():
        result = check(*answers, seed=seed)
    return result, time.process_time() - started


def tally(exercise: str, seeds=(0,)) -> Tally:
    counted = Tally()
    for case in load(exercise):
        for seed in seeds:
            result, seconds = judge(case, checks.CHECKS[exercise], seed)
            counted.slowest = max(counted.slowest, seconds)
            _count(counted, case, result, seed)
    return counted


def _count(counted: Tally, case: Case, result, seed: int) -> None:
    if case.right:
        counted.right += 1
        counted.passed += result.passed
        if not result.passed:
            counted.complaints.append(f"right but failed (seed {seed}): {case}\n{result}")
        return
    counted.wrong += 1
    counted.caught += not result.passed
    # every mistake that is named must be the one that was made: one right name among wrong ones is no diagnosis
    diagnosed = result.mistakes == (case.mistake,)
    counted.diagnosed += diagnosed
    if result.passed or not diagnosed:
        counted.complaints.append(f"wrong (seed {seed}), {case}: expected {case.mistake}, named {result.mistakes}\n{result}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("names", nargs="*", default=exercises(), help="exercises to run (default: all)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to try each answer with")
    options = parser.parse_args(arguments)
    # libraries import a good deal at their first use, which is not the check's time
    torch.func.grad(torch.sum)(torch.ones(2))
    make(Probe("pipeline", {"seed": 0}))
    tallies = {exercise: tally(exercise, range(options.seeds)) for exercise in options.names}
    print(f"{'exercise':30}{'caught':>10}{'diagnosed':>12}{'passed':>10}{'slowest':>10}")
    for exercise, t in tallies.items():
        shares = f"{t.caught:>6}/{t.wrong:<3}{t.diagnosed:>8}/{t.wrong:<3}{t.passed:>6}/{t.right:<3}"
        print(f"{exercise:30}{shares}{t.slowest:>8.2f} s")
    for t in tallies.values():
        for complaint in t.complaints:
            print("\n" + complaint)
    wrong, diagnosed = (sum(getattr(t, name) for t in tallies.values()) for name in ("wrong", "diagnosed"))
    missed = any(t.caught < t.wrong or t.passed < t.right for t in tallies.values())
    print(f"\ndiagnosed right: {diagnosed} of {wrong} ({diagnosed / wrong:.1%})")
    return int(missed or diagnosed < 0.95 * wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
