"""The course's own assignments: the solution earns every point through the sandbox, the students' version none."""

from pathlib import Path

import nbformat
import pytest

from grading.marking.judge import Judge
from grading.notebooks.build import names
from grading.sandbox.host import Sandbox

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("name", names(ROOT))
def test_solution_and_release(name):
    source, release = (nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4) for folder in ("solutions", "notebooks"))
    with Sandbox("bubblewrap") as sandbox:
        judge = Judge(source, name, sandbox)
        full = judge.calibrate()  # raises if a coded exercise earns less than all its points
        none = judge.mark(release)
    assert not full.flags
    assert {mark.status for mark in full.exercises} <= {"marked", "manual"}
    assert {mark.status for mark in none.exercises} <= {"unattempted", "empty"}
    assert not none.flags
    for exercise in judge.assignment.exercises:
        assert exercise.written or set(exercise.targets) <= set(judge.assignment.references.homes)
