"""Collecting: downloads of learning platforms become one folder a student, and nothing leads out of it."""

import contextlib
import io
import os
import stat
import subprocess
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from grading import cli
from grading.intake import archive, cleaning, notes
from grading.intake.collect import as_downloaded, collect
from grading.intake.files import DEEPEST
from grading.marking import batch
from grading.results import places, tables
from tests.submissions import as_bytes, release, submission

BOOK = as_bytes(submission())


def make_zip(path, files):
    """A zip archive from {name or ZipInfo: bytes}."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return path


def inner_zip(files):
    return make_zip(io.BytesIO(), files).getvalue()


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def collected(tmp_path, source):
    """Collect and return {student: (file names, kinds of note)} and the roster."""
    out = tmp_path / "out"
    students = collect(source, "3_ddpm", out)
    found = {s.student: (sorted(p.name for p in (out / s.student).iterdir()), [r.kind for r in s.repairs]) for s in students}
    assert sorted(p.name for p in out.iterdir()) == sorted([*found, ".lock", "collected.json", "students.csv"])
    return found, tables.read(out / "students.csv")[1]


def test_a_moodle_download(tmp_path):
    files = {
        "Ada Lovelace_12345_assignsubmission_file_/3_ddpm.ipynb": BOOK,
        "Zoë Østergård_77_assignsubmission_file_/my final (2).IPYNB": BOOK,
        "Zoë Østergård_77_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello</p>",
    }
    found, roster = collected(tmp_path, make_zip(tmp_path / "moodle.zip", files))
    assert found == {
        "Ada_Lovelace_12345": (["3_ddpm.ipynb"], []),
        "Zoë_Østergård_77": (["1-onlinetext.html", "3_ddpm.ipynb"], ["renamed"]),
    }
    assert [(r["name"], r["platform"], r["number"]) for r in roster] == [
        ("Ada Lovelace", "moodle", "12345"),
        ("Zoë Østergård", "moodle", "77"),
    ]


def test_a_canvas_download_with_a_late_marker(tmp_path):
    files = {"lovelaceada_LATE_11_900_3_ddpm-1.ipynb": BOOK, "turingalan_12_901_3_ddpm.ipynb": BOOK}
    found, roster = collected(tmp_path, make_zip(tmp_path / "canvas.zip", files))
    assert found == {
        "lovelaceada_11": (["3_ddpm.ipynb"], ["renamed", "late"]),
        "turingalan_12": (["3_ddpm.ipynb"], []),
    }
    assert [(r["number"], r["late"]) for r in roster] == [("11", "late"), ("12", "")]


@pytest.mark.parametrize("top", ["", "submitted"])
def test_an_nbgrader_tree_with_and_without_its_top_folder(tmp_path, top):
    for student in ("ada", "alan"):
        folder = tmp_path / "in" / top / student / "3_ddpm"
        folder.mkdir(parents=True)
        (folder / "3_ddpm.ipynb").write_bytes(BOOK)
    found, roster = collected(tmp_path, tmp_path / "in")
    assert found == {"ada": (["3_ddpm.ipynb"], []), "alan": (["3_ddpm.ipynb"], [])}
    assert {r["platform"] for r in roster} == {"nbgrader"}


def test_a_plain_folder_of_notebooks_and_of_folders(tmp_path):
    (tmp_path / "in" / "grace").mkdir(parents=True)
    for name in ("ada.ipynb", "3_ddpm_alan.ipynb", "grace/anything.ipynb", "=cmd()|'x'!A1.ipynb"):
        (tmp_path / "in" / name).write_bytes(BOOK)
    found, _ = collected(tmp_path, tmp_path / "in")
    assert sorted(found) == ["ada", "alan", "cmd_x_A1", "grace"]


def test_a_zip_in_one_wrapping_folder_is_unwrapped(tmp_path):
    files = {"Downloads/ada.ipynb": BOOK, "Downloads/alan.ipynb": BOOK, "__MACOSX/Downloads/._ada.ipynb": b"x"}
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    assert sorted(found) == ["ada", "alan"]


def test_names_that_become_the_same_stay_two_students(tmp_path):
    files = {"a b_1_assignsubmission_file_/x.ipynb": BOOK, "A+b_1_assignsubmission_file_/x.ipynb": BOOK}
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    assert sorted(found) == ["A_b_1-2", "a_b_1"]


def test_two_notebooks_are_both_kept_for_intake_to_choose_from(tmp_path):
    files = {
        "Ada_1_assignsubmission_file_/3_ddpm.ipynb": as_bytes(release()),
        "Ada_1_assignsubmission_file_/3_ddpm(1).ipynb": BOOK,
    }
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    assert found == {"Ada_1": (["0-3_ddpm.ipynb", "1-3_ddpm_1.ipynb"], [])}
    result = cleaning.clean(tmp_path / "out" / "Ada_1", release(), "3_ddpm")
    assert "1-3_ddpm_1.ipynb is marked" in result.repairs[0].detail


def test_notes_of_the_collection_reach_the_students_repairs(tmp_path):
    files = {"Ada_1_assignsubmission_file_/mine.ipynb": BOOK}
    collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    result = cleaning.clean(tmp_path / "out" / "Ada_1", release())
    assert [repair.kind for repair in result.repairs] == ["renamed"]


def test_zip_slip_links_and_special_files_are_not_copied(tmp_path):
    files = {
        "../../evil.ipynb": BOOK,
        "/etc/evil.ipynb": BOOK,
        "C:\\evil.ipynb": BOOK,
        link("ada/link.ipynb"): b"/etc/passwd",
        "ada/3_ddpm.ipynb": BOOK,
    }
    source = make_zip(tmp_path / "slip.zip", files)
    found, _ = collected(tmp_path, source)
    assert found["ada"] == (["3_ddpm.ipynb"], ["not-copied"])
    assert all("not-copied" in kinds for names, kinds in found.values() if not names)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "slip.zip"]


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "3_ddpm.ipynb").write_bytes(BOOK)
    folder = tmp_path / "in" / "ada"
    folder.mkdir(parents=True)
    (folder / "a.ipynb").symlink_to(tmp_path / "secret" / "3_ddpm.ipynb")
    (folder / "b").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "c.ipynb")
    (student,) = collect(tmp_path / "in", "3_ddpm", tmp_path / "out")
    assert [repair.detail.split(";")[0] for repair in student.repairs] == [
        "a.ipynb is a link or a special file",
        "b is a link to a folder",
        "c.ipynb is a link or a special file",
    ]
    assert list((tmp_path / "out" / "ada").iterdir()) == []


def test_a_zip_inside_is_read_one_level_deep(tmp_path):
    deep = inner_zip({"work/3_ddpm.ipynb": BOOK, "../../up.ipynb": BOOK, "again.zip": inner_zip({"x.ipynb": BOOK})})
    files = {"Ada_1_assignsubmission_file_/all.zip": deep, "Bob_2_assignsubmission_file_/bad.zip": b"PK\x03\x04 no"}
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    assert found["Ada_1"] == (["3_ddpm.ipynb"], ["unpacked", "not-copied"])
    assert found["Bob_2"] == ([], ["not-copied"])


@pytest.mark.parametrize("wrappings", [1, 2, 3])
def test_archives_within_an_archive_are_opened_two_deep_and_what_is_deeper_is_named(tmp_path, wrappings):
    inner = inner_zip({"x.ipynb": BOOK})
    for _ in range(wrappings - 1):
        inner = inner_zip({"again.zip": inner})
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", {"Ada_1_assignsubmission_file_/all.zip": inner}))
    opened = ["unpacked"] * min(wrappings, 2)
    assert found == {"Ada_1": (["3_ddpm.ipynb"], [*opened, "renamed"]) if wrappings < 3 else ([], opened)}
    result = cleaning.clean(tmp_path / "out" / "Ada_1", release())
    assert ("again.zip, an archive that was not opened: unpack it by hand" in (result.problem or "")) == (wrappings == 3)


OLD, NEW = (2026, 3, 2, 9, 0, 0), (2026, 3, 9, 9, 0, 0)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        [("3_ddpm (1).ipynb", NEW), ("3_ddpm.ipynb", OLD)],
        [("3_ddpm.ipynb", OLD), ("3_ddpm (1).ipynb", NEW)],
        [("3_ddpm.ipynb", NEW), ("3_ddpm_old.ipynb", OLD)],
        [("3_ddpm.ipynb", NEW), (".ipynb_checkpoints/3_ddpm-checkpoint.ipynb", OLD)],
        [("3_ddpm.ipynb", OLD), ("3_ddpm-checkpoint.ipynb", NEW)],
    ],
)
def test_of_two_whole_notebooks_the_newer_is_marked_and_no_copy_of_jupyters(tmp_path, files, packed):
    (best, _), *_ = sorted(files, key=lambda file: ("checkpoint" not in file[0], file[1]), reverse=True)
    top = "" if packed else "Ada_1_assignsubmission_file_/"
    entries = {zipfile.ZipInfo(top + name, time): as_bytes(submission(written_linear=f"From {name}.")) for name, time in files}
    if packed:
        entries = {"Ada_1_assignsubmission_file_/hw.zip": inner_zip(entries)}
    collected(tmp_path, make_zip(tmp_path / "x.zip", entries))
    result = cleaning.clean(tmp_path / "out" / "Ada_1", release(), "3_ddpm")
    assert f"From {best}." in "".join(cell.source for cell in result.notebook.cells)


def test_a_time_stamp_that_the_student_wrote_is_not_used(tmp_path):
    files = {"Ada_1_assignsubmission_file_/3_ddpm.ipynb": BOOK, "Ada_1_assignsubmission_file_/timestamp.txt": b"2020-01-01"}
    found, roster = collected(tmp_path, make_zip(tmp_path / "x.zip", files))
    assert found == {"Ada_1": (["3_ddpm.ipynb"], ["time-stamp"])}
    assert not roster[0]["handed_in"].startswith("2020")


def test_a_bomb_is_bounded_by_what_comes_out_not_by_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr("grading.intake.collect.MAX_STUDENT", 3_000_000)
    bomb = inner_zip({"a.ipynb": b" " * 2_000_000, "b.ipynb": b" " * 2_000_000, "c.ipynb": BOOK})
    found, _ = collected(tmp_path, make_zip(tmp_path / "x.zip", {"Ada_1_assignsubmission_file_/all.zip": bomb}))
    assert found["Ada_1"][1].count("not-copied") == 1
    assert sum(p.stat().st_size for p in (tmp_path / "out" / "Ada_1").iterdir()) < 3_000_000


def test_an_entry_over_the_size_limit_is_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000_000)
    found, _ = collected(tmp_path, make_zip(tmp_path / "y.zip", {"ada.ipynb": b" " * 2_000_000}))
    assert found["ada"] == ([], ["not-copied"])


def test_damaged_entries_cost_only_themselves(tmp_path):
    source = make_zip(tmp_path / "x.zip", {"ada.ipynb": BOOK, "bob.ipynb": BOOK})
    data = bytearray(source.read_bytes())
    data[80:90] = b"\xff" * 10
    source.write_bytes(data)
    found, _ = collected(tmp_path, source)
    assert found == {"ada": ([], ["not-copied"]), "bob": (["3_ddpm.ipynb"], ["renamed"])}


@pytest.mark.parametrize(
    ("text", "believed"),
    [
        ("2031-01-01 00:00:00 UTC", False),
        ("1970-01-01", False),
        ("soon", False),
        ("2020-01-01 12:00:00 UTC", True),
        ("2020-01-01 12:00:00.000001 Europe/London", True),
    ],
)
def test_forged_time_stamps_are_noted(tmp_path, text, believed):
    folder = tmp_path / "in" / "ada" / "3_ddpm"
    folder.mkdir(parents=True)
    (folder / "3_ddpm.ipynb").write_bytes(BOOK)
    (folder / "timestamp.txt").write_text(text)
    found, roster = collected(tmp_path, tmp_path / "in")
    assert found == {"ada": (["3_ddpm.ipynb"], ["time-stamp"])}  # also the believable one: older than the files
    assert roster[0]["handed_in"].startswith("2020") == believed


def test_a_second_collection_replaces_and_keeps(tmp_path):
    collected(tmp_path, make_zip(tmp_path / "x.zip", {"ada.ipynb": b"old", "bob.ipynb": BOOK}))
    collect(make_zip(tmp_path / "y.zip", {"ada.ipynb": BOOK}), "3_ddpm", tmp_path / "out")
    assert (tmp_path / "out" / "ada" / "3_ddpm.ipynb").read_bytes() == BOOK
    assert [r["student"] for r in tables.read(tmp_path / "out" / "students.csv")[1]] == ["ada", "bob"]


@pytest.mark.parametrize("again", ["Ada King_2001", "Group A-Ada Byron_2001", "Participant_2001"])
def test_a_student_whom_the_platform_calls_otherwise_now_keeps_the_folder(tmp_path, again):
    for number, name in enumerate(["Ada Byron_2001", again]):
        files = {
            f"{name}_assignsubmission_file_/3_ddpm.ipynb": BOOK,
            f"Zoe {number}_{number}_assignsubmission_file_/a.ipynb": BOOK,
        }
        collect(make_zip(tmp_path / f"{number}.zip", files), "3_ddpm", tmp_path / "out")
    rows = tables.read(tmp_path / "out" / "students.csv")[1]
    assert [(row["student"], row["name"], row["number"]) for row in rows] == [
        ("Ada_Byron_2001", again.rpartition("_")[0], "2001"),
        ("Zoe_0_0", "Zoe 0", "0"),
        ("Zoe_1_1", "Zoe 1", "1"),
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == [row["student"] for row in rows]
    assert "Ada_Byron_2001" in (tmp_path / "out" / "collected.json").read_text()


def test_a_column_that_a_person_added_to_the_roster_outlives_another_collection(tmp_path):
    out = tmp_path / "out"
    collect(make_zip(tmp_path / "x.zip", {"ada.ipynb": BOOK, "bob.ipynb": BOOK}), "3_ddpm", out)
    columns, rows = tables.read(out / places.ROSTER)
    tables.write(out / places.ROSTER, [*columns, "group"], [row | {"group": f"of {row['student']}"} for row in rows])
    collect(make_zip(tmp_path / "y.zip", {"ada.ipynb": BOOK, "cleo.ipynb": BOOK}), "3_ddpm", out)
    found = {row["student"]: row["group"] for row in tables.read(out / places.ROSTER)[1]}
    assert found == {"ada": "of ada", "bob": "of bob", "cleo": ""}


def test_bad_sources_and_targets_are_refused(tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    good = make_zip(tmp_path / "x.zip", {"ada.ipynb": BOOK})
    for source, out, words in [
        (tmp_path / "text.zip", tmp_path / "out", "neither a folder nor a zip"),
        (tmp_path / "nowhere", tmp_path / "out", "does not exist"),
        (make_zip(tmp_path / "empty.zip", {}), tmp_path / "out", "holds no files"),
        (good, tmp_path / "full", "not made by `course collect`"),
    ]:
        with pytest.raises(ValueError, match=words):
            collect(source, "3_ddpm", out)
    assert Path(tmp_path / "full" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(("place", "value"), [(6, 99), (8, 1 << 5), (10, 77), (28, 200), (42, 255)])
def test_an_archive_with_a_spoilt_list_of_contents_is_refused_or_read_in_part(tmp_path, place, value):
    data = bytearray(inner_zip({"Ada_2001_assignsubmission_file/3_ddpm.ipynb": BOOK}))
    data[data.index(b"PK\x01\x02") + place] = value
    (tmp_path / "in.zip").write_bytes(data)
    with contextlib.suppress(ValueError):  # which is one sentence for the instructor
        collect(tmp_path / "in.zip", "3_ddpm", tmp_path / "out")
    outer = make_zip(tmp_path / "outer.zip", {"Bob_2002_assignsubmission_file/3_ddpm.zip": bytes(data)})
    collect(outer, "3_ddpm", tmp_path / "again")  # a student's own: noted in the student's row


@pytest.mark.parametrize("name", ["3_ddpm.ipynb", "zz.IPYNB", "zz.zip"])
def test_a_notebook_behind_forty_pictures_is_copied(tmp_path, name):
    data = inner_zip({"3_ddpm.ipynb": BOOK}) if name.endswith("zip") else BOOK
    top = "Ada_2001_assignsubmission_file/"
    files = {f"{top}{number:03}.png": b"picture" for number in range(40)} | {top + name: data}
    names, kinds = collected(tmp_path, make_zip(tmp_path / "moodle.zip", files))[0]["Ada_2001"]
    assert "3_ddpm.ipynb" in names
    assert "not-copied" in kinds


BLACKBOARD = {
    "Exercise 3_ddpm_ada_attempt_2026-03-01-09-00-00_3_ddpm.ipynb": b"{}",
    "Exercise 3_ddpm_ada_attempt_2026-03-01-09-00-00.txt": b"Name: Ada Lovelace (ada)\nAssignment: Exercise 3_ddpm\n",
    "Exercise 3_ddpm_ada_attempt_2026-03-02-10-30-00_x_attempt_2020-01-01-00-00-00_3_ddpm.ipynb": BOOK,
    "Exercise 3_ddpm_ada_attempt_2026-03-02-10-30-00.txt": b"\xef\xbb\xbfName: Ada Lovelace (ada)\r\nAssignment: Exercise\r\n",
    "Exercise 3_ddpm_van_der_x_attempt_2026-03-02-11-00-00_a.ipynb": BOOK,
    "Exercise 3_ddpm_van_der_x_attempt_2026-03-02-11-00-00.txt": "Nombre: Zoë van der X (van_der_x)\n".encode(),
    "Exercise 3_ddpm_bob_attempt_2026-03-02-12-00-00_3_ddpm.ipynb": BOOK,
    "Exercise 3_ddpm_eve_attempt_2026-03-02-13-00-00.txt": b"Name: Ada Lovelace (ada)\n",
}


def test_a_blackboard_download_is_read_attempt_by_attempt(tmp_path):
    found, roster = collected(tmp_path, make_zip(tmp_path / "bb.zip", BLACKBOARD))
    assert [(r["student"], r["name"], r["number"], r["handed_in"], r["platform"]) for r in roster] == [
        ("ada", "Ada Lovelace", "ada", "2026-03-02 10:30", "blackboard"),
        ("bob", "bob", "bob", "2026-03-02 12:00", "blackboard"),
        ("eve", "eve", "eve", "2026-03-02 13:00", "blackboard"),
        ("van_der_x", "Zoë van der X", "van_der_x", "2026-03-02 11:00", "blackboard"),
    ]
    assert found["ada"] == (["3_ddpm.ipynb"], ["earlier-attempts", "renamed"])
    assert (tmp_path / "out" / "ada" / "3_ddpm.ipynb").read_bytes() == BOOK
    assert found["eve"] == ([], [])


METADATA = """---
submission_41:
  :submitters:
  - :name: Ada Lovelace
    :sid: '4711'
    :email: ada@example.org
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-03-02 10:30:00.000000000 Z
submission_42:
  :submitters:
  - :name: Bob
    :sid: '12'
  - :name: Cleo
    :sid: '13'
  :created_at: 2026-03-02 10:30:00.000000000 Z
