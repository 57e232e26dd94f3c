"""The students' copy and the wheel hold what a student needs, no more, and work by themselves."""

import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest

from grading.cli import main
from grading.notebooks import build, release

HOUSE = re.compile(
    r"\b(solutions|grading|tests|benchmarks|docs)/|\bcourse (build|grade|collect|release|export)\b|make (demo|bench|build|lint)"
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The zip file, unpacked, with what is in the wheel beside it."""
    folder = tmp_path_factory.mktemp("release")
    assert main(["release", "--out", str(folder / "course.zip"), "--folder", str(folder / "repository")]) == 0
    with zipfile.ZipFile(folder / "course.zip") as archive:
        archive.extractall(folder)
    wheel = next((folder / "repository" / "wheel").iterdir())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "wheel")
    return folder / "diffusion-course"


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_and_the_zip_file_are_the_same(copy):
    assert files(copy) == files(copy.parent / "repository")


def test_answers_graders_and_tests_stay_behind(copy):
    top = {path.name for path in copy.iterdir()}
    assert top == {
        "notebooks", "helpers", "wheel", "README.md", "LICENSE", "CITATION.cff", "Makefile", "environment.yml", "pyproject.toml", ".gitignore",
    }  # fmt: skip
    assert sorted(p.stem for p in (copy / "notebooks").iterdir()) == build.names()
    assert {path.split("/")[0] for path in files(copy.parent / "wheel")} == {
        "helpers", f"diffusion_course_helpers-{release.Address.of(build.ROOT).version}.dist-info",
    }  # fmt: skip


def test_no_answer_and_no_hidden_test_is_in_any_file_but_the_reference_that_a_skipped_exercise_goes_on_with(copy):
    """Each answer's lines are looked for in the notebooks; markers in every file, in the wheel's too."""
    for name in build.names():
        source = build.solution_notebook(build.ROOT, name)
        student = nbformat.read(copy / "notebooks" / f"{name}.ipynb", as_version=4)
        assert build.leaks(source, student) == []
    for folder in (copy, copy.parent / "wheel"):
        for path, data in files(folder).items():
            for marker in (b"BEGIN SOLUTION", b"END SOLUTION", b"HIDDEN TESTS", b"gradebook.db"):
                assert marker not in data, path


def test_its_own_files_name_nothing_that_stays_behind(copy):
    for name in ("README.md", "Makefile", "pyproject.toml", "environment.yml"):
        text = (copy / name).read_text(encoding="utf-8")
        assert not HOUSE.search(text), f"{name}: {HOUSE.search(text)}"
        assert "nbgrader" not in text
    readme = (copy / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 4
    assert all(link.startswith("https://") or (copy / link).is_file() for link in links)
    targets = set(re.findall(r"^(\w+):", (copy / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", readme)) <= targets
    assert set(re.findall(r"\[.*?\]\(notebooks/(\w+)\.ipynb\)", readme)) == set(build.names())


def test_the_copy_tries_the_machine_without_what_stays_behind(copy):
    code = "import sys; sys.modules['grading'] = None; import helpers, runpy; print(helpers.__file__)"
    code += "; runpy.run_module('helpers.machine', run_name='__main__')"
    env = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} | {"PYTHONPATH": str(copy)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=copy / "notebooks", env=env)
    assert str(copy) in done.stdout
    assert "ok    course      1000 test digits, shipped weights, and a check that passes" in done.stdout, (
        done.stdout + done.stderr
    )


def test_a_folder_of_something_else_is_left_alone(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(ValueError, match="no earlier release"):
        release.write_folder({"wheel/a": b""}, tmp_path)
    monkeypatch.setattr(release, "build", lambda *_: pytest.fail("it rebuilt"))
    assert main(["release", "--folder", str(tmp_path)]) == 2
    assert "no earlier release" in capsys.readouterr().err
    assert (tmp_path / "mine").read_text() == "keep"
    folder = tmp_path / "new"
    release.write_folder({"wheel/a": b"1", "old": b""}, folder)
    (folder / ".git").mkdir()
    release.write_folder({"wheel/a": b"2"}, folder)
    assert sorted(p.name for p in folder.iterdir()) == [".git", "wheel"]
    release.write_folder({"wheel/a": b"2", "old/deep": b""}, folder)
    release.write_folder({"wheel/a": b"3", "old": b"a file now"}, folder)
    release.write_folder({"wheel/a": b"4", "old/deep/er": b"a folder again"}, folder)
    assert (folder / "old" / "deep" / "er").read_bytes() == b"a folder again"


def test_a_release_that_was_stopped_half_way_can_be_written_again(tmp_path, monkeypatch):
    contents = {"README.md": b"1", "notebooks/1.ipynb": b"2", "wheel/a": b"3"}

    def stops(path, data):
        if path.name == "1.ipynb":
            raise KeyboardInterrupt
        path.write_bytes(data)

    monkeypatch.setattr(release, "write_bytes", stops)
    with pytest.raises(KeyboardInterrupt):
        release.write_folder(contents, tmp_path / "new")
    monkeypatch.undo()
    release.write_folder(contents, tmp_path / "new")
    assert all((tmp_path / "new" / name).read_bytes() == data for name, data in contents.items())


@pytest.mark.parametrize("text", ["", "dependencies:", "dependencies: [pip, {pip: }]", "dependencies: [python, pip]"])
def test_an_environment_without_requirements_is_told(tmp_path, text):
    (tmp_path / "environment.yml").write_text(text)
    with pytest.raises(ValueError, match="environment.yml lists no `pip:` packages"):
        release.requirements(tmp_path)


def test_without_git_it_says_so_before_anything_is_rebuilt(monkeypatch, capsys):
    monkeypatch.setattr(release, "build", lambda *_: pytest.fail("it rebuilt"))
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))  # alembic is there, git is not
    assert main(["release", "--out", "never.zip"]) == 2
    assert "install git" in capsys.readouterr().err


def test_what_a_release_takes_away_from_an_earlier_one_is_named(tmp_path):
    contents = {"README.md": b"a", "helpers/data.py": b"b", "wheel/x.whl": b"c"}
    assert release.write_folder(contents, tmp_path) == []
    for name in (".git/config", ".venv/bin/python", "helpers/__pycache__/data.pyc", "dates.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / "README.md").write_bytes(b"edited")
    assert release.write_folder(contents, tmp_path) == [".venv", "dates.md", "helpers/__pycache__"]
    assert files(tmp_path) == contents | {".git/config": b"mine"}
