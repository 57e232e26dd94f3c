"""Export: what goes into a spreadsheet is never a formula, and comes back as it was."""

import csv
import random

import pytest
from nbgrader.api import Gradebook

from grading.cli import main
from grading.locks import locked
from grading.notebooks.alembic_path import find_alembic
from grading.results import forms, tables
from grading.results.export import fill, totals
from grading.results.forms import canvas, moodle

HOSTILE = ["=1+1", "+1+1", "-x", "@SUM(A1)", "\t=cmd()", "'=1", "''=1", " =1", "a;=b", "a\n=b", 'say "=1"', "＝1+1", "-", "--"]


def cells(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def test_hostile_cells_come_back_as_they_were_and_are_no_formulas(tmp_path):
    tables.write(tmp_path / "t.csv", ["a"], [{"a": text} for text in HOSTILE])
    assert [row["a"] for row in tables.read(tmp_path / "t.csv")[1]] == HOSTILE
    for cell in cells(tmp_path / "t.csv"):
        for part in cell.replace("\t", ";").replace("\n", ";").split(";"):
            assert part.strip() in ("", "-") or part.strip()[0] not in "=+-@＝＋－＠"


def test_any_text_comes_back_as_it_was(tmp_path):
    rng = random.Random(0)
    texts = ["".join(rng.choices("'=+-@;\t\n\r ax\"1,", k=rng.randrange(1, 9))) for _ in range(3_000)]
    tables.write(tmp_path / "t.csv", ["a"], [{"a": text} for text in texts])
    assert [row["a"] for row in tables.read(tmp_path / "t.csv")[1]] == texts


def test_numbers_stay_numbers(tmp_path):
    values = [1, 2.5, -3.0, "-3.5", "+44", 1e-12, True, None]
    tables.write(tmp_path / "t.csv", ["a"], [{"a": value} for value in values])
    assert cells(tmp_path / "t.csv")[1:] == ["1", "2.5", "-3", "-3.5", "+44", "1e-12", "true", ""]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    tables.write(tmp_path / "t.csv", ["a"], [{"a": "old"}])
    with pytest.raises(AttributeError):
        tables.write(tmp_path / "t.csv", ["a"], [{"a": "new"}, None])
    assert cells(tmp_path / "t.csv") == ["a", "old"]
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.fixture
def results(tmp_path):
    """Results without a gradebook: two students, one with a dangerous name."""
    rows = [
        {"student": "Ada_Lovelace_12345", "exercise": "double", "points": 3.0, "max": 4, "status": "marked"},
        {"student": "Ada_Lovelace_12345", "exercise": "written", "points": 0, "max": 6, "status": "manual"},
        {"student": "=cmd_77", "exercise": "double", "points": 4, "max": 4, "status": "marked"},
        {"student": "=cmd_77", "exercise": "written", "points": 0, "max": 6, "status": "empty"},
    ]
    tables.write(tmp_path / "marks.csv", ["student", "exercise", "points", "max", "status"], rows)
    return tmp_path


def test_a_new_moodle_worksheet(results):
    columns, rows = moodle(totals(results, "small"))
    tables.write(results / "m.csv", columns, rows)
    assert tables.read(results / "m.csv")[1] == [
        dict(zip(columns, ["Participant 77", "=cmd", "4", "10", "double 4/4, written 0/6", "-"])),
        dict(zip(columns, ["Participant 12345", "Ada Lovelace", "3", "10", "double 3/4, written 0/6", "-"])),
    ]


@pytest.mark.parametrize("platform", ["sakai", "gradescope", ""])
def test_a_platform_without_a_table_of_marks_is_refused(results, platform):
    found = totals(results, "small")
    with pytest.raises(ValueError, match="they can to: moodle, canvas, blackboard"):
        forms.made(platform, found, "small")
    tables.write(results / "sheet.csv", ["Username", "small [Total Pts: 10 Score] |1"], [])
    with pytest.raises(ValueError, match="they can to: moodle, canvas, blackboard"):
        fill(results / "sheet.csv", platform, found, "small", None)


def test_marks_that_a_spreadsheet_has_saved_are_read_and_a_word_is_named_with_its_line(results):
    text = (results / "marks.csv").read_text(encoding="utf-8-sig")
    (results / "marks.csv").write_text(text.replace('"3"', '"3,5"'), encoding="utf-8")
    assert [total.points for total in totals(results, "small")] == [4.0, 3.5]
    (results / "marks.csv").write_text(text.replace('"3"', '"three"'), encoding="utf-8")
    with pytest.raises(ValueError, match=r"marks.csv, line 2: expected points as a number, got 'three'"):
        totals(results, "small")


def test_a_new_canvas_gradebook_scaled(results):
    columns, rows = canvas(totals(results, "small"), "small", out_of=100)
    assert columns[-1] == "small"
    assert [(row["Student"].strip(), row.get("ID"), row["small"]) for row in rows] == [
        ("Points Possible", None, 100),
        ("=cmd", "77", 40),
        ("Ada Lovelace", "12345", 30),
    ]


def test_moodles_own_worksheet_is_filled_in_and_otherwise_left_alone(results):
    columns = ["Identifier", "Full name", "Status", "Grade", "Maximum Grade", "Feedback comments"]
    rows = [
        ["Participant 12345", "Ada Lovelace", "=odd", "-", "10.00", "well done"],
        ["Participant 9", "Nobody", "No", "-", "10.00", ""],
        ["Participant 77", "Somebody Else", "", "-", "10.00", ""],
    ]
    tables.write(results / "sheet.csv", columns, [dict(zip(columns, row)) for row in rows])
    assert main(["export", "small", "--results", str(results), "--moodle", "--sheet", str(results / "sheet.csv")]) == 0
    rows[0][3] = "3"
    assert [list(row.values()) for row in tables.read(results / "moodle.csv")[1]] == rows


def test_canvass_own_gradebook_is_filled_in_its_one_column(results):
    columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "quiz (1)", "small (2)"]
    rows = [["    Points Possible", "", "", "", "", "5", "10"], ["Lovelace, Ada", "12345", "u1", "ada", "A", "5", ""]]
    tables.write(results / "book.csv", columns, [dict(zip(columns, row)) for row in rows])
    sheet, _, strangers, _ = fill(results / "book.csv", "canvas", totals(results, "small"), "small", None)
    assert [row[columns.index("small (2)")] for row in sheet.rows] == ["10", "3"]
    assert [row[columns.index("quiz (1)")] for row in sheet.rows] == ["5", "5"]
    assert strangers == ["=cmd_77"]


