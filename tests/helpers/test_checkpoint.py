"""Where a notebook keeps its training runs: a file for each run, the same one after a restart, another after a change."""

import subprocess
import sys

import pytest

from helpers import checkpoint

ANSWERS = {
    "a function": "def answer(x): return [v for v in x if v in {'a', 'b', 'c'}]",
    "a class": "class answer:\n    def forward(self, x): return (lambda y: y + 1)(x)",
}
NAMED = """
import sys
from helpers.checkpoint import kept
for source in sys.argv[1:]:
    exec(source)
    print(kept("run", [answer]).name)
"""


def names_of(*sources: str) -> list[str]:
    """The file's name for each source, as a process of its own says it."""
    done = subprocess.run([sys.executable, "-c", NAMED, *sources], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_has_one_file_in_every_process_and_a_changed_one_another(kind):
    source = ANSWERS[kind]
    changed = source.replace("'c'", "'d'").replace("y + 1", "y + 2")
    assert changed != source
    name, of_changed = names_of(source, changed)
    assert names_of("\n\n# moved, and with a comment\n" + source) == [name]
    assert of_changed != name


def test_a_run_that_starts_afresh_loses_its_file_and_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = {name: checkpoint.kept(name) for name in ("one", "other")}
    for path in runs.values():
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert checkpoint.kept("one", afresh=True) == runs["one"]
    assert (runs["one"].exists(), runs["other"].exists()) == (False, True)
    assert runs["one"].parent == tmp_path / "checkpoints"


def test_on_a_mounted_drive_runs_outlive_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "DRIVE", tmp_path)
    assert checkpoint.kept("one", suffix=".younger").parent == tmp_path / "ddpm-course"
    assert checkpoint.kept("one", suffix=".younger").suffix == ".younger"
