"""What is wrong at the door is one line that says what to type, on any console."""

import os
import re
import subprocess
import sys
import zipfile

import pytest

from grading import cli, doctor
from grading.intake import files


def without(package, *arguments, cwd=None):
    code = f"import sys; sys.modules[{package!r}] = None; from grading.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("jupytext", ["build", "1_energy", "--check"]),
        ("yaml", ["build", "1_energy", "--check"]),
    ],
)
def test_without_the_grading_extra_one_line_says_what_to_install(package, arguments):
    done = without(package, *arguments)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        f"course {arguments[0]}: the package {package} is not installed. In the course's folder, type: {cli.EXTRA}"
    ]


def test_a_build_where_there_is_no_course_fails_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for arguments in (["build"], ["build", "--check"], ["build", "--root", str(tmp_path)], ["release"]):
        assert cli.main(arguments) == 2
        said = capsys.readouterr().err.strip().splitlines()
        assert len(said) == 1
        assert "no course in" in said[0]
    assert list(tmp_path.iterdir()) == []


def test_names_of_any_alphabet_on_a_console_of_code_page_1252(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("李小龙_107_9008_3_ddpm-1.ipynb", "{}")
    command = [sys.executable, "-m", "grading.cli", "collect", str(tmp_path / "in.zip"), "--assignment", "3_ddpm"]
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([*command, "--out", str(tmp_path / "out")], env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "out").rglob("*.ipynb"))


def test_files_are_opened_and_links_refused_where_the_system_has_no_flags_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FLAGS", os.O_RDONLY)
    (tmp_path / "a.ipynb").write_bytes(b"{}\r\n")
    (tmp_path / "b.ipynb").symlink_to(tmp_path / "a.ipynb")
    with files.open_regular(tmp_path / "a.ipynb") as file:
        assert file.read() == b"{}\r\n"
    with pytest.raises(ValueError, match="not an ordinary file"):
        files.open_regular(tmp_path / "b.ipynb")


def test_text_is_read_as_utf_8_whatever_the_system_prefers():
    code = (
        "import sys, tempfile, pathlib; from grading.sandbox import standins; from grading.notebooks import build\n"
        "build.solution_notebook(build.ROOT, '1_energy'); standins.References.of_the_course()"
    )
    done = subprocess.run([sys.executable, "-X", "warn_default_encoding", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = [line for line in done.stderr.splitlines() if re.search(r"/(grading|helpers)/[\w/]+\.py:\d+: EncodingWarning", line)]
    assert [line for line in ours if "site-packages" not in line] == []


def test_the_doctor_has_a_line_for_each_part_and_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    findings = [doctor.git(), doctor.browser()]
    assert [finding.fine for finding in findings] == [False, False]
    assert doctor.report([lambda found=found: found for found in findings]) == 1
    said = capsys.readouterr().out
    assert "LOOK  git         not found\n                  → `course release` asks git" in said
    assert doctor.nbgrader().fine
    assert str(doctor.nbgrader()).startswith("ok    nbgrader    0.9")


def test_collect_refuses_an_assignment_that_is_not_there(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("{}")
    command = ["collect", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--assignment"]
    assert cli.main([*command, "3_dppm"]) == 2
    assert "3_dppm; known: 1_energy" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert cli.main([*command, "3_ddpm"]) == 0