def test_a_number_from_the_roster_is_believed_whatever_the_name(results):
    (results / "roster.csv").write_text("student,name,platform,number\n=cmd_77,C.,moodle,77\n")
    tables.write(results / "sheet.csv", ["Identifier", "Grade"], [{"Identifier": "Participant 77", "Grade": ""}])
    found = totals(results, "small", results / "roster.csv")
    assert fill(results / "sheet.csv", "moodle", found, "small", None)[0].rows == [["Participant 77", "4"]]


def test_marks_given_by_hand_count_and_the_roster_names_students(results, capsys):
    find_alembic()
    (results / "roster.csv").write_text("student,name,number\nada,Ada L.,5\n")
    with Gradebook(f"sqlite:///{results}/gradebook.db") as book:
        book.add_assignment("small")
        book.add_notebook("small", "small")
        for name, points in (("check_double", 4), ("written", 6)):
            book.add_grade_cell(name, "small", "small", max_score=points, cell_type="code")
        for student, manual in (("ada", 5), ("bob", None)):
            book.add_student(student)
            book.add_submission("small", student)
            double = book.find_grade("check_double", "small", "small", student)
            double.auto_score, double.needs_manual_grade = 3, False
            hand = book.find_grade("written", "small", "small", student)
            hand.manual_score, hand.needs_manual_grade = manual, manual is None
        book.db.commit()
    found = totals(results, "small", results / "roster.csv")
    assert [(t.student, t.points, t.max, t.waiting, t.name, t.number) for t in found] == [
        ("ada", 8, 10, 0, "Ada L.", "5"),
        ("bob", 3, 10, 1, "bob", ""),
    ]
    assert found[0].details == "double 3/4, written 5/6"
    assert main(["export", "small", "--results", str(results), "--canvas"]) == 0
    assert "1 students have written answers" in capsys.readouterr().err
    with pytest.raises(ValueError, match="has no assignment other; it has: small"):
        totals(results, "other")


