"""A gradebook that is damaged, of another version or written to by another program: one line, and nothing is lost."""

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import text

from grading import cli
from grading.results import patience
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


@pytest.mark.parametrize(
    ("command", "lock", "told"), [("export", "EXCLUSIVE", False), ("feedback", "EXCLUSIVE", True), ("marks", "IMMEDIATE", False)]
)
def test_a_gradebook_in_use_is_waited_for_aloud_and_then_told(command, lock, told, results, tmp_path, monkeypatch, capsys):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(patience, "SILENT", 0.1)
    monkeypatch.setattr(patience, "PATIENT", 0.2)
    with closing(sqlite3.connect(results / "gradebook.db", isolation_level=None)) as formgrader:
        formgrader.execute(f"BEGIN {lock}")
        assert run(command, results, tmp_path) == 2
        *waited, said = capsys.readouterr().err.strip().splitlines()
        assert waited == [patience.WAITING] * told  # the others open nbgrader's own gradebook: five seconds
        assert "another program, such as formgrader, is writing to it: wait for its end and run it again" in said
        formgrader.execute("ROLLBACK")
    assert run(command, results, tmp_path) == 0


def test_what_waits_for_the_gradebook_goes_on_at_its_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(patience, "SILENT", 0.1)
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as formgrader:
        formgrader.execute("CREATE TABLE kept (name)")
        formgrader.execute("BEGIN EXCLUSIVE")
        end = threading.Timer(1, lambda: formgrader.execute("COMMIT"))
        end.start()
        with patience.engine(f"sqlite:///{path}").begin() as connection:
            connection.execute(text("INSERT INTO kept VALUES ('ada')"))
        end.join()
        assert formgrader.execute("SELECT name FROM kept").fetchall() == [("ada",)]
    assert capsys.readouterr().err.splitlines() == [patience.WAITING]
