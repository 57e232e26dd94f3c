"""Answers of earlier years: gathered from any folder of old notebooks, and named where this year's are like them."""

import nbformat
import pytest

from grading import cli
from grading.intake import cleaning
from grading.results import earlier, report, similarity
from tests import marking
from tests.classroom import outcome
from tests.submissions import release, submission

LONG = "def double(x):\n    total = 0\n" + "".join(f"    total = total + x * {k}\n" for k in range(12)) + "    return total\n"
SAME = LONG.replace("total", "acc").replace("return", "# mine\n    return")


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture
def old(tmp_path):
    """Two years' submissions, a stub and a spoilt file among them."""
    place = tmp_path / "old"
    write(place / "2023" / "ada" / "a.ipynb", submission(double=SAME))
    write(place / "2024" / "bob.ipynb", submission(double="def double(x):\n    return x + x"))
    write(place / "2024" / "untouched.ipynb", release())
    (place / "2024" / "spoilt.ipynb").write_text("{ no notebook")
    return place


def gathered(old):
    return earlier.gather(earlier.books(old), release(), lambda book: cleaning.clean(book, release()))


def test_old_notebooks_are_found_wherever_they_lie_and_stubs_are_no_answers(old):
    found = gathered(old)
    assert set(found["double"]) == {"2023/ada/a", "2024/bob"}
    assert "2024/untouched" not in found.get("Up_Down", {})


def test_a_copy_of_an_earlier_year_is_shown_and_earlier_years_alone_are_not(old, tmp_path):
    earlier.keep(tmp_path, gathered(old))
    report.write(tmp_path, "small", [outcome("eve")])
    assert "2023/ada" not in (tmp_path / "report.html").read_text()
    copied = outcome("mallory")
    for cell in copied.notebook.cells:
        cell.source = LONG if cell.source.startswith("def double") else cell.source
    report.write(tmp_path, "small", [copied, outcome("eve")])
    page = (tmp_path / "report.html").read_text()
    assert "earlier years: 2023/ada/a" in page
    assert "Earlier years are compared as well" in page


def test_what_the_course_taught_in_both_years_is_no_hint():
    years = {"f": {f"old{n}": LONG for n in range(10)}}
    assert similarity.groups({"f": {"ada": LONG, "bob": "x = 1"}}, years) == []
    (group,) = similarity.groups({"f": {"ada": LONG}}, {"f": {"ada": SAME}})
    assert (group.students, group.earlier) == (("ada",), ("ada",))


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_notebooks_is_refused_before_anything_is_marked(tmp_path, capsys, empty):
    (tmp_path / "in" / "ada").mkdir(parents=True)
    if empty:
        (tmp_path / "old").mkdir()
    command = ["grade", "3_ddpm", "--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert cli.main([*command, "--earlier", str(tmp_path / "old")]) == 2
    assert "old submissions" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.needs("sandbox")
def test_grade_compares_and_every_later_report_does(tmp_path):
    marking.course(tmp_path)
    answers = {"cosine_beta_schedule": marking.solution("cosine_beta_schedule"), **marking.LEFT}
    long = answers["cosine_beta_schedule"] + "\n\ndef plot(x):\n" + "".join(f"    x = x + {k} * x\n" for k in range(12))
    write(tmp_path / "in" / "eve" / "a.ipynb", marking.answered(**answers | {"cosine_beta_schedule": long}))
    write(tmp_path / "old" / "bob.ipynb", marking.answered(**answers | {"cosine_beta_schedule": long}))
    command = ["grade", marking.NAME, "--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    command += ["--root", str(tmp_path), "--workers", "0"]
    assert cli.main([*command, "--earlier", str(tmp_path / "old")]) == 0
    assert "earlier years: bob" in (tmp_path / "out" / "report.html").read_text()
    assert cli.main([*command, "--resume"]) == 0
    assert "earlier years: bob" in (tmp_path / "out" / "report.html").read_text()
