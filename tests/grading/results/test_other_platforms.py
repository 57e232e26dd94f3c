"""Blackboard's sheet comes back filled in and as it was; Gradescope's zip hands each student their own results.json."""

import json
import subprocess
import sys
import zipfile

import pytest

from grading.cli import main
from grading.results import export, gradescope, tables
from tests import marking
from tests.by_hand import give, outcome, record

HEAD = ["Last Name", "First Name", "Username", "Student ID", "3_ddpm [Total Pts: 25 Score] |664617", "Feedback to Learner"]
SHEET = [HEAD, ["Lovelace", "Ada", "ada_l", "17", "Needs Grading(9.00)", ""], ["Turing", "Alan", "at2002", "18", "", "well done"]]


@pytest.fixture
def results(tmp_path):
    columns = ["student", "exercise", "points", "max", "status", "message"]
    rows = [dict(zip(columns, (who, "x", points, 25, "marked", ""))) for who, points in (("ada_l", 20.5), ("at2002", 25))]
    tables.write(tmp_path / "marks.csv", columns, rows)
    roster = ["student", "name", "platform", "number"]
    people = (("ada_l", "Ada Lovelace", "blackboard", "ada_l"), ("at2002", "Alan Turing", "blackboard", "at2002"))
    tables.write(tmp_path / "students.csv", roster, [dict(zip(roster, one)) for one in people])
    return tmp_path


