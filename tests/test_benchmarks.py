"""The benchmarks start, and what they have written can be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("name", ["training", "quality", "sampling", "scaling", "ablation"])
def test_each_benchmark_says_what_it_does(name):
    done = subprocess.run([sys.executable, BENCHMARKS / f"{name}.py", "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "two cores" in done.stdout or "1 minute" in done.stdout


@pytest.mark.parametrize("name", ["training", "quality"])
def test_results_are_rows_with_the_machine_they_come_from(name):
    content = json.loads((BENCHMARKS / "results" / f"{name}.json").read_text(encoding="utf-8"))
    assert "torch" in content["machine"]
    assert content["rows"]
