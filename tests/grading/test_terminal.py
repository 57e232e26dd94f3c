"""What strangers named does nothing on the terminal, whichever command prints it."""

import os
import zipfile

import pytest

from grading.cli import main
from grading.terminal import shown

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202etxt\u2066\r\x08\ud800"


def test_what_a_terminal_acts_on_is_an_escape_and_names_stay_names():
    assert shown(EVIL).isprintable()
    assert shown("a\x1b[2Jb\nc") == "a\\x1b[2Jb\\nc"
    for name in ("Ada Lovelace", "李小龙", "Zoë", "می\u200cخواهم", "Łukasz\u00a0Żak", "क्\u200dष"):
        assert shown(name) == name


def submitted(tmp_path, name: str):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{name}/notes.txt", "x")
        file.writestr(f"{name}/../x{name}.ipynb", "{}")
    return archive


@pytest.mark.parametrize("name", [EVIL[:-1], "ada\x1b[31m", "bob\nmarked: 25 of 25", "eve\u202egnp.exe"])
def test_collect_prints_names_from_an_archive_as_text(tmp_path, capsys, name):
    assert main(["collect", str(submitted(tmp_path, name)), "--assignment", "3_ddpm", "--out", str(tmp_path / "out")]) == 0
    said = "".join(capsys.readouterr())
    assert all(line.isprintable() for line in said.splitlines())
    assert not [line for line in said.splitlines() if line.startswith("marked")]


def test_collect_takes_a_name_that_is_no_text(tmp_path, capsys):
    folder = os.fsencode(tmp_path / "in" / "ada")
    os.makedirs(folder)
    with open(folder + b"/\xff\xfe\x1b[2J.ipynb", "wb") as file:
        file.write(b"{}")
    assert main(["collect", str(tmp_path / "in"), "--assignment", "3_ddpm", "--out", str(tmp_path / "out")]) == 0
    assert all(line.isprintable() for line in "".join(capsys.readouterr()).splitlines())


@pytest.mark.parametrize(
    "command",
    [
        ["grade", "3_ddpm", "--submissions", EVIL[:-1], "--out", "out"],
        ["collect", EVIL[:-1], "--assignment", "3_ddpm"],
        ["export", "3_ddpm", "--moodle", "--results", EVIL[:-1]],
        ["export", EVIL[:-1], "--moodle"],
    ],
)
def test_names_in_errors_are_text_as_well(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) != 0
    said = "".join(capsys.readouterr())
    assert "\\x1b" in said
    assert all(line.isprintable() for line in said.splitlines())
