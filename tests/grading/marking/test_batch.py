"""Batches: the same marks whoever marks them, nothing lost or doubled when a worker dies, resumption, the gradebook."""

import copy
import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from grading import cli
from grading.locks import locked
from grading.marking import batch
from grading.marking.marker import Job, Marker
from grading.notebooks.alembic_path import find_alembic
from grading.results.gradebook import Book
from grading.results.journal import digest
from tests import marking

REPOSITORY = Path(__file__).resolve().parents[3]


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


ZEROS = "def cosine_beta_schedule(T, s=0.008):\n    return torch.zeros(T)"
EXITS = "import os\n\n\ndef cosine_beta_schedule(T, s=0.008):\n    os._exit(1)"


def classroom(folder, number=6):
    """Submissions right, wrong, hostile, untouched and broken, in turn."""
    kinds = [{}, {"cosine_beta_schedule": ZEROS}, {"cosine_beta_schedule": EXITS}, {"cosine_beta_schedule": None}]
    for i in range(number):
        path = folder / f"student{i:02d}" / f"{marking.NAME}.ipynb"
        if i % 5 == 4:
            path.parent.mkdir(parents=True)
            path.write_text("{ this is no notebook")
        else:
            write(path, marking.answered(**marking.LEFT | kinds[i % 5]))
    return folder


@pytest.fixture(scope="module")
def alone(course, tmp_path_factory):
    """(submissions, results): a small class marked by this process alone."""
    submitted = classroom(tmp_path_factory.mktemp("submitted"))
    out = tmp_path_factory.mktemp("out")
    batch.run(submitted, out, marking.NAME, root=course, workers=0)
    return submitted, out


def rows(out, name="marks.csv"):
    with open(out / name, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_each_student_gets_a_verdict_however_bad(alone):
    found = {(r["student"], r["exercise"]): (float(r["points"]), r["status"]) for r in rows(alone[1])}
    assert found["student00", "cosine_beta_schedule"] == (4, "marked")
    assert found["student01", "cosine_beta_schedule"][0] < 4
    assert found["student02", "cosine_beta_schedule"] == (0, "died")
    assert found["student03", "cosine_beta_schedule"] == (0, "unattempted")
    assert found["student04", "cosine_beta_schedule"] == (0, "unread")
    assert len(found) == 6 * 4


def test_flags_name_what_a_person_should_look_at(alone):
    found = {(row["student"], row["kind"]) for row in rows(alone[1], "flags.csv")}
    assert found == {("student02", "ended-itself"), ("student04", "needs-attention")}


def test_all_results_are_there(alone):
    out = alone[1]
    for name in ("marks.csv", "flags.csv", "repairs.csv", "report.html", "gradebook.db", "nbgrader_config.py"):
        assert (out / name).stat().st_size > 0
    assert list((out / "feedback" / "student00").glob("*.html"))


def test_the_gradebook_holds_the_same_marks(alone):
    with Gradebook(f"sqlite:///{alone[1] / 'gradebook.db'}") as book:
        for row in rows(alone[1]):
            submission = book.find_submission_notebook(marking.NAME, marking.NAME, row["student"])
            grade = next(g for g in submission.grades if g.name.removeprefix("check_") == row["exercise"])
            assert grade.needs_manual_grade == (row["status"] == "manual")
            assert grade.auto_score == (None if row["status"] == "manual" else float(row["points"]))


def test_the_gradebook_is_of_the_version_that_nbgrader_makes(alone, tmp_path):
    def inside(path):
        with sqlite3.connect(path) as database:
            tables = database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
            ours = {"course_answer", "sqlite_autoindex_course_answer_1"}
            return [(name, " ".join(sql.split()) if sql else None) for name, sql in tables if name not in ours], [
                *database.execute("SELECT * FROM alembic_version")
            ]

    find_alembic()
    Gradebook(f"sqlite:///{tmp_path / 'theirs.db'}").close()
    assert inside(alone[1] / "gradebook.db") == inside(tmp_path / "theirs.db")


def test_a_students_rows_are_those_that_nbgrader_makes(alone, tmp_path):
    with Book(tmp_path, marking.NAME, marking.source(), marking.release()) as book, Gradebook(book.url) as theirs:
        for i in range(6):
            theirs.add_student(f"student{i:02d}")
            theirs.add_submission(marking.NAME, f"student{i:02d}")

    def rows_of(path, table):
        """Its rows, but for identifiers drawn at random and for what the marking fills in."""
        filled_in = {"auto_score", "auto_comment", "needs_manual_grade"}
        with sqlite3.connect(path) as database:
            found = database.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in found.description]
            kept = [i for i, name in enumerate(columns) if name not in filled_in and (table == "student" or "id" not in name)]
            return sorted(repr([row[i] for i in kept]) for row in found)

    for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment"):
        rows = rows_of(alone[1] / "gradebook.db", table)
        assert len(rows) >= 6
        assert rows == rows_of(tmp_path / "gradebook.db", table)


