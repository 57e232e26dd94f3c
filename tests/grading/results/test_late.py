"""What late work costs: the file, the days, nbgrader's columns, and one total wherever marks are shown."""

from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from grading import cli
from grading.results import export, late_policy, recorded, tables
from grading.results.gradebook import Book
from grading.results.late_policy import Policy
from tests import marking
from tests.grading.test_giving_back import ROSTER, results  # noqa: F401

DUE = datetime(2026, 11, 20, 23, 59)
GOOD = f"""\
per_day: 10
grace: 30 minutes
maximum: 50
assignments:
  {marking.NAME}:
    due: 2026-11-20 23:59
    extensions:
      bob: 3 days
      Nobody: 2026-12-01
  4_other:
    due: 2026-12-01
"""


@pytest.fixture
def policy_file(tmp_path):
    path = tmp_path / "late.yml"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize(
    ("after", "days"),
    [(-1, 0), (0, 0), (0.5, 0), (0.51, 1), (23.99, 1), (24, 1), (24.01, 2), (240, 10)],
)
def test_days_count_from_the_due_date_once_the_grace_is_over(after, days):
    policy = Policy(DUE, grace=timedelta(minutes=30))
    assert policy.days(DUE + timedelta(hours=after), DUE) == days


def test_a_penalty_is_of_what_was_earned_or_of_the_maximum_and_never_more_than_there_is():
    assert Policy(DUE, 10).penalty(2, 12, 15) == 2.4
    assert Policy(DUE, 10, "maximum").penalty(2, 12, 15) == 3
    assert Policy(DUE, 10, "maximum").penalty(9, 1, 15) == 1
    assert Policy(DUE, 10, maximum=50).penalty(9, 12, 15) == 6
    assert Policy(DUE, 10).penalty(0, 12, 15) == 0


def test_the_file_is_read(policy_file):
    policies = late_policy.read(policy_file)
    policy = policies[marking.NAME]
    assert (policy.due, policy.per_day, policy.grace, policy.maximum) == (DUE, 10, timedelta(minutes=30), 50)
    assert policy.extensions == {"bob": DUE + timedelta(days=3), "Nobody": datetime(2026, 12, 1, 23, 59, 59)}
    assert policies["4_other"].due == datetime(2026, 12, 1, 23, 59, 59)
    assert set(policies) == {marking.NAME, "4_other"}


@pytest.mark.parametrize(
    "typed", ["0123", "007", "1e5", "12_345", "0x10", "1:30", "True", "no", "null", "~", "2026-11-20", "1.50", "="]
)
def test_a_student_in_the_file_is_the_one_that_was_typed(typed, tmp_path):
    path = tmp_path / "late.yml"
    path.write_text(f"assignments:\n  x:\n    due: 2026-11-20\n    extensions:\n      {typed}: 3 days\n")
    assert list(late_policy.read(path)["x"].extensions) == [typed]


BAD = {
    "assignments: [": "line 1",
    "- 1": "lines of `name: value`",
    "per_week: 3": "has 'per_week'; known",
    "assignments: 3": "assignments should be lines",
    "assignments:\n  x: {}": "x has no `due`",
    "assignments:\n  x: {due: tomorrow}": "x: due should be a time such as",
    "assignments:\n  x: {due: 2026-13-40 10:00}": "x: due should be a time such as",
    "assignments:\n  x: {due: 2026-11-20T10:00:00Z}": "without a time zone",
    "assignments:\n  x: {due: 2026-11-20, per_day: 300}": "`per_day` should be per cent",
    "assignments:\n  x: {due: 2026-11-20, per_day: 10 %}": "`per_day` should be per cent",
    "assignments:\n  x: {due: 2026-11-20, of: all}": "`of` should be earned or maximum",
    "assignments:\n  x: {due: 2026-11-20, grace: soon}": "grace should be a length",
    "assignments:\n  x: {due: 2026-11-20, extensions: {a: 2026-11-01}}": "ends before the due date",
    "assignments:\n  x: {due: 2026-11-20, extensions: [a]}": "extensions should be lines",
    "a: &a [*a]\nassignments: {}": "has 'a'",
    "a: 2026-02-31": "day is out of range",
    "x: !!python/object:os.system {}": "no YAML",
    "assignments:\n  x: {due: 2026-11-20, per_day: 010}": "`per_day` should be per cent, 0 to 100, got '010'",
    "assignments:\n  x: {due: 2026-11-20, grace: 1:30}": "grace should be a length such as 30 minutes or 2 days, got '1:30'",
    "assignments:\n  x: {due: 2026-11-20, extensions: {7: 1 day,\n  7: 2 days}}": "'7' stands there twice, the second time in line 3",
}


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_file_is_one_clear_line(text, results, tmp_path, capsys):  # noqa: F811
    path = tmp_path / "bad.yml"
    path.write_text(text)
    code = cli.main(["export", marking.NAME, "--results", str(results), "--moodle", "--late", str(path)])
    said = capsys.readouterr().err
    assert code == 2
    assert len(said.splitlines()) == 1
    assert str(path) in said
    assert BAD[text] in said


