"""What is wrong at the door is one line that says what to type, on any console."""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile

import pytest

from grading import cli, doctor
from grading.intake import files
from grading.notebooks import build
from helpers import machine
from helpers.files import write_atomically

HERE = str(doctor.ROOT)


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


BROKEN = {
    "not-there": "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')",
    "half-there": "raise ImportError('libtorch_cpu.so: cannot open shared object file')",
    "other": "raise RuntimeError('two lines\\nof trouble')",
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_doctor_goes_through_a_machine_on_which_torch_is_broken(how, tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(BROKEN[how])
    code = (
        "import grading.doctor as doctor; from grading.cli import main; from helpers import machine\n"
        "machine.USED = ('torch',); doctor.USED = (); doctor.PARTS = tuple(p for p in doctor.PARTS if p is not machine.course)\n"
        "raise SystemExit(main(['doctor']))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), HERE])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert next(line for line in lines if line.startswith("LOOK  packages")).count("torch (") == 1
    assert any(line.startswith("LOOK  device      could not be tried") for line in lines)
    assert lines[-1][6:].startswith("ports")
    assert all(line[:6] in ("ok    ", "LOOK  ", "      ") for line in lines)


@pytest.mark.parametrize(("name", "said"), [("", "a package can't be used"), ("scipy.linalg", "the package scipy can't be used")])
def test_a_package_that_is_broken_is_told_in_one_line(name, said, monkeypatch, capsys):
    def fails(_args):
        raise ImportError("libblas.so.3: cannot open\nshared object file", name=name or None)

    monkeypatch.setattr("helpers.status.run", fails)
    assert cli.main(["status"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"course status: {said} (libblas.so.3: cannot open shared object file). `course doctor`")


def test_what_is_broken_in_the_course_itself_is_not_put_on_a_package(monkeypatch):
    def fails(_args):
        raise ImportError("cannot import name", name="helpers.data")

    monkeypatch.setattr("helpers.status.run", fails)
    with pytest.raises(ImportError):
        cli.main(["status"])


def test_each_command_stands_under_its_name():
    for command in cli.COMMANDS:
        known = cli.parser(command)._subparsers._group_actions[0].choices
        assert list(known) == [command]
    assert list(cli.parser()._subparsers._group_actions[0].choices) == list(cli.COMMANDS)


PAGES = [
    build.ROOT / "README.md",
    build.ROOT / "Makefile",
    *(build.ROOT / "docs").glob("*.md"),
    *(build.ROOT / "solutions").glob("*.py"),
]
WRITTEN = re.compile(
    r"`course ([^`]+)`|^\s*(?:\$\(BIN\)/)?course ((?:(?!  |→|#|\|\||$).)+)", re.MULTILINE
)  # in a line of text, or one of its own
IN_DOCS = sorted({(one or other).strip() for page in PAGES for one, other in WRITTEN.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("line", [line for line in IN_DOCS if " " in line])
def test_commands_in_the_documentation_are_commands(line):
    command, *words = shlex.split(line)
    assert cli.parser(command).parse_args([command, *words]).run


def test_the_documentation_has_every_command():
    assert set(cli.COMMANDS) <= {line.split()[0] for line in IN_DOCS}


def test_all_commands_are_listed_at_once_where_some_of_them_cannot_run():
    for_linux = "import sys; sys.modules.update(dict.fromkeys(['fcntl', 'resource', 'torch'])); "
    listed = subprocess.run(
        [sys.executable, "-c", for_linux + "from grading import cli; cli.main(['--help'])"], capture_output=True, text=True
    )
    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(f"\n    {command}" in listed.stdout for command in cli.COMMANDS)


@pytest.mark.parametrize(
    ("extra", "package", "floor"), [("", "scipy", "1.12"), ("", "nbgrader", "0.9.4"), ("grading", "dask", "2024.5")]
)
def test_an_old_package_is_named_with_the_version_that_the_course_needs(extra, package, floor, tmp_path, monkeypatch):
    old = tmp_path / f"{package}-0.8.2.dist-info"
    old.mkdir()
    (old / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.8.2\n")
    assert machine.usable("part", (), "fine", "todo", extra).fine
    monkeypatch.syspath_prepend(tmp_path)
    found = machine.usable("part", (), "fine", "todo", extra)
    assert not found.fine
    assert re.search(rf"^{package} 0.8.2 \(the course needs .*>={floor}", found.found)


def test_a_damaged_course_yml_is_named_by_the_doctor(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert doctor.address().fine
    for damaged in ("students: [", "- 1", "students: nowhere", "students: 12"):
        (tmp_path / "course.yml").write_text(damaged)
        found = doctor.address()
        assert not found.fine
        assert str(tmp_path / "course.yml") in found.todo


@pytest.mark.parametrize("module", ["machine", "status"])
def test_students_commands_print_any_letter_on_any_console(module, tmp_path):
    book = tmp_path / "notebooks" / "1_énergie.ipynb"
    book.parent.mkdir()
    cell = {"cell_type": "code", "source": "checks.energy(energy)", "metadata": {"nbgrader": {"grade": True, "points": 1}}}
    book.write_text(json.dumps({"cells": [cell]}))
    code = (
        "import sys; from helpers import machine, status\n"
        "machine.report.__defaults__ = ([lambda: machine.Finding('packages', True, '1_énergie')],)\n"
        f"sys.exit({module}.main())"
    )
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": HERE}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1_\\xe9nergie" in done.stdout


def test_collect_refuses_an_assignment_that_is_not_there(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("{}")
    command = ["collect", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--assignment"]
    assert cli.main([*command, "3_dppm"]) == 2
    assert "3_dppm; known: 1_energy" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert cli.main([*command, "3_ddpm"]) == 0


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped before its end; run it again"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"), 2, "No usable temporary directory"),
        (PermissionError(13, "Permission denied", "graded/marks.csv"), 2, "graded/marks.csv: Permission denied"),
    ],
    ids=["ctrl-c", "full-disk", "no-temporary-folder", "read-only"],
)
def test_what_ends_a_command_is_told_in_one_line(raised, code, said, monkeypatch, capsys):
    def fails(_args):
        raise raised

    monkeypatch.setattr("helpers.status.run", fails)
    assert cli.main(["status"]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("course status: ")
    assert said in lines[0]


def test_a_reader_that_leaves_ends_no_command(tmp_path):
    archive = tmp_path / "in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(300):  # more lines than a pipe's buffer holds
            file.writestr(f"{'a' * 60}{number}_{number}_assignsubmission_file_/{'n' * 70}.ipynb", "{}")
    command = [sys.executable, "-m", "grading.cli", "collect", str(archive), "--assignment", "3_ddpm"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*command, "--out", str(tmp_path / "out")], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "students.csv").is_file()


@pytest.mark.parametrize("there", ["folder", "file-above", "full"])
def test_a_file_that_cannot_be_written_is_named_with_the_reason(there, tmp_path):
    target = tmp_path / "a" / "marks.csv"
    if there == "folder":
        target.mkdir(parents=True)
    elif there == "file-above":
        target.parent.write_text("x")
    said = {"folder": "directory", "file-above": "exists|directory", "full": "disk full"}[there]

    def write(path):
        if there == "full":
            raise OSError(27, "File too large")
        path.write_bytes(b"x")

    with pytest.raises(OSError, match=f"marks.csv could not be written .*({said})"):
        write_atomically(target, write)