def test_a_student_is_recorded_whole_or_not_at_all(alone, tmp_path):
    text = (alone[1] / batch.JOURNAL / f"{digest('student00')}.json").read_text()
    outcome = batch.Outcome.from_dict(json.loads(text)["outcome"])
    with Book(tmp_path, marking.NAME, marking.source(), marking.release()) as book:
        book._names = {}  # so that it fails after student and submission were added
        with pytest.raises(KeyError):
            book.record(outcome)
    with Gradebook(book.url) as gradebook:
        assert not gradebook.students


def test_a_mark_given_by_hand_survives_another_run(course, alone, tmp_path):
    submitted, first = alone
    out = tmp_path / "out"
    shutil.copytree(first, out)
    url = f"sqlite:///{out / 'gradebook.db'}"
    with Gradebook(url) as book:
        grade = book.find_grade("written_cosine", marking.NAME, marking.NAME, "student00")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.find_comment("written_cosine", marking.NAME, marking.NAME, "student00").manual_comment = "Why at the end, too?"
        book.db.commit()
    shutil.rmtree(out / batch.JOURNAL)
    batch.run(submitted, out, marking.NAME, root=course, workers=0, resume=True)
    with Gradebook(url) as book:
        grade = book.find_grade("written_cosine", marking.NAME, marking.NAME, "student00")
        assert (grade.manual_score, grade.needs_manual_grade) == (2.5, False)
    row = next(r for r in rows(out) if r["student"] == "student00" and r["exercise"] == "written_cosine")
    assert (row["points"], row["status"], row["comment"]) == ("2.5", "by hand", "Why at the end, too?")
    page = (out / "feedback" / "student00" / f"{marking.NAME}.html").read_text()
    assert "Why at the end, too?" in page
    assert "2.5 of 3" in page


def test_what_a_person_or_a_policy_took_back_leaves_the_page_when_it_resumes(course, alone, tmp_path):
    """Pages follow the gradebook both ways, also of those who are not marked again."""
    submitted, first = alone
    out = tmp_path / "out"
    shutil.copytree(first, out)
    page = out / "feedback" / "student00" / f"{marking.NAME}.html"
    as_it_was = page.read_text()

    def set_by_hand(points, penalty):
        with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
            grade = book.find_grade("written_cosine", marking.NAME, marking.NAME, "student00")
            grade.manual_score, grade.needs_manual_grade = points, points is None
            book.find_submission_notebook(marking.NAME, marking.NAME, "student00").late_submission_penalty = penalty
            book.db.commit()
        batch.run(submitted, out, marking.NAME, root=course, workers=0, resume=True)
        return page.read_text()

    given = set_by_hand(2.5, 1.0)
    assert "2.5 of 3" in given
    assert "That costs 1" in given
    assert set_by_hand(None, None) == as_it_was


def test_resume_marks_only_who_is_new_or_changed(course, alone, tmp_path, monkeypatch):
    submitted, out = tmp_path / "submitted", tmp_path / "out"
    shutil.copytree(alone[0], submitted, copy_function=shutil.copy2)
    shutil.copytree(alone[1], out)
    write(submitted / "student01" / f"{marking.NAME}.ipynb", marking.answered(**marking.LEFT))
    write(submitted / "student99" / f"{marking.NAME}.ipynb", marking.answered(**marking.LEFT))
    (out / batch.JOURNAL / f"{digest('student03')}.json").write_text('{"key": "cut sho')
    marked, mark = [], Marker.mark
    monkeypatch.setattr(Marker, "mark", lambda self, folder: marked.append(Path(folder).name) or mark(self, folder))
    batch.run(submitted, out, marking.NAME, root=course, workers=0, resume=True)
    assert set(marked) >= {"student01", "student03", "student99"}
    assert "student00" not in marked
    assert len({row["student"] for row in rows(out)}) == 7


