"""A download is found in whatever folders and archives somebody put it, and what is no download is said to be what it is."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from grading import cli
from grading.intake.collect import as_downloaded, collect
from grading.marking import batch
from tests.submissions import as_bytes, submission

BOOK = as_bytes(submission())
MOODLE = ["Ada Byron_11_assignsubmission_file_/3_ddpm.ipynb", "Bob Stone_12_assignsubmission_onlinetext_/onlinetext.html"]
CANVAS = ["byronada_11_901_3_ddpm.ipynb", "stonebob_LATE_12_902_Untitled-1.ipynb"]
CANVAS_TEXT = ["byronada_11_901_3_ddpm.ipynb", "stonebob_12_text.html"]
BRIGHTSPACE = ["index.html", "11-7 - Ada Byron - Mar 2, 2026 1030 AM/3_ddpm.ipynb", "12-7 - Bob Stone - Mar 3, 2026 905 PM/x.py"]
BRIGHTSPACE_FLAT = ["11-7 - Ada Byron - Mar 2, 2026 1030 AM - 3_ddpm.ipynb", "12-7 - Bob Stone - 3 März, 2026 2105 - a - b.ipynb"]
PLAIN = ["Ada_Byron/3_ddpm.ipynb", "Bob_Stone/3_ddpm.ipynb"]
DOWNLOADS = {
    "moodle": MOODLE,
    "canvas": CANVAS,
    "canvas, one typed": CANVAS_TEXT,
    "brightspace": BRIGHTSPACE,
    "brightspace, flat": BRIGHTSPACE_FLAT,
    "plain": PLAIN,
}


def zipped(names, data=BOOK, top=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(top + name, data)
    return out.getvalue()


def tarred(names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(BOOK)
            archive.addfile(info, io.BytesIO(BOOK))
    return out.getvalue()


def of(students):
    return {"".join(filter(str.isalpha, student.name.casefold())) for student in students}


def names_in(platform):
    return {"byronada", "stonebob"} if platform.startswith("canvas") else {"adabyron", "bobstone"}


@pytest.mark.parametrize("platform", DOWNLOADS)
@pytest.mark.parametrize("around", ["", "Exercise 3/", "moodle/Exercise 3/", "a/b/c/"])
@pytest.mark.parametrize("packed", ["folder", "zip", "tar", "zip in a zip", "zip in a folder"])
def test_no_folder_and_no_archive_around_a_download_makes_one_student_of_the_class(tmp_path, platform, around, packed):
    names, source = [around + name for name in DOWNLOADS[platform]], tmp_path / "in"
    if packed == "folder":
        zipfile.ZipFile(io.BytesIO(zipped(names))).extractall(source)
        assert as_downloaded(source) == (platform != "plain" or bool(around))
    elif packed == "zip in a folder":
        source.mkdir()
        (source / "download.zip").write_bytes(zipped(names))
    else:
        data = {"zip": zipped(names), "tar": tarred(names), "zip in a zip": zipped(["b.zip"], zipped(names))}
        source.write_bytes(data[packed])
    assert of(collect(source, "3_ddpm", tmp_path / "out")) == names_in(platform)


def test_two_sections_of_a_class_are_one_class(tmp_path):
    archive = tmp_path / "in.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("A.zip", zipped(MOODLE))
        out.writestr("B.zip", zipped(["Cleo Nile_13_assignsubmission_file_/3_ddpm.ipynb"], top="Exercise 3/"))
    assert of(collect(archive, "3_ddpm", tmp_path / "out")) == {"adabyron", "bobstone", "cleonile"}


def test_archives_that_students_made_stay_theirs(tmp_path):
    source = tmp_path / "in.zip"
    with zipfile.ZipFile(source, "w") as out:
        for name in ("ada", "bob"):
            out.writestr(f"{name}.zip", zipped(["notebooks/3_ddpm.ipynb", "old/3_ddpm.ipynb"]))
    assert of(collect(source, "3_ddpm", tmp_path / "out")) == {"ada", "bob"}


def test_a_students_files_that_are_named_like_canvass_by_chance_stay_theirs(tmp_path):
    source = tmp_path / "in.zip"
    source.write_bytes(zipped(["ada/3_ddpm.ipynb", "ada/loss_10_20_final.png", "bob/3_ddpm.ipynb"]))
    assert of(collect(source, "3_ddpm", tmp_path / "out")) == {"ada", "bob"}


def test_what_lies_beside_a_platforms_files_is_said_to_be_nobodys_but_no_notebook_is_left_out(tmp_path):
    source, told = tmp_path / "in.zip", []
    source.write_bytes(zipped([*(f"Exercise 3/{name}" for name in MOODLE), "grades.csv", "late.ipynb"]))
    students = collect(source, "3_ddpm", tmp_path / "out", tell=told.append)
    assert of(students) == {"adabyron", "bobstone", "late"}
    assert [line.partition(" ")[0] for line in told] == ["grades.csv"]


def test_brightspace_says_when_and_a_later_file_is_added_to_the_earlier_ones(tmp_path):
    source = tmp_path / "in.zip"
    source.write_bytes(
        zipped(["1-7 - Ada - X - Mar 2, 2026 1030 AM - 3_ddpm.ipynb", "1-7 - Ada - X - Mar 3, 2026 905 PM - plot.png"])
    )
    (ada,) = collect(source, "3_ddpm", tmp_path / "out")
    assert (ada.name, ada.number, len(ada.files)) == ("Ada - X", "1", 2)
    assert f"{ada.handed_in:%Y-%m-%d %H:%M}" == "2026-03-03 21:05"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.zip", b"", "is empty"),
        ("x.zip", b"<!DOCTYPE html><html>", "web page.*Log in"),
        ("x.zip", b"7z\xbc\xaf\x27\x1c", "7z archive.*unpack it"),
        ("x.zip", b"Rar!\x1a\x07", "RAR archive.*unpack it"),
        ("x.zip", zipped(MOODLE)[:-100], "broke off"),
        ("x.tar.gz", tarred(MOODLE)[:-100], "download it again"),
        ("x.gz", gzip.compress(b"text", mtime=0)[:12], "download it again"),
        ("3_ddpm.ipynb", BOOK, "one notebook.*folder"),
        ("x.zip", b"something else", "neither a folder nor a zip archive"),
    ],
)
def test_what_is_no_download_is_named_with_what_to_do(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=said):
        collect(tmp_path / name, "3_ddpm", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_notebook_beside_the_students_folders_is_named_before_marking(tmp_path, capsys, monkeypatch):
    for name in ("ada/3_ddpm.ipynb", "bob.ipynb"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(BOOK)
    monkeypatch.setattr(batch, "run", lambda *_args, **_options: [])
    command = ["grade", "3_ddpm", "--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert cli.main(command) == 0
    assert "bob.ipynb lies beside the students' folders and is not marked" in capsys.readouterr().err


def test_a_folder_of_submissions_that_is_not_there_is_named_with_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=rf"no folder collected in {tmp_path}"):
        batch.student_folders(Path("collected"))
