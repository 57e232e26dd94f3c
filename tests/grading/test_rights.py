"""Folders of marks and submissions are their maker's alone, and nobody else's folder is taken for one's own."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from grading import cli, doctor, rights
from grading.locks import locked
from grading.results import late_policy, tables
from helpers.files import write_text

STRANGER = 54_321
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.fixture
def everybodys(tmp_path):
    """A folder such as /tmp."""
    place = tmp_path / "everybodys"
    place.mkdir()
    place.chmod(0o1777)
    return place


def test_a_new_folder_and_those_on_the_way_are_private_and_an_old_one_keeps_its_rights(tmp_path, umask):
    rights.private_folder(tmp_path / "graded" / "1_a")
    assert [mode(tmp_path / "graded" / name) for name in ("", "1_a")] == [0o700, 0o700]
    (tmp_path / "shared").mkdir(mode=0o755)
    with locked(tmp_path / "shared", "course grade"), locked(tmp_path / "new", "course grade"):
        assert mode(tmp_path / "shared") == 0o755
        assert mode(tmp_path / "new") == 0o700


def test_in_a_folder_that_is_a_groups_the_group_may_use_what_is_made(tmp_path, umask):
    (tmp_path / "graded").mkdir()
    (tmp_path / "graded").chmod(0o2770)
    rights.private_folder(tmp_path / "graded" / "1_a" / "inner")
    tables.write(tmp_path / "graded" / "1_a" / "marks.csv", ["student"], [])
    assert [mode(tmp_path / "graded" / name) for name in ("1_a", "1_a/inner")] == [0o2750, 0o2750]
    assert mode(tmp_path / "graded" / "1_a" / "marks.csv") == 0o640
    umask(0o007)
    tables.write(tmp_path / "graded" / "1_a" / "marks.csv", ["student"], [])
    assert mode(tmp_path / "graded" / "1_a" / "marks.csv") == 0o660


def test_collected_and_simulated_classes_are_private(tmp_path, umask, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("{}")
    out = tmp_path / "collected"
    assert cli.main(["collect", str(tmp_path / "in"), "--out", str(out), "--assignment", "3_ddpm"]) == 0
    made = tmp_path / "made"
    assert cli.main(["simulate", "1", "--assignment", "3_ddpm", "--out", str(made)]) == 0
    assert [mode(out), mode(made), mode(out / "students.csv")] == [0o700, 0o700, 0o600]


def test_who_can_read_a_folder_is_what_it_and_all_folders_above_it_say(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True, mode=0o755)
    assert not rights.open_to_others(inner)  # pytest's own folder above is closed
    assert rights.warning(inner) == ""
    assert rights.open_to_others(Path("/usr/bin"))
    assert "`chmod o= /usr/bin`" in rights.warning(Path("/usr/bin"))


@root_only
def test_what_others_put_into_a_folder_of_everybody_is_refused(everybodys, tmp_path, monkeypatch, capsys):
    (everybodys / "marks").mkdir()
    os.chown(everybodys / "marks", STRANGER, STRANGER)
    (everybodys / "link").symlink_to(tmp_path)
    os.lchown(everybodys / "link", STRANGER, STRANGER)
    (tmp_path / "precious").write_text("kept")
    (everybodys / "marks" / ".lock").symlink_to(tmp_path / "precious")
    for place in ("marks", "marks/inner", "link", "link/inner"):
        with pytest.raises(ValueError, match="belongs to another user"), locked(everybodys / place, "course grade"):
            pass
    assert (tmp_path / "precious").read_text() == "kept"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("{}")
    command = ["collect", str(tmp_path / "in"), "--assignment", "3_ddpm", "--out", str(everybodys / "marks" / "new")]
    assert cli.main(command) == 2
    assert "belongs to another user" in capsys.readouterr().err
    monkeypatch.chdir(everybodys)
    (everybodys / "late.yml").write_text("assignments: {3_ddpm: {due: 2020-01-01}}")
    assert late_policy.chosen(None, "3_ddpm") is not None
    os.chown(everybodys / "late.yml", STRANGER, STRANGER)
    with pytest.raises(ValueError, match="belongs to another user"):
        late_policy.chosen(None, "3_ddpm")


@root_only
def test_a_folder_of_ones_own_there_is_as_good_as_any(everybodys):
    rights.private_folder(everybodys / "mine" / "marks")
    rights.private_folder(everybodys / "mine" / "marks")
    assert mode(everybodys / "mine") == 0o700


def test_files_have_the_rights_that_the_user_gives_and_tables_of_marks_none_for_others(tmp_path, umask):
    for mask, expected in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        umask(mask)
        write_text(tmp_path / "note.txt", "text")
        tables.write(tmp_path / "marks.csv", ["student"], [])
        assert (mode(tmp_path / "note.txt"), mode(tmp_path / "marks.csv")) == (expected, 0o600)
        assert os.umask(mask) == mask


def test_the_doctor_names_those_who_can_read_the_answers(monkeypatch):
    people = [SimpleNamespace(pw_name=name, pw_uid=1000 + i, pw_shell="/bin/sh") for i, name in enumerate("abcd")]
    people.append(SimpleNamespace(pw_name="daemon", pw_uid=2000, pw_shell="/usr/sbin/nologin"))
    monkeypatch.setattr("pwd.getpwall", lambda: people)
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(doctor, "open_to_others", lambda path: path.name == "solutions")
    found = doctor.answers()
    assert (found.fine, found.found) == (False, "b, c, d can read solutions/")
    assert "chmod o=" in found.todo
    monkeypatch.setattr(doctor, "open_to_others", lambda path: False)
    assert doctor.answers().fine
