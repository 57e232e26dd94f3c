"""Every notebook runs top to bottom in its quick profile: as students first open it, and with the answers in.

The kernels see no network and no account; what a cell writes stays in a folder of its own.
"""

import re

import nbformat
import pytest

from grading.notebooks import build
from grading.notebooks.execute import run
from helpers import checks

NAMES = build.names()


def texts(notebook, grade_id=None):
    for cell in notebook.cells:
        if grade_id is None or cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                yield output.get("text", "") + "".join(data.get("text/plain", "")) + "".join(data.get("text/html", ""))


@pytest.mark.parametrize("name", NAMES)
def test_the_cells_after_an_exercise_run_what_was_written_in_it(name):
    text = (build.ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")
    used = set(re.findall(r"or_reference\((\w+)", text))
    written = {answer for exercise, check in checks.CHECKS.items() if f"checks.{exercise}(" in text for answer in check.answers}
    assert written
    assert written <= used


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_notebook_runs_to_its_end_says_what_is_open_and_fetches_nothing(name):
    notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    run(notebook, build.ROOT, "quick")
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("check_"):
            assert "Not attempted yet" in " ".join(texts(notebook, grade_id)), grade_id
    assert "is not written yet" in " ".join(texts(notebook))
    for text in texts(notebook):
        for remote in ('src="http', "src='http", 'rel="stylesheet" href="http', "@import url(http", "<iframe"):
            assert remote not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_with_the_answers_in_every_check_gives_full_marks(name, solved):
    notebook = solved(name)
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade_id", "").startswith("check_"):
            shown = " ".join(texts(notebook, meta["grade_id"]))
            assert f"{meta['points']} of {meta['points']}" in shown or f"{meta['points']}/{meta['points']}" in shown, shown[:400]
    assert "is not written yet" not in " ".join(texts(notebook))
