"""The build is a function of the text alone, gives students no answers, and every exercise has its marks."""

import nbformat
import pytest

from grading.notebooks import build
from helpers import checks

NAMES = build.names()
SOURCE = """# %% [markdown]
# # A title

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x  # the whole secret
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert double(2) == 4
### BEGIN HIDDEN TESTS
assert double(3) == 6
### END HIDDEN TESTS
"""


@pytest.fixture(scope="module")
def built():
    return {name: build.build(build.ROOT, name) for name in NAMES}


def write(tmp_path, text):
    (tmp_path / "solutions").mkdir(exist_ok=True)
    (tmp_path / "solutions" / "9_toy.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_committed_notebooks_are_what_a_rebuild_gives_to_the_byte(built):
    for contents in built.values():
        for path, text in contents.items():
            assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `course build`"


def test_there_is_a_notebook_for_students_of_each_text_and_no_other():
    assert sorted(path.stem for path in (build.ROOT / "notebooks").glob("*.ipynb")) == NAMES
    assert NAMES


def test_student_notebooks_hold_stubs_and_no_outputs_and_no_answers(built):
    for name, contents in built.items():
        student = nbformat.reads(list(contents.values())[1], as_version=4)
        answers = [c for c in student.cells if c.metadata.get("nbgrader", {}).get("solution")]
        assert answers, name
        for cell in answers:
            stub = "YOUR ANSWER HERE" if cell.cell_type == "markdown" else "raise NotImplementedError()"
            assert stub in cell.source, cell.id
        assert not any(c.get("outputs") for c in student.cells)
        assert build.leaks(nbformat.reads(next(iter(contents.values())), as_version=4), student) == []


def test_every_coded_exercise_has_a_locked_check_worth_its_points(built):
    found = set()
    for contents in built.values():
        student = nbformat.reads(list(contents.values())[1], as_version=4)
        for cell in student.cells:
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade") and cell.cell_type == "code":
                name = meta["grade_id"].removeprefix("check_")
                assert meta["points"] == checks.POINTS[name], name
                assert meta["locked"]
                assert f"checks.{name}(" in cell.source
                found.add(name)
    assert found == set(checks.POINTS)


def test_cells_are_short_and_written_answers_have_a_rubric(built):
    for name, contents in built.items():
        source = nbformat.reads(next(iter(contents.values())), as_version=4)
        for cell in source.cells:
            meta = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and not meta.get("solution"):
                assert len(cell.source.splitlines()) <= 44, f"{name}: {cell.id}"
            if cell.cell_type == "markdown" and meta.get("grade"):
                assert "Rubric" in cell.source, f"{name}: {cell.id}"


def test_nothing_in_a_notebook_is_fetched_when_it_is_read(built):
    for name, contents in built.items():
        for cell in nbformat.reads(list(contents.values())[1], as_version=4).cells:
            assert "](http" not in cell.source.replace("[", "").replace("![", "") or "![" not in cell.source, name
            assert "<iframe" not in cell.source.lower()
            assert 'src="http' not in cell.source.lower()


def test_the_same_text_gives_the_same_bytes_and_stable_ids(tmp_path):
    first, second = (build.build(write(tmp_path, SOURCE), "9_toy") for _ in range(2))
    assert first == second
    longer = build.build(write(tmp_path, "# %% [markdown]\n# New at the top\n\n" + SOURCE), "9_toy")
    ids = [[c.id for c in nbformat.reads(list(b.values())[1], as_version=4).cells] for b in (first, longer)]
    assert ids[1][1:] == ids[0]
    assert "double" in ids[0]


def test_the_hidden_half_of_a_test_stays_behind(tmp_path):
    source, student = build.build(write(tmp_path, SOURCE), "9_toy").values()
    assert "double(3)" in source
    assert "double(3)" not in student
    assert "secret" not in student
    assert "double(2) == 4" in student


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.replace("check_double", "double"), "stands twice"),
        (lambda s: s.replace("### END SOLUTION", ""), "nbgrader refused"),
    ],
)
def test_a_mistake_in_the_text_stops_the_build(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        build.build(write(tmp_path, change(SOURCE)), "9_toy")


def test_an_answer_or_a_hidden_test_that_stays_in_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "student_notebook", lambda source, name: source)
    with pytest.raises(ValueError, match="answer of double.*hidden test of check_double"):
        build.build(write(tmp_path, SOURCE), "9_toy")


def test_check_mode_names_the_stale_file_and_writes_nothing(tmp_path, capsys):
    from grading.cli import main

    write(tmp_path, SOURCE)
    assert main(["build", "--root", str(tmp_path)]) == 0
    assert main(["build", "--root", str(tmp_path), "--check"]) == 0
    stale = tmp_path / "notebooks" / "9_toy.ipynb"
    stale.write_text("{}", encoding="utf-8")
    assert main(["build", "--root", str(tmp_path), "--check"]) == 1
    assert "notebooks/9_toy.ipynb is not what a rebuild gives" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("name", build.names())
def test_no_line_of_code_is_cut_off_at_the_common_widths_of_a_window(name):
    notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert [line for line in code if len(line) > 95 and not line.startswith("WHEEL = ")] == []
