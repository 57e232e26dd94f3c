"""From a platform's zip to its sheet and its pages, by the README's commands alone."""

import csv
import io
import shutil
import zipfile

import pytest

from grading import cli
from grading.results import tables
from tests import marking
from tests.submissions import as_bytes

pytestmark = [pytest.mark.slow, pytest.mark.needs("sandbox")]
FOLDERS = {"ada": "Ada Lovelace_4711_assignsubmission_file_", "bob": "Bob Ross_4712_assignsubmission_file_"}
SHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\r\n"
    "Participant 4711,Ada Lovelace,ada@example.org,Submitted for grading,,15.00,Yes,-,-,\r\n"
    "Participant 4712,Bob Ross,bob@example.org,Submitted for grading,,15.00,Yes,-,-,\r\n"
)


@pytest.fixture
def download(tmp_path, monkeypatch):
    """A Moodle download of two, in a working folder of its own beside a course of one assignment."""
    monkeypatch.chdir(tmp_path)
    marking.course(tmp_path / "course")
    right, wrong = marking.answered(**marking.LEFT), marking.answered(cosine_beta_schedule=None, **marking.LEFT)
    with zipfile.ZipFile("moodle.zip", "w") as archive:
        for folder, notebook in zip(FOLDERS.values(), (right, wrong)):
            archive.writestr(f"{folder}/my homework.ipynb", as_bytes(notebook))
    (tmp_path / "sheet.csv").write_text(SHEET, newline="")
    return tmp_path


@pytest.mark.parametrize("unpacked", [False, True], ids=["zip", "folder"])
def test_a_platforms_download_is_marked_and_handed_back_without_another_option(download, capsys, unpacked):
    if unpacked:  # as some browsers do by themselves
        shutil.unpack_archive("moodle.zip", "moodle")
    submissions = "moodle" if unpacked else "moodle.zip"
    assert cli.main(["grade", marking.NAME, "--submissions", submissions, "--root", "course", "--workers", "0"]) == 0
    said = capsys.readouterr().out
    assert "2 students in collected" in said
    assert "2 submissions marked; 0 need attention." in said
    results = download / "graded" / marking.NAME
    students = {row["student"] for row in tables.read(results / "marks.csv")[1]}
    assert len(students) == len(FOLDERS)
    assert {row["number"] for row in tables.read(results / "students.csv")[1]} == {"4711", "4712"}

    assert cli.main(["feedback", marking.NAME, "--moodle", "--sheet", "sheet.csv"]) == 0
    rows = list(csv.DictReader(io.StringIO((results / "moodle.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["Full name"], float(row["Grade"])) for row in rows] == [("Ada Lovelace", 4.0), ("Bob Ross", 0.0)]
    with zipfile.ZipFile(results / "feedback-moodle.zip") as back:
        assert sorted(name.split("/")[0] for name in back.namelist()) == sorted(FOLDERS.values())


def test_the_roster_goes_with_the_results_wherever_the_class_was_collected(download):
    assert cli.main(["collect", "moodle.zip", "--assignment", marking.NAME, "--out", "elsewhere", "--root", "course"]) == 0
    where = ("--submissions", "elsewhere", "--out", "marks", "--root", "course", "--workers", "0")
    assert cli.main(["grade", marking.NAME, *where]) == 0
    assert (download / "marks" / "students.csv").stat().st_mode & 0o077 == 0  # names are nobody else's business
    (download / "elsewhere" / "students.csv").unlink()
    sheet = SHEET.replace("Ada Lovelace", "A. L.").replace("Bob Ross", "B. R.")  # names that tell nothing: the number must
    (download / "sheet.csv").write_text(sheet, newline="")
    assert cli.main(["export", marking.NAME, "--moodle", "--sheet", "sheet.csv", "--results", "marks"]) == 0
    rows = list(csv.DictReader(io.StringIO((download / "marks" / "moodle.csv").read_text(encoding="utf-8-sig"))))
    assert [float(row["Grade"]) for row in rows] == [4.0, 0.0]