def test_wrong_sheets_and_folders_are_refused_in_a_sentence(results, tmp_path, capsys):
    (results / "bad.csv").write_text("a,b\n1,2\n")
    (results / "latin.csv").write_bytes(b"caf\xe9\n")
    for sheet, words in (("bad.csv", "should have the columns Identifier and Grade"), ("latin.csv", "not a CSV file in UTF-8")):
        assert main(["export", "small", "--results", str(results), "--moodle", "--sheet", str(results / sheet)]) == 2
        assert words in capsys.readouterr().err
    assert main(["export", "small", "--results", str(tmp_path / "none"), "--moodle"]) == 2
    assert main(["export", "small", "--results", str(results), "--moodle", "--out-of", "-1"]) == 2


def exported(results, sheet, platform, *options):
    """Fill a sheet given as text; returns the exit code and what was written."""
    (results / "sheet.csv").write_bytes(sheet.encode())
    (results / "roster.csv").write_text(f"student,name,platform,number\nAda_Lovelace_12345,Ada,{platform},12345\n")
    folders = ["--results", str(results), "--roster", str(results / "roster.csv"), "--to", str(results / "out.csv")]
    code = main(["export", "small", *folders, f"--{platform}", "--sheet", str(results / "sheet.csv"), *options])
    return code, (results / "out.csv").read_bytes().decode() if (results / "out.csv").exists() else ""


GERMAN = "\ufeffID;Vollständiger Name;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;Feedback als Kommentar\r\n"


def test_a_translated_moodle_worksheet_with_semicolons(results):
    code, text = exported(results, GERMAN + "Teilnehmer/in 12345;Ada;Abgegeben;;10,00;Ja;\r\n", "moodle")
    assert code == 0
    assert text == GERMAN + "Teilnehmer/in 12345;Ada;Abgegeben;3;10,00;Ja;double 3/4, written 0/6\r\n"


@pytest.mark.parametrize("no", ["Nein", "Non", "No", "否"])
def test_a_translated_sheet_keeps_its_decimal_comma_and_its_locked_marks(results, no, capsys):
    row = "Teilnehmer/in 12345;Ada;Abgegeben;{};10,00;{};{}\r\n"
    code, text = exported(results, GERMAN + row.format("2,50", "Ja", ""), "moodle", "--out-of", "9")
    assert (code, text) == (0, GERMAN + row.format("2,7", "Ja", "double 3/4, written 0/6"))
    assert "Ada_Lovelace_12345 (2.5 → 2.7)" in capsys.readouterr().err
    locked = GERMAN + row.format("", no, "")
    assert exported(results, locked, "moodle") == (0, locked)
    said = capsys.readouterr()
    assert "locked" in said.err
    assert said.out.startswith("0 marks")


@pytest.mark.parametrize("around", ["{}", "<p>{}</p>"])
def test_feedback_that_an_earlier_export_wrote_is_replaced_with_its_mark(results, around):
    head = "Identifier,Grade,Maximum Grade,Feedback comments\r\n"
    old = around.format("double 1/4, written 0/6, late -0.5")
    code, text = exported(results, head + f'Participant 12345,0.5,10.00,"{old}"\r\n', "moodle")
    assert (code, '3,10.00,"double 3/4, written 0/6"' in text) == (0, True)


def test_who_is_in_the_sheet_alone_is_counted_and_named(results, capsys):
    assert exported(results, "Student,ID,small (2)\r\nAda,12345,\r\nStone Bob,5,4\r\n", "canvas")[0] == 0
    assert "left as they are, 1: Stone Bob" in capsys.readouterr().err