def exported(results, *more):
    command = ["export", "3_ddpm", "--results", str(results), "--roster", str(results / "students.csv"), "--blackboard"]
    code = main([*command, *map(str, more)])
    return code, (results / "blackboard.csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_a_blackboard_sheet_is_filled_by_user_name_and_keeps_its_form(results, encoding, separator):
    quoted = [[f'"{cell}"' if separator == "," else cell for cell in row] for row in SHEET]
    (results / "sheet.xls").write_bytes("\r\n".join(separator.join(row) for row in quoted).encode(encoding))
    code, path = exported(results, "--sheet", results / "sheet.xls")
    assert code == 0
    raw = path.read_bytes()
    assert raw.startswith(b"\xff\xfe") == (encoding == "utf-16")
    head, *rows = [
        line.split(separator) for line in raw.decode("utf-8-sig" if encoding == "utf-8-sig" else encoding).splitlines()
    ]
    assert head == HEAD
    assert [row[4] for row in rows] == ["20.5", "25"]
    assert rows[1][5] == "well done"


def test_a_blackboard_maximum_below_ours_is_refused_and_a_stranger_named(results, capsys):
    small = [[cell.replace("25 Score", "10 Score") for cell in row] for row in SHEET[:2]]
    (results / "sheet.csv").write_text("\n".join(",".join(row) for row in small))
    assert exported(results, "--sheet", results / "sheet.csv")[0] == 2
    assert "--out-of 10" in capsys.readouterr().err
    assert exported(results, "--sheet", results / "sheet.csv", "--out-of", "10")[0] == 0
    assert "Not in" in (said := capsys.readouterr().err)
    assert "at2002" in said


def test_a_new_blackboard_file_tells_students_by_user_name(results):
    assert exported(results)[0] == 0
    columns, rows = tables.read(results / "blackboard.csv")
    assert columns == ["Last Name", "First Name", "Username", "3_ddpm [Total Pts: 25 Score]"]
    assert [list(row.values()) for row in rows] == [["Lovelace", "Ada", "ada_l", "20.5"], ["Turing", "Alan", "at2002", "25"]]


BRIGHT = "OrgDefinedId,Username,Last Name,First Name,3_ddpm Points Grade <Numeric MaxPoints:25 Weight:10>,End-of-Line Indicator"


def brightspace(results, *rows, more=(), head=BRIGHT):
    names = (("a_1", "Jo\u0308rg Müller"), ("b_2", "Bob Stone"), ("c_3", "Zoë X"))
    columns, roster = ["student", "exercise", "points", "max", "status"], ["student", "name", "platform", "number"]
    tables.write(results / "marks.csv", columns, [dict(zip(columns, (who, "x", 20.5, 25, "marked"))) for who, _ in names])
    people = [dict(zip(roster, (who, name, "brightspace", who[2:]))) for who, name in names]
    tables.write(results / "students.csv", roster, people)
    (results / "sheet.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    sheet = [] if not rows else ["--sheet", str(results / "sheet.csv")]
    code = main(["export", "3_ddpm", "--results", str(results), "--brightspace", *sheet, *more])
    return code, (results / "brightspace.csv").read_text().splitlines() if code == 0 else []


def test_a_brightspace_sheet_is_filled_by_name_and_never_by_a_name_that_two_have(results, capsys):
    rows = ["#9,#jm,Müller,Jörg,2.5,#", "#10,#b,Stone,Bob,,#", "#11,#b2,Stone,Bob,,#", "#1,#n,Came,Never,,#"]
    code, lines = brightspace(results, *rows)
    assert (code, lines) == (0, [BRIGHT, "#9,#jm,Müller,Jörg,20.5,#", *rows[1:]])
    said = capsys.readouterr().err
    assert "More than one is called Bob Stone" in said
    assert "Not in" in said
    assert "c_3" in said
    assert "a_1 (2.5 → 20.5)" in said
    assert "left as they are, 1: Never Came" in said


def test_a_brightspace_sheet_without_what_is_needed_is_refused(results, capsys):
    assert brightspace(results)[0] == 2
    assert "--sheet" in capsys.readouterr().err
    assert brightspace(results, "#9,#jm,x,,#", head="OrgDefinedId,Username,Last Name,3_ddpm Points Grade,End")[0] == 2
    assert "User Details" in capsys.readouterr().err
    assert brightspace(results, "#9,#jm,Müller,Jörg,,#", head=BRIGHT.replace(":25", ":10"))[0] == 2
    assert "--out-of 10" in capsys.readouterr().err


@pytest.fixture
def graded(tmp_path):
    book = record(tmp_path, [outcome("ada"), outcome("bob"), outcome("cleo")])
    give(book, 2, comment="Clear.")
    roster = ["student", "name", "platform", "number"]
    people = (
        ("ada", "Ada", "gradescope", "Ada@example.org"),
        ("bob", "Bob", "gradescope", "12"),
        ("cleo", "Cleo", "folder", "c@x"),
    )
    tables.write(tmp_path / "students.csv", roster, [dict(zip(roster, one)) for one in people])
    command = ["export", marking.NAME, "--results", str(tmp_path), "--roster", str(tmp_path / "students.csv"), "--gradescope"]
    assert main(command) == 0
    return tmp_path


def run_in_gradescope(place, archive, email):
    """What Gradescope does with an autograder's zip and one submission."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(place / "source")
    users = {"users": [{"email": "partner@example.org", "id": 1}, {"email": email, "id": 2, "name": "?"}]}
    place.mkdir(exist_ok=True)
    (place / "submission_metadata.json").write_text(json.dumps(users))
    subprocess.run([sys.executable, "-I", str(place / "source" / "run_autograder"), str(place)], check=True)
    return json.loads((place / "results" / "results.json").read_text())


def test_gradescope_gives_each_student_their_own_marks(graded, capsys, tmp_path):
    (total,) = [t for t in export.totals(graded, marking.NAME) if t.student == "ada"]
    found = run_in_gradescope(tmp_path / "a", graded / "gradescope.zip", "ada@Example.org ")
    assert found["score"] == total.points
    assert sum(test["score"] for test in found["tests"]) == total.points
    assert sum(test["max_score"] for test in found["tests"]) == total.max
    assert any("From your marker: Clear." in test["output"] for test in found["tests"])
    assert {test["visibility"] for test in found["tests"]} == {"visible"}
    unknown = run_in_gradescope(tmp_path / "b", graded / "gradescope.zip", "eve@example.org")
    assert unknown["score"] == 0
    assert "not been marked" in unknown["output"]


def test_who_has_no_address_is_named_and_is_in_no_file(graded, capsys):
    with zipfile.ZipFile(graded / "gradescope.zip") as file:
        assert [name for name in file.namelist() if name.startswith("results/")] == [
            f"results/{gradescope.key('ada@example.org')}.json"
        ]
        assert file.getinfo("run_autograder").external_attr >> 16 == 0o755
    command = ["export", marking.NAME, "--results", str(graded), "--roster", str(graded / "students.csv"), "--gradescope"]
    assert main(command) == 0
    assert "bob, cleo" in capsys.readouterr().err
    assert main([*command, "--sheet", "x.csv"]) == 2
