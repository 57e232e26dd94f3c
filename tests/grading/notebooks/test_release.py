"""The students' copy holds what a student needs, no more, and works by itself."""

import os
import subprocess
import sys
import zipfile

import pytest

from grading.cli import main
from grading.notebooks.build import names


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    assert main(["release", "--out", str(folder / "course.zip")]) == 0
    with zipfile.ZipFile(folder / "course.zip") as archive:
        archive.extractall(folder)
    return folder / "diffusion-course"


def test_answers_graders_and_tests_stay_behind(copy):
    top = {path.name for path in copy.iterdir()}
    assert {"notebooks", "helpers", "README.md", "environment.yml"} <= top
    assert not {"solutions", "grading", "tests", ".git", ".ci", "benchmarks"} & top
    assert sorted(p.stem for p in (copy / "notebooks").iterdir()) == names()
    for notebook in (copy / "notebooks").iterdir():
        text = notebook.read_text(encoding="utf-8")
        assert "BEGIN SOLUTION" not in text
        assert "HIDDEN TESTS" not in text


def test_the_copy_works_without_what_stays_behind(copy):
    code = (
        "import helpers, helpers.data, helpers.pretrained\n"
        "from helpers import checks\n"
        "from helpers.schedules import cosine_beta_schedule\n"
        "print(helpers.__file__, len(helpers.data.load_digits('test')[0]))\n"
        "with checks.collecting() as results: checks.cosine_beta_schedule(cosine_beta_schedule)\n"
        "print(results[0].score)\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} | {"PYTHONPATH": str(copy)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=copy / "notebooks", env=env)
    assert done.returncode == 0, done.stderr
    assert str(copy) in done.stdout
    assert done.stdout.split()[-2:] == ["1000", "4.0"] or done.stdout.split()[-2:] == ["1000", "4"]