@pytest.mark.parametrize("feedback", ["- nice plots\n- no words yet", "=SUM of all", "'quoted", "@you", "\u00a0+1"])
def test_a_colleagues_feedback_comes_back_to_the_letter(results, feedback):
    head = "Identifier,Grade,Maximum Grade,Feedback comments\r\n"
    code, text = exported(results, head + f'Participant 12345,,10.00,"{feedback}"\r\n', "moodle")
    assert code == 0
    (row,) = list(csv.DictReader(text.splitlines(keepends=True)))
    assert (row["Feedback comments"], row["Grade"]) == (feedback, "3")


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_canvas_sheet_keeps_its_separator_its_excused_and_its_twins_and_gets_no_quoted_mark(results, separator, capsys):
    head = ["Student", "ID", "Section", "small (2)", "other (3)", "other (3)"]
    rows = [["    Points Possible", "", "", "10", "5", "5"], ["Ada", "12345", "A", "EX", "1", "2"]]
    sheet = "\ufeff" + "".join(separator.join(row) + "\r\n" for row in [head, *rows])
    code, text = exported(results, sheet, "canvas")
    assert code == 0
    assert "excused" in capsys.readouterr().err
    assert text == sheet
    quoted = f'"Student{separator} name"'
    code, text = exported(results, sheet.replace("EX", "").replace("Student", quoted), "canvas")
    assert code == 0
    assert text.startswith(quoted)  # a byte order mark before a quotation mark is what Canvas refuses
    assert separator.join(["Ada", "12345", "A", "3", "1", "2"]) in text


def test_a_new_canvas_file_has_no_byte_order_mark(results):
    assert main(["export", "small", "--results", str(results), "--canvas", "--to", str(results / "c.csv")]) == 0
    assert (results / "c.csv").read_bytes().startswith(b'"Student"')


def test_another_maximum_is_never_passed_over_in_silence(results, capsys):
    head = "Identifier,Grade,Maximum Grade\r\n"
    code, text = exported(results, head + "Participant 12345,,100.00\r\n", "moodle")
    assert (code, "Participant 12345,3," in text) == (0, True)
    assert "--out-of 100" in capsys.readouterr().err
    code, text = exported(results, head + "Participant 12345,,100.00\r\n", "moodle", "--out-of", "100")
    assert (code, "Participant 12345,30," in text) == (0, True)
    assert "--out-of" not in capsys.readouterr().err
    assert exported(results, head + "Participant 12345,,5\r\n", "moodle")[0] == 2  # Moodle would skip marks above 5
    assert "--out-of 5" in capsys.readouterr().err


def test_a_column_can_be_named_and_two_of_one_name_are_not_guessed(results, capsys):
    head = "Student,ID,small (2),small (3)\r\n"
    assert exported(results, head + "Ada,12345,,\r\n", "canvas")[0] == 2
    assert "--column" in capsys.readouterr().err
    code, text = exported(results, head + "Ada,12345,,\r\n", "canvas", "--column", "small (3)")
    assert (code, "Ada,12345,,3" in text) == (0, True)


def test_two_students_with_one_number_are_refused(results, capsys):
    (results / "roster.csv").write_text("student,name,platform,number\nAda_Lovelace_12345,A,moodle,7\n=cmd_77,C,moodle,7\n")
    folders = ["--results", str(results), "--roster", str(results / "roster.csv")]
    assert main(["export", "small", *folders, "--moodle"]) == 2
    assert "wrong person" in capsys.readouterr().err


@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\ufeff", "\x01", "\u200b", "\u3000 '", "\x0b"])
@pytest.mark.parametrize("after", ["cmd", " cmd", "\u00a0cmd", "\ncmd", "\tcmd"])
def test_what_cannot_be_seen_hides_no_formula(tmp_path, before, after):
    text = f"{before}={after}"
    assert tables.safe_cell(text).startswith("'")
    assert tables.plain_cell(tables.safe_cell(text)) == text


def test_whose_submission_could_not_be_read_is_named(tmp_path, capsys):
    columns = ["student", "exercise", "points", "max", "status", "message"]
    states = (("ada_1", 3, "marked"), ("bob_2", 0, "unread"), ("cleo_3", 2, "by hand"))
    rows = [dict(zip(columns, (who, "x", points, 4, status, ""))) for who, points, status in states]
    tables.write(tmp_path / "marks.csv", columns, rows)
    assert main(["export", "3_ddpm", "--results", str(tmp_path), "--moodle"]) == 0
    assert "1 submission could not be read and counts 0 here; look at it first: bob_2\n" in capsys.readouterr().err


