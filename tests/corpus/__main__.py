"""Run every check on every answer of the corpus and print, for each exercise, how well it did: python -m tests.corpus."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from helpers import checks
from helpers.checks.probes import Probe, make
from helpers.checks.subject import LocalSubject

from . import Case, exercises, load, names
from .metamorphic import variants
from .mutation import Mutant, mutants


@dataclass
class Tally:
    """How the check of one exercise did."""

    wrong: int = 0
    caught: int = 0
    diagnosed: int = 0
    right: int = 0
    passed: int = 0
    slowest: float = 0.0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    survivors: list[str] = field(default_factory=list)
    variants: int = 0
    accepted: int = 0
    complaints: list[str] = field(default_factory=list)


def judge(case: Case, check, seed: int = 0) -> tuple[object, float]:
    """The check's Result for the case, and the processor seconds it took."""
    answers = names(case, check.answers)
    started = time.process_time()  # of the processor: what it takes on a machine with nothing else to do
    with checks.collecting():
        result = check(*answers, seed=seed)
    return result, time.process_time() - started


class Judgement(NamedTuple):
    """A case, the check's Result for it at a seed, and the processor seconds it took."""

    case: Case
    seed: int
    result: object
    seconds: float


def judgements(exercise: str, seed: int = 0) -> list[Judgement]:
    """Every case of an exercise, judged."""
    return [Judgement(case, seed, *judge(case, checks.CHECKS[exercise], seed)) for case in load(exercise)]


def tally(found: list[Judgement]) -> Tally:
    """How the check did, from its judgements."""
    counted = Tally()
    for case, seed, result, seconds in found:
        counted.slowest = max(counted.slowest, seconds)
        _count(counted, case, result, seed)
    return counted


MUTANT_SECONDS = 3.0  # a mutant may loop for ever


def survives(mutant: Mutant, seed: int = 0) -> bool:
    """Whether the check gives a mutant all its points."""
    check = checks.CHECKS[mutant.exercise]
    try:
        answers = names(mutant.as_case(), check.answers)
    except Exception:  # it does not even run
        return False
    with checks.collecting():
        return check(*(LocalSubject(n, a, MUTANT_SECONDS) for n, a in zip(check.answers, answers)), seed=seed).passed


def mutate(exercise: str, counted: Tally) -> None:
    """Try all mutants of an exercise."""
    for mutant in mutants(exercise):
        if mutant.reason:
            counted.equivalent += 1
            continue
        alive = survives(mutant)
        counted.mutants += 1
        counted.killed += not alive
        counted.survivors += [mutant.change] if alive else []


def vary(exercise: str, counted: Tally, all_answers: bool = True) -> None:
    """Try the right answers of an exercise in other forms."""
    right = [case for case in load(exercise) if case.right]
    check = checks.CHECKS[exercise]
    for case in right if all_answers else right[:1]:
        for name, answers in variants(exercise, names(case, check.answers)):
            with checks.collecting():
                result = check(*answers)
            counted.variants += 1
            counted.accepted += result.passed
            if not result.passed:
                counted.complaints.append(f"right but failed as {name}: {case}\n{result}")


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
    diagnosed = result.mistakes == (() if case.mistake == "unnamed" else (case.mistake,))
    counted.diagnosed += diagnosed
    if result.passed or not diagnosed:
        counted.complaints.append(f"wrong (seed {seed}), {case}: expected {case.mistake}, named {result.mistakes}\n{result}")


def _at_seeds(exercise: str, number: int) -> list[Judgement]:
    return [judgement for seed in range(number) for judgement in judgements(exercise, seed)]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("names", nargs="*", default=exercises(), help="exercises to run (default: all)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to try each answer with")
    parser.add_argument("--quick", action="store_true", help="the corpus alone, without mutants and variants")
    options = parser.parse_args(arguments)
    # libraries import a good deal at their first use, which is not the check's time
    torch.func.grad(torch.sum)(torch.ones(2))
    make(Probe("pipeline", {"seed": 0}))
    tallies = {exercise: tally(_at_seeds(exercise, options.seeds)) for exercise in options.names}
    for exercise, t in tallies.items() if not options.quick else ():
        mutate(exercise, t)
        vary(exercise, t)
    print(f"{'exercise':30}{'caught':>9}{'named':>9}{'passed':>8}{'variants':>10}{'mutants':>10}{'equal':>7}{'slowest':>10}")
    for exercise, t in tallies.items():
        shares = (
            (t.caught, t.wrong),
            (t.diagnosed, t.wrong),
            (t.passed, t.right),
            (t.accepted, t.variants),
            (t.killed, t.mutants),
        )
        columns = "".join(f"{f'{part}/{whole}':>{width}}" for (part, whole), width in zip(shares, (9, 9, 8, 10, 10)))
        print(f"{exercise:30}{columns}{t.equivalent:>7}{t.slowest:>8.2f} s")
    for exercise, t in tallies.items():
        for survivor in t.survivors:
            print(f"mutant with all points, {exercise}: {survivor}")
    for t in tallies.values():
        for complaint in t.complaints:
            print("\n" + complaint)
    wrong, diagnosed = (sum(getattr(t, name) for t in tallies.values()) for name in ("wrong", "diagnosed"))
    missed = any(t.caught < t.wrong or t.passed < t.right for t in tallies.values())
    print(f"\ndiagnosed right: {diagnosed} of {wrong} ({diagnosed / wrong:.1%})")
    killed, made, accepted, varied = (
        sum(getattr(t, n) for t in tallies.values()) for n in ("killed", "mutants", "accepted", "variants")
    )
    print(f"mutants caught: {killed} of {made} ({killed / max(made, 1):.1%}); right variants accepted: {accepted} of {varied}")
    missed |= accepted < varied or killed < 0.98 * made
    return int(missed or diagnosed < 0.95 * wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
