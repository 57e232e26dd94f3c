"""Stock nbgrader marks the checks rightly: full, partial and no points, in autograde and in validate."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

STUB = """def classifier_free_guidance(eps_uncond, eps_cond, scale):
    ### BEGIN SOLUTION
    return eps_uncond + scale * (eps_cond - eps_uncond)
    ### END SOLUTION
"""
TEST = """checks.classifier_free_guidance(classifier_free_guidance)
### BEGIN HIDDEN TESTS
checks.classifier_free_guidance(classifier_free_guidance, seed=20931)
### END HIDDEN TESTS
"""
HEAD = "def classifier_free_guidance(eps_uncond, eps_cond, scale):\n    "
ANSWERS = {
    "right": (HEAD + "return eps_uncond + scale * (eps_cond - eps_uncond)", 2.0),
    "partial": (HEAD + "return (1 + scale) * eps_cond - scale * eps_uncond", 1.25),
    "wrong": (HEAD + "return scale * eps_uncond", 0.0),
    "raises": (HEAD + "return eps_uncond.nothing", 0.0),
    "noisy": (
        HEAD + "import warnings; warnings.warn('x'); print('9.0')\n    return eps_uncond + scale * (eps_cond - eps_uncond)",
        2.0,
    ),
    "untouched": (None, 0.0),
}


def _notebook():
    def metadata(**kwargs):
        return {"nbgrader": {"schema_version": 3, "locked": False, "task": False, **kwargs}}

    return new_notebook(
        cells=[
            new_code_cell("from helpers import checks"),
            new_code_cell(STUB, metadata=metadata(grade=False, solution=True, grade_id="classifier_free_guidance")),
            new_code_cell(TEST, metadata=metadata(grade=True, solution=False, grade_id="check", points=2) | {}),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


def _nbgrader(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"  # nbgrader calls alembic by name
    )
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder in which stock nbgrader has marked six submissions."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "source" / "ps").mkdir(parents=True)
    nbformat.write(_notebook(), folder / "source" / "ps" / "toy.ipynb")
    released = _nbgrader(folder, "generate_assignment", "ps")
    assert released.returncode == 0, released.stderr
    for student, (answer, _) in ANSWERS.items():
        notebook = nbformat.read(folder / "release" / "ps" / "toy.ipynb", as_version=4)
        notebook.cells[1].source = answer or notebook.cells[1].source
        (folder / "submitted" / student / "ps").mkdir(parents=True)
        nbformat.write(notebook, folder / "submitted" / student / "ps" / "toy.ipynb")
    marked = _nbgrader(folder, "autograde", "ps", "--ExecutePreprocessor.timeout=200", "--Execute.timeout=200")
    assert marked.returncode == 0, marked.stderr
    return folder


@pytest.mark.slow
def test_stock_autograde_gives_the_points_of_the_properties(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {student: gradebook.find_submission("ps", student).score for student in ANSWERS}
    assert scores == {student: points for student, (_, points) in ANSWERS.items()}


@pytest.mark.slow
def test_stock_feedback_shows_the_card_beside_the_points(course):
    notebook = nbformat.read(course / "autograded" / "partial" / "ps" / "toy.ipynb", as_version=4)
    (output,) = notebook.cells[2].outputs
    assert output.data["text/plain"] == "1.25"
    assert "paper&#x27;s w" in output.data["text/html"]


@pytest.mark.slow
@pytest.mark.parametrize(("student", "words"), [("right", "Success! Your notebook passes"), ("partial", "VALIDATION FAILED")])
def test_stock_validate_says_whether_the_checks_pass(course, student, words):
    result = _nbgrader(course, "validate", f"submitted/{student}/ps/toy.ipynb", "--Execute.timeout=200")
    assert words in result.stdout
    assert "helpers/checks" not in result.stdout
    assert ("w_for_scale" in result.stdout or "paper's w" in result.stdout) == (student == "partial")