def test_canvass_sheet_with_first_and_last_names_says_its_maximum(results, capsys):
    head = "LastName,FirstName,ID,SIS Login ID,Section,small (2)\r\n"
    code, text = exported(results, head + "    Points Possible,,,,,100\r\nLovelace,Ada,12345,,,\r\n", "canvas")
    assert (code, "Lovelace,Ada,12345,,,3" in text) == (0, True)
    assert "--out-of 100" in capsys.readouterr().err
    assert exported(results, head + "    Points Possible,,,,,0\r\nLovelace,Ada,12345,,,\r\n", "canvas")[0] == 2
    said = capsys.readouterr().err
    assert "on the platform" in said
    assert "--out-of" not in said


@pytest.mark.parametrize(
    ("written", "filled"), [("12345", 1), ("12345.0", 1), (" 12345 ", 1), ("1.1E+12345", 0), ("10~12345", 0), ("x9Y12345", 0)]
)
def test_a_number_is_the_whole_number(results, written, filled):
    text = exported(results, f"Student,ID,small (2)\r\nAda Lovelace,{written},\r\n", "canvas")[1]
    assert text.count(f"{written},3") == filled


def test_a_column_can_be_named_without_canvass_number_of_it(results):
    code, text = exported(results, "Student,ID,Homework 1 (2)\r\nAda,12345,\r\n", "canvas", "--column", "Homework 1")
    assert (code, "Ada,12345,3" in text) == (0, True)


def test_what_moodle_would_skip_is_said(results, capsys):
    head = "Identifier,Full name,Grade,Maximum Grade,Grade can be changed\r\n"
    code, text = exported(results, head + "Participant 12345,Ada Lovelace,7.00,10.00,No\r\n", "moodle")
    assert (code, "Participant 12345,Ada Lovelace,7.00,10.00,No" in text) == (0, True)
    assert "locked" in capsys.readouterr().err
    scale = "Identifier,Full name,Grade,Scale\r\nParticipant 12345,Ada Lovelace,,Poor; Good\r\n"
    assert exported(results, scale, "moodle")[0] == 2
    assert "scale" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"\0" * 99, b"\xd0\xcf\x11\xe0", "Student,ID,small\r\nAdä,1,".encode("cp1252")])
def test_a_workbook_or_another_encoding_is_refused_in_one_readable_line(results, data, capsys):
    (results / "s.csv").write_bytes(data)
    argv = ["export", "small", "--results", str(results), "--canvas", "--sheet", str(results / "s.csv")]
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert "CSV UTF-8" in said
    assert said.count("\n") == 1
    assert said.rstrip().isprintable()


@pytest.mark.parametrize("scale", ["nan", "inf", "0", "-1"])
def test_a_scale_that_is_no_maximum_is_refused(results, scale, capsys):
    assert main(["export", "small", "--results", str(results), "--canvas", "--out-of", scale]) == 2
    assert "--out-of" in capsys.readouterr().err


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster_comes_back_from_a_spreadsheet_with_any_separator(results, separator, capsys):
    lines = [
        ["student", "name", "platform", "number"],
        ["Ada_Lovelace_12345", "A", "moodle", "7"],
        ["=cmd_77", "C", "moodle", "8"],
    ]
    text = "\r\n".join(separator.join(line) for line in lines)
    (results / "roster.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    argv = ["export", "small", "--results", str(results), "--roster", str(results / "roster.csv"), "--moodle"]
    assert main(argv) == 0
    assert cells(results / "moodle.csv").count("Participant 7") == 1
    (results / "roster.csv").write_text("number;name\r\n7;A\r\n")
    assert main(argv) == 2
    assert "no column student" in capsys.readouterr().err


def test_an_export_while_marks_are_written_says_so(results, capsys):
    command = ["export", "small", "--moodle", "--results", str(results)]
    with locked(results, "course grade small"):
        assert main(command) == 0
        assert f"{results} is in use by `course grade small` of" in capsys.readouterr().err
    assert main(command) == 0
    assert "in use" not in capsys.readouterr().err
