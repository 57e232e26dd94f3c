"""A gradebook that is damaged, of another version or written to by another program: one line, and nothing is lost."""

import sqlite3
from contextlib import closing

import pytest

from grading import cli
from tests import marking
from tests.grading.test_giving_back import results  # noqa: F401


def spoilt(path):
    path.write_bytes(b"no database" * 500)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:5000])


def of_another_version(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE grade RENAME COLUMN manual_score TO by_hand")


COMMANDS = {
    "export": ["export", marking.NAME, "--moodle"],
    "feedback": ["feedback", marking.NAME],
    "regrade": ["regrade", marking.NAME, "--dry-run"],
    "class": ["class"],
    "marks": ["marks", "import", marking.NAME, "marks.csv"],
}


def run(command, results, folder):  # noqa: F811
    (folder / "marks.csv").write_text("student,question,points\nbob,written_cosine,2\n")
    where = [str(results)] if command == "class" else ["--results", str(results)]
    given = [str(folder / word) if word == "marks.csv" else word for word in COMMANDS[command]]
    return cli.main([*given, *where])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", [spoilt, cut_short, of_another_version])
def test_what_cannot_be_used_is_told_in_one_line_and_left_alone(command, how, results, tmp_path, monkeypatch, capsys):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    path = results / "gradebook.db"
    how(path)
    before = path.read_bytes()
    assert run(command, results, tmp_path) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1, said
    assert f"the gradebook in {results} can't be used" in said
    assert ("is damaged: move" in said) == (how is not of_another_version)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("command", "lock"), [("export", "EXCLUSIVE"), ("marks", "IMMEDIATE")])
def test_a_gradebook_in_use_is_waited_for_and_then_told(command, lock, results, tmp_path, monkeypatch, capsys):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(results / "gradebook.db", isolation_level=None)) as formgrader:
        formgrader.execute(f"BEGIN {lock}")
        assert run(command, results, tmp_path) == 2
        said = capsys.readouterr().err.strip()
        assert len(said.splitlines()) == 1, said
        assert "another program, such as formgrader, is writing to it: wait for its end and run it again" in said
        formgrader.execute("ROLLBACK")
    assert run(command, results, tmp_path) == 0
