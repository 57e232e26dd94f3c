"""CONTRIBUTING's "Add an exercise in five steps", walked with the very blocks that the page shows."""

import re
from pathlib import Path

import nbformat
import pytest

import helpers.schedules
from grading.notebooks import build
from helpers import checks
from helpers.checks import exercises
from tests import corpus
from tests.corpus.__main__ import judgements, tally

ROOT = Path(__file__).resolve().parent.parent
NAME = "signal_to_noise"


@pytest.fixture(scope="module")
def blocks():
    """The code block of each of the first four steps."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add an exercise in five steps")[1]
    found = {int(n): code for n, code in re.findall(r"^### (\d)\..*?^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)}
    assert sorted(found) == [1, 2, 3, 4]
    return found


@pytest.fixture
def course(blocks, tmp_path, monkeypatch):
    """A course with the new exercise: reference, check, corpus and notebook text in place."""
    namespace = {}
    exec(blocks[1], namespace)
    monkeypatch.setattr(helpers.schedules, NAME, namespace[NAME], raising=False)
    for folder, content in {"checks": blocks[2], "answers": blocks[3]}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{NAME}.py").write_text(content, encoding="utf-8")
    (tmp_path / "solutions").mkdir()
    header = "# %% [markdown]\n# # A toy\n\n# %%\nfrom helpers import checks\n\n"
    (tmp_path / "solutions" / "9_toy.py").write_text(header + blocks[4], encoding="utf-8")
    monkeypatch.setattr(exercises, "__path__", [*exercises.__path__, str(tmp_path / "checks")])
    monkeypatch.setattr(corpus, "ANSWERS", tmp_path / "answers")
    monkeypatch.setitem(checks.CHECKS, NAME, exercises.load_all()[NAME])
    return tmp_path


def test_the_check_is_found_and_the_reference_passes_it(course):
    check = checks.CHECKS[NAME]
    assert check(checks.or_reference(None, NAME)).score == 2


def test_the_corpus_is_caught_named_and_passed(course):
    counted = tally(judgements(NAME))
    assert (counted.wrong, counted.right) == (2, 2)
    assert (counted.caught, counted.diagnosed, counted.passed) == (2, 2, 2), counted.complaints


def test_the_notebook_hides_the_answer_and_its_points_are_the_checks(course):
    _, student = build.build(course, "9_toy").values()
    cells = nbformat.reads(student, as_version=4).cells
    sources = "\n".join(cell.source for cell in cells)
    assert "raise NotImplementedError()" in sources
    assert "alphas_cumprod / (1 - alphas_cumprod)" not in sources
    assert "48611" not in sources
    marked = [cell.metadata.nbgrader for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell["points"] for cell in marked] == [sum(prop.points for prop in checks.CHECKS[NAME].properties)]


def test_the_untouched_cell_is_unattempted_and_the_answer_passes(course):
    notebooks = [nbformat.reads(text, as_version=4) for text in build.build(course, "9_toy").values()]
    for notebook, score in zip(notebooks, (2, 0)):
        namespace = {}
        answer = next(cell.source for cell in notebook.cells if cell.source.startswith(f"def {NAME}"))
        exec(answer, namespace)
        with checks.collecting() as results:
            checks.CHECKS[NAME](namespace[NAME], seed=48611)
        assert results[0].score == score


def test_the_commands_of_the_page_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        set(re.findall(r"make (test|lint|corpus|build|\w+)\b(?=[`\s#])", text)) & {"test", "lint", "corpus", "build"} <= targets
    )
    for path in re.findall(r"tests/test_\w+\.py", text):
        assert (ROOT / path).exists(), path