"""


@pytest.mark.parametrize("metadata", [METADATA, "- 1\n", ": {", "!!python/object/apply:os.system ['touch owned']\n"])
def test_a_gradescope_export_is_named_by_its_metadata(tmp_path, monkeypatch, metadata):
    monkeypatch.chdir(tmp_path)
    files = {f"assignment_9_export/submission_{n}/3_ddpm.ipynb": BOOK for n in (41, 42)}
    files["assignment_9_export/submission_metadata.yml"] = metadata.encode()
    _found, roster = collected(tmp_path, make_zip(tmp_path / "gs.zip", files))
    known = [("Ada_Lovelace_41", "Ada Lovelace", "ada@example.org"), ("Bob_Cleo_42", "Bob, Cleo", "12")]
    unknown = [("submission_41", "submission_41", ""), ("submission_42", "submission_42", "")]
    assert [(r["student"], r["name"], r["number"]) for r in roster] == (known if metadata is METADATA else unknown)
    assert {r["platform"] for r in roster} == {"gradescope"}
    if metadata is METADATA:  # once a time of Ruby's, once one of YAML's
        moment = datetime(2026, 3, 2, 10, 30, tzinfo=timezone.utc).astimezone()
        assert {r["handed_in"] for r in roster} == {f"{moment:%Y-%m-%d %H:%M}"}
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("deep", [DEEPEST + 5, 1500])
def test_folders_within_folders_end_nothing_and_hide_nobody_else(tmp_path, deep):
    source, here = tmp_path / "in", os.getcwd()
    (source / "ada").mkdir(parents=True)
    (source / "ada" / "a.ipynb").write_bytes(BOOK)
    place = source / "eve"
    place.mkdir()
    os.chdir(place)
    try:
        for _ in range(deep):
            os.mkdir("d")
            os.chdir("d")
        Path("b.ipynb").write_bytes(BOOK)
        os.chdir(here)
        students = collect(source, "a", tmp_path / "out")
        assert {s.student for s in students} == {"ada", "eve"}
        assert (tmp_path / "out" / "ada" / "a.ipynb").is_file()
        (eve,) = [s for s in students if s.student == "eve"]
        assert "folders deep" in eve.repairs[0].detail
        found = cleaning.clean(source / "eve", release(), "a")
        assert "not-followed" in [repair.kind for repair in found.repairs]
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", str(source)], check=True)


@pytest.mark.parametrize(
    ("names", "downloaded"),
    [
        (["Ada_Byron_4711_assignsubmission_file_/x.ipynb"], True),  # Moodle's, unpacked
        (["lovelaceada_12345_67890_x.ipynb"], True),  # Canvas's, unpacked
        (["submission_123/x.ipynb", "submission_metadata.yml"], True),  # Gradescope's, unpacked
        (["ada/3_ddpm.ipynb", "bob/x.ipynb"], False),
        (["ada/3_ddpm.ipynb", "stray.ipynb"], False),
        (["Ada_Byron_4711_assignsubmission_file_/x.ipynb", places.COLLECTED], False),
        ([], False),
    ],
)
def test_a_download_is_told_from_what_was_laid_out(tmp_path, names, downloaded):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    assert as_downloaded(tmp_path) == downloaded
    assert as_downloaded(make_zip(tmp_path / "a.zip", {"x.ipynb": b"{}"}))
    assert not as_downloaded(tmp_path / "nothing")


@pytest.mark.parametrize("before", [{}, {"zoe_9_assignsubmission_file_/x.ipynb": BOOK}], ids=["first", "again"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["ctrl-c", "full-disk"])
def test_a_collection_that_was_stopped_is_not_marked_and_the_same_one_puts_it_right(before, stop, tmp_path, monkeypatch):
    out = tmp_path / "out"
    given = {f"{who}_assignsubmission_file_/x.ipynb": BOOK for who in ("ada_0", "bob_1", "cleo_2")}
    if before:
        collect(make_zip(tmp_path / "before.zip", before), "a", out)
    copied = []

    def stops(entry, target, *limits):
        copied.append(target)
        if len(copied) == 2:
            raise stop
        return archive.copy(entry, target, *limits)

    source = make_zip(tmp_path / "all.zip", given)
    monkeypatch.setattr("grading.intake.collect.copy", stops)
    with pytest.raises(type(stop)):
        collect(source, "a", out)
    with pytest.raises(ValueError, match="stopped before its end: run `course collect` again"):
        batch.student_folders(out)
    collect(source, "a", out)
    students = sorted([*(["zoe_9"] if before else []), "ada_0", "bob_1", "cleo_2"])
    assert sorted(batch.student_folders(out)) == students
    assert [row["student"] for row in tables.read(out / places.ROSTER)[1]] == students
    assert all(list((out / student).glob("*.ipynb")) for student in students)


def test_of_two_collections_into_one_folder_the_second_is_refused_until_the_first_is_done(tmp_path, monkeypatch, capsys):
    out, refused = tmp_path / "out", []
    late = make_zip(tmp_path / "late.zip", {"bob_1_assignsubmission_file_/a.ipynb": BOOK})
    command = ["collect", str(late), "--assignment", "3_ddpm", "--out", str(out)]

    def meanwhile(entry, target, *limits):
        refused.append(cli.main(command))
        with pytest.raises(ValueError, match="in use by `course collect"):
            batch.student_folders(out)
        return archive.copy(entry, target, *limits)

    monkeypatch.setattr("grading.intake.collect.copy", meanwhile)
    collect(make_zip(tmp_path / "first.zip", {"ada_0_assignsubmission_file_/a.ipynb": BOOK}), "3_ddpm", out)
    monkeypatch.undo()
    assert refused == [2]
    assert f"{out} is in use by `course collect {tmp_path / 'first.zip'}`" in capsys.readouterr().err
    assert cli.main(command) == 0
    assert sorted(batch.student_folders(out)) == ["ada_0", "bob_1"]
    assert [row["student"] for row in tables.read(out / places.ROSTER)[1]] == ["ada_0", "bob_1"]


def test_half_of_a_collection_is_not_made_whole_by_another(tmp_path, monkeypatch):
    out, source, late = tmp_path / "out", tmp_path / "all.zip", tmp_path / "late.zip"
    make_zip(source, {"ada_0_assignsubmission_file_/a.ipynb": BOOK})
    make_zip(late, {"bob_1_assignsubmission_file_/a.ipynb": BOOK})

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("grading.intake.collect._lay_out", stopped)
    with pytest.raises(KeyboardInterrupt):
        collect(source, "a", out)
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"all\.zip into .* was stopped before its end: collect that once more first"):
        collect(late, "a", out)
    collect(source, "a", out)
    collect(late, "a", out)
    assert sorted(batch.student_folders(out)) == ["ada_0", "bob_1"]


def test_what_the_course_itself_puts_beside_the_folders_is_no_student(tmp_path):
    source = tmp_path / "in"
    for name in ("ada/a.ipynb", "bob/a.ipynb"):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_bytes(BOOK)
    for name in places.NOBODYS:
        (source / name).write_text("{}")
    assert [s.student for s in collect(source, "a", tmp_path / "out")] == ["ada", "bob"]
    (source / "students.csv.ipynb").write_bytes(BOOK)
    assert [s.student for s in collect(source, "a", tmp_path / "new")] == ["ada", "bob", "students.csv-2"]


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"ada": 3}', '{"ada": [{"what": "no note"}]}'])
def test_a_damaged_record_of_a_collection_is_named_and_takes_nobodys_marks(tmp_path, damage):
    out, source = tmp_path / "out", make_zip(tmp_path / "in.zip", {"ada/a.ipynb": BOOK, "bob/a.ipynb": BOOK})
    collect(source, "a", out)
    (out / places.COLLECTED).write_text(damage)
    with pytest.raises(ValueError, match="collected.json is damaged: collect into a new folder"):
        collect(source, "a", out)
    assert notes.of(out / "ada") == []
