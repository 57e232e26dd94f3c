"""Stock nbgrader, run as an instructor runs it, marks through the same sandbox and judge."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests import marking

REPOSITORY = Path(__file__).resolve().parents[3]
CONFIG = """
from grading.marking.executor import configure
configure(get_config(), root={root!r}, course={course!r})
get_config().RepairPreprocessor.course = get_config().SandboxExecute.course = {course!r}
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course directory with two submissions, marked by `nbgrader autograde`."""
    course, root = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("nbgrader")
    marking.course(course)
    (root / "nbgrader_config.py").write_text(CONFIG.format(root=str(root), course=str(course)))
    right = marking.answered(written_cosine="Slower.\n\n[x](javascript:alert(1))")
    forged = marking.answered(cosine_beta_schedule="def cosine_beta_schedule(T, s=0.008):\n    return torch.zeros(T)")
    for cell in forged.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 1000
            if cell.cell_type == "code":
                cell.source = "float('nan')"
                cell.metadata.tags = ["skip-execution"]
    for student, notebook in (("ada", right), ("eve", forged)):
        folder = root / "submitted" / student / marking.NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{marking.NAME}.ipynb")
    nbgrader(root, "generate_assignment", marking.NAME)
    nbgrader(root, "autograde", marking.NAME)
    return root


def nbgrader(root, *arguments):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def scores(root, student):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        found = book.find_submission_notebook(marking.NAME, marking.NAME, student)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found.grades}


@pytest.mark.slow
def test_autograde_gives_the_judges_marks(course):
    assert scores(course, "ada") == {
        "check_cosine_beta_schedule": (4, False),
        "written_cosine": (None, True),
        "check_ConvBlock": (4, False),
        "check_EncBlock_DecBlock": (4, False),
    }


@pytest.mark.slow
def test_edited_tests_and_raised_points_earn_nothing(course):
    found = scores(course, "eve")
    assert found["check_cosine_beta_schedule"] == (0, False)  # constant betas earn nothing
    assert found["check_ConvBlock"] == (4, False)


@pytest.mark.slow
def test_the_marker_sees_the_rubric_and_the_student_does_not(course):
    name = f"{marking.NAME}.ipynb"
    shown = (course / "autograded" / "ada" / marking.NAME / name).read_text()
    assert "destroys information more slowly" in shown
    nbgrader(course, "generate_feedback", marking.NAME)
    feedback = (course / "feedback" / "ada" / marking.NAME / name.replace("ipynb", "html")).read_text()
    assert "destroys information more slowly" not in feedback
    assert "javascript:alert" not in feedback


@pytest.mark.slow
def test_export_works(course, tmp_path):
    nbgrader(course, "export", "--to", str(tmp_path / "grades.csv"))
    assert "ada" in (tmp_path / "grades.csv").read_text()


def test_the_repositorys_own_configuration_loads():
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(REPOSITORY)).load_config()
    assert config.Autograde.autograde_preprocessors[0].__name__ == "SandboxExecute"
    assert "Execute" not in [step.__name__ for step in config.Autograde.autograde_preprocessors]