def test_a_default_file_without_the_assignment_is_mentioned(policy_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert late_policy.chosen(None, "3_dpm") is None
    assert capsys.readouterr().err == f"late.yml sets no due date for 3_dpm; it has: {marking.NAME}, 4_other\n"
    with pytest.raises(ValueError, match="sets no due date for 3_dpm"):
        late_policy.chosen(policy_file, "3_dpm")


def with_times(tmp_path, **times):
    """The roster with these times of handing in."""
    path = tmp_path / "students.csv"
    rows = [row | {"handed_in": times.get(row["student"], "")} for row in tables.read(path)[1]]
    tables.write(path, ROSTER, rows)
    return path


def columns(results, student):  # noqa: F811
    with Gradebook(f"sqlite:///{results / 'gradebook.db'}") as book:
        submission = book.find_submission(marking.NAME, student)
        return submission.late_submission_penalty, submission.extension, submission.total_seconds_late


def test_lateness_is_in_nbgraders_columns_the_export_and_on_the_page(results, policy_file, tmp_path, capsys):  # noqa: F811
    roster = with_times(tmp_path, ada="2026-11-22 10:00", bob="2026-11-22 10:00")
    options = ["--results", str(results), "--roster", str(roster), "--late", str(policy_file)]
    assert cli.main(["export", marking.NAME, "--moodle", *options]) == 0
    said = capsys.readouterr().err
    assert "eve" in said.split("nothing is taken off")[1]
    assert "Nobody" in said
    assert columns(results, "ada") == (2.3, timedelta(0), 34 * 3600 + 60)
    assert columns(results, "bob") == (0, timedelta(days=3), 0)
    grades = {row["Full name"]: row["Grade"] for row in tables.read(results / "moodle.csv")[1]}
    assert grades == {"Ada_King Lovelace": "9.2", "Bob": "12", "Eve": "0"}
    with Gradebook(f"sqlite:///{results / 'gradebook.db'}") as book:
        give_more = book.find_grade("written_cosine", marking.NAME, marking.NAME, "ada")
        give_more.manual_score = 1.5
        book.db.commit()
    assert cli.main(["feedback", marking.NAME, *options]) == 0
    assert columns(results, "ada")[0] == 2.1  # of what is earned now
    page = (results / "feedback" / "ada" / f"{marking.NAME}.html").read_text()
    assert "<b>8.4 of 15 points</b>" in page
    assert "Handed in late: on 22 November 2026, 10:00, due on 20 November 2026, 23:59. That costs 2.1" in page
    rows = [row for row in tables.read(results / "marks.csv")[1] if row["student"] == "ada"]
    assert sum(float(row["points"]) for row in rows) == pytest.approx(8.4)
    assert {t.student: t.points for t in export.totals(results, marking.NAME)} == pytest.approx({"ada": 8.4, "bob": 12, "eve": 0})


def test_a_file_that_knows_nothing_of_the_assignment_is_refused_only_if_it_was_named(results, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    (tmp_path / "late.yml").write_text("assignments:\n  4_other: {due: 2026-11-20}\n")
    assert cli.main(["export", marking.NAME, "--moodle", "--results", str(results)]) == 0
    assert cli.main(["export", marking.NAME, "--moodle", "--results", str(results), "--late", "late.yml"]) == 2
    assert "sets no due date" in capsys.readouterr().err


def test_marking_a_part_of_the_class_keeps_the_others_in_tables_roster_and_penalties(results, policy_file, tmp_path):  # noqa: F811
    policy = late_policy.read(policy_file)[marking.NAME]
    whole = tmp_path / "students.csv"
    columns, rows = tables.read(whole)
    tables.write(whole, columns, [{**row, "handed_in": "2026-11-22 12:00"} for row in rows])
    everybody = {one.student: one for one in recorded.read(results, marking.NAME).automatic}
    with Book(results, marking.NAME, marking.source(), marking.release()) as book:
        given = book.by_hand()
    recorded.finish(results, marking.NAME, everybody, given, policy, whole)
    before = tables.read(results / "marks.csv")[1]
    assert {row["student"] for row in before if row["exercise"] == "late"} == {"ada"}
    (tmp_path / "part").mkdir()
    part = tmp_path / "part" / "students.csv"
    tables.write(part, columns, [{**row, "handed_in": "2026-11-28 12:00"} for row in rows if row["student"] == "bob"])
    ordered, warnings = recorded.finish(results, marking.NAME, {"bob": everybody["bob"]}, given, policy, part)
    assert [outcome.student for outcome in ordered] == ["bob"]
    assert not any("not known" in warning for warning in warnings)
    after = tables.read(results / "marks.csv")[1]
    assert [row for row in after if row["student"] == "ada"] == [row for row in before if row["student"] == "ada"]
    assert {row["student"] for row in after if row["exercise"] == "late"} == {"ada", "bob"}
    roster = {row["student"]: row["handed_in"] for row in tables.read(results / "students.csv")[1]}
    assert roster == {"ada": "2026-11-22 12:00", "bob": "2026-11-28 12:00", "eve": "2026-11-22 12:00"}
    assert "eve" in (results / "report.html").read_text()