def test_links_and_loose_files_are_not_students(course, alone, tmp_path):
    submitted = tmp_path / "submitted"
    shutil.copytree(alone[0] / "student00", submitted / "ada")
    (submitted / "eve").symlink_to(alone[0] / "student01")
    (submitted / "notes.txt").write_text("not a student")
    assert list(batch.student_folders(submitted)) == ["ada"]


@pytest.mark.parametrize("name", [b"caf\xe9", b"two\nlines"], ids=["not UTF-8", "a line end"])
def test_a_folder_whose_name_is_no_text_is_refused_before_anything_is_marked(tmp_path, name):
    os.mkdir(os.fsencode(tmp_path) + b"/" + name)
    with pytest.raises(ValueError, match="has no readable name; rename it"):
        batch.student_folders(tmp_path)


@pytest.mark.slow
def test_workers_give_the_same_marks(course, alone, tmp_path):
    submitted, first = alone
    batch.run(submitted, tmp_path, marking.NAME, root=course, workers=2)
    for name in ("marks.csv", "flags.csv", "repairs.csv"):
        assert (tmp_path / name).read_bytes() == (first / name).read_bytes()


@pytest.mark.slow
def test_a_scheduler_and_workers_elsewhere_one_of_them_killed(course, tmp_path):
    submitted = classroom(tmp_path / "submitted", 8)
    batch.run(submitted, tmp_path / "alone", marking.NAME, root=course, workers=0)
    dask = [sys.executable, "-m", "dask"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    options = {"env": environment, "cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    address_file = tmp_path / "scheduler.json"
    started = [
        subprocess.Popen([*dask, "scheduler", "--scheduler-file", address_file, "--port", "0", "--no-dashboard"], **options)
    ]
    try:
        wait_for(lambda: address_file.exists() and address_file.read_text().endswith("}"))  # all of it, not only its name
        address = json.loads(address_file.read_text())["address"]
        worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--nanny-port", "0"]
        started += [subprocess.Popen(worker, **options) for _ in range(2)]
        journal = tmp_path / "out" / batch.JOURNAL

        def kill_one_half_way():
            wait_for(lambda: len(list(journal.glob("*.json"))) >= 2)
            for process in [*psutil.Process(started[1].pid).children(recursive=True), started[1]]:
                os.kill(process.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill_one_half_way, daemon=True)
        killer.start()
        outcomes = batch.run(submitted, tmp_path / "out", marking.NAME, root=course, scheduler=address)
        killer.join(60)
    finally:
        for process in started:
            process.terminate()
            process.wait(30)
    assert len(outcomes) == 8
    for name in ("marks.csv", "flags.csv", "repairs.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


def wait_for(condition, seconds=600):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def test_a_student_whose_marking_keeps_failing_waits_for_a_person(course, alone, tmp_path):
    job = Job(marking.NAME, nbformat.writes(marking.source()), nbformat.writes(marking.release()), str(tmp_path))
    with Marker(job) as marker:
        outcome = batch.Outcome.from_json(marker.given_up("ada", 8, "the machine is on fire"))
    assert [mark.status for mark in outcome.verdict.exercises] == ["manual"] * 4
    assert outcome.verdict.interrupted()
    assert "interrupted 8 times (the machine is on fire)" in outcome.verdict.exercises[0].message
    with Book(tmp_path, marking.NAME, marking.source(), marking.release()) as book:
        book.record(outcome)
    with Gradebook(book.url) as gradebook:
        grades = gradebook.find_submission_notebook(marking.NAME, marking.NAME, "ada").grades
        assert [(grade.auto_score, grade.needs_manual_grade) for grade in grades] == [(None, True)] * 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2_nothing", "--submissions", "s", "--out", "o"], "there is no"),
        ([marking.NAME, "--submissions", "nowhere", "--out", "o"], "name the platform's download"),
        ([marking.NAME, "--submissions", ".", "--out", "o", "--workers", "-1"], "--workers of at least 0"),
    ],
)
def test_bad_arguments_are_one_line(course, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["grade", *arguments, "--root", str(course)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_without_a_sandbox_it_refuses(course, alone, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["grade", marking.NAME, "--submissions", str(alone[0]), "--out", str(tmp_path), "--root", str(course)]) == 3
    assert "Install bubblewrap" in capsys.readouterr().err


def test_a_gradebook_of_another_version_is_refused(course, alone, tmp_path):
    shutil.copytree(alone[1], tmp_path / "out")
    source = copy.deepcopy(marking.source())
    for cell in source.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "check_ConvBlock":
            cell.metadata.nbgrader["grade_id"] = "check_NewBlock"
    with pytest.raises(ValueError, match="another version of 3_mini"):
        Book(tmp_path / "out", marking.NAME, source, marking.release())


def test_one_folder_of_results_has_one_writer_and_who_it_is_is_said(course, alone, tmp_path, capsys):
    submissions, arguments = (
        str(alone[0]),
        ["grade", marking.NAME, "--out", str(tmp_path), "--root", str(course), "--workers", "0"],
    )
    with locked(tmp_path, "course grade 3_mini"):
        assert cli.main([*arguments, "--submissions", submissions]) == 2
    said = capsys.readouterr().err
    assert "is in use by `course grade 3_mini` of" in said
    assert f"process {os.getpid()}, since" in said
    with locked(tmp_path, "free again"):
        pass


def spoil(path):
    path.write_bytes(b"spoilt" * 1000)


@pytest.mark.parametrize("trouble", ["a file in its place", "a spoilt gradebook"])
def test_a_folder_that_cannot_be_written_is_one_line_and_resume_goes_on(course, alone, tmp_path, capsys, trouble):
    out = tmp_path / "out"
    if trouble == "a file in its place":
        out.write_text("")
    else:
        shutil.copytree(alone[1], out)
        spoil(out / "gradebook.db")
    arguments = [
        "grade",
        marking.NAME,
        "--submissions",
        str(alone[0]),
        "--out",
        str(out),
        "--root",
        str(course),
        "--workers",
        "0",
    ]
    assert cli.main([*arguments, "--resume"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "run again with --resume" in said
    if trouble == "a spoilt gradebook":
        (out / "gradebook.db").unlink()
        assert cli.main([*arguments, "--resume"]) == 0
        assert (out / "marks.csv").read_bytes() == (alone[1] / "marks.csv").read_bytes()
        with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
            assert len(book.students) == 6


def test_odd_texts_and_deep_folders_end_nobodys_marking(course, tmp_path):
    submitted, odd = tmp_path / "submitted", marking.hostile(marking.ADVERSARIAL / "odd_texts.py")
    write(submitted / "odd" / f"{marking.NAME}.ipynb", marking.answered(**marking.LEFT | {odd.exercise: odd.text}))
    write(submitted / "honest" / f"{marking.NAME}.ipynb", marking.answered(**marking.LEFT))
    (submitted / "deep").mkdir()
    here = os.open(submitted / "deep", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("x", dir_fd=here)
        below = os.open("x", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    outcomes = {o.student: o for o in batch.run(submitted, tmp_path / "out", marking.NAME, root=course, workers=0)}
    subprocess.run(["rm", "-rf", str(submitted / "deep")], check=True)  # Python's own way recurses
    assert outcomes["deep"].problem
    mark = outcomes["odd"].verdict.exercises[0]
    assert (mark.points, mark.status) == (0, "error")
    assert not {"\x1b", "\u202e", "\x00"} & set(mark.message + mark.card)
    assert outcomes["honest"].verdict.exercises[0].points == 4
    assert (tmp_path / "out" / "marks.csv").read_bytes().decode("utf-8-sig")


@pytest.mark.parametrize("inside", [".", "results", "student00/results", "../submitted/results"])
def test_results_never_go_into_the_submissions(course, tmp_path, inside):
    submitted = classroom(tmp_path / "submitted", 1)
    before = sorted(submitted.rglob("*"))
    with pytest.raises(ValueError, match="inside the submissions"):
        batch.run(submitted, submitted / inside, marking.NAME, root=course, workers=0)
    assert sorted(submitted.rglob("*")) == before
