"""Simulated classes: the shares asked for, the same class for the same seed, and files that intake can take."""

import json
import random
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from grading.cli import main
from grading.intake import cleaning
from grading.intake.matching import slots, untouched
from grading.locks import locked
from grading.simulate import damage
from grading.simulate.cases import adversaries, corpus
from grading.simulate.classroom import Maker, simulate
from helpers.files import write_bytes
from tests.submissions import release

TESTS = Path(__file__).parents[2]
UNREADABLE = (damage.empty, damage.exported_as_pdf, damage.text_in_place_of_a_notebook)
ATTACK = """# Ends the process.
#
# exercise: double
# points: 0

HELPER = 1

# %%
def double(x):
    import os
    os._exit(HELPER)
"""


@pytest.fixture
def course(tmp_path):
    """A course folder with the small assignment, a corpus for it and one hostile submission."""
    root = tmp_path / "course"
    (root / "notebooks").mkdir(parents=True)
    nbformat.write(release(), root / "notebooks" / "small.ipynb")
    (root / "tests" / "corpus" / "answers").mkdir(parents=True)
    shutil.copy(TESTS / "corpus" / "__init__.py", root / "tests" / "corpus")
    (root / "tests" / "corpus" / "answers" / "double.py").write_text(
        "# %% right plainly\ndef double(x):\n    return 2 * x\n"
        "# %% right with a loop\ndef double(x):\n    return sum([x, x])\n"
        "# %% wrong [squared] squares\ndef double(x):\n    return x * x\n"
    )
    (root / "tests" / "corpus" / "answers" / "Up_Down.py").write_text(
        "# %% right plainly\nclass Up: ...\nclass Down: ...\n# %% wrong [one] one only\nclass Up: ...\n"
    )
    (root / "tests" / "adversarial").mkdir()
    (root / "tests" / "adversarial" / "exits.py").write_text(ATTACK)
    return root


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_shares_are_met_to_the_nearest_student(course, tmp_path):
    made = simulate(40, "small", tmp_path / "out", "right=40,wrong=45,broken=10,hostile=5", root=course)
    assert Counter(m.kind for m in made) == {"right": 16, "wrong": 18, "broken": 4, "hostile": 2}
    few = simulate(7, "small", tmp_path / "few", "right=40,wrong=45,broken=10,hostile=5", root=course)
    assert Counter(m.kind for m in few) == {"right": 3, "wrong": 3, "broken": 1}  # of 2.8, 3.15, 0.7 and 0.35
    assert len({m.student for m in made}) == 40
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted([".lock", *(m.student for m in made), "simulated.json"])


def test_the_same_seed_makes_the_same_class(course, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(30, "small", tmp_path / name, seed=seed, root=course)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a") != files(tmp_path / "c")


def test_right_students_hold_right_answers_and_hostile_ones_the_attack(course, tmp_path):
    made = simulate(12, "small", tmp_path / "out", "right=1,hostile=1", root=course)
    right = {case.source.strip() for case in corpus(course)[0]["double"] if case.right}
    for student in made:
        notebook = nbformat.read(tmp_path / "out" / student.student / "small.ipynb", as_version=4)
        (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double"]
        if student.kind == "right":
            assert cell.source.strip() in right
        else:
            assert "os._exit" in cell.source
            assert notebook.cells[notebook.cells.index(cell) - 1].source == "HELPER = 1"


@pytest.mark.parametrize("way", damage.ALL, ids=lambda way: way.__name__)
def test_intake_takes_every_damaged_file(course, tmp_path, way, monkeypatch):
    monkeypatch.setattr(damage, "ALL", (way,))
    (made,) = simulate(1, "small", tmp_path / "out", "broken=1", root=course)
    given = release()
    result = cleaning.clean(tmp_path / "out" / made.student, given, "small")
    assert made.what == way.__name__
    assert result.repairs or result.problem
    assert (result.problem is not None) == (way in UNREADABLE)
    if way not in (*UNREADABLE, damage.truncated):
        found = {c.metadata.nbgrader.grade_id: c for c in result.notebook.cells if "nbgrader" in c.metadata}
        assert set(found) == {slot.grade_id for slot in slots(given)}
        assert not any(untouched(found[s.grade_id].source, s.stub) for s in slots(given) if s.role == "answer")


def test_a_new_class_replaces_the_old_one_and_nothing_else(course, tmp_path):
    simulate(5, "small", tmp_path / "out", root=course)
    (tmp_path / "out" / "mine").mkdir()
    with pytest.raises(ValueError, match="expected --shares"):
        simulate(2, "small", tmp_path / "out", "rihgt=1", root=course)
    with locked(tmp_path / "out", "course simulate 9"), pytest.raises(ValueError, match="in use by `course simulate 9`"):
        simulate(2, "small", tmp_path / "out", root=course)
    assert len(list((tmp_path / "out").glob("*/"))) == 5 + len(["mine"])  # what was refused took nothing away
    simulate(2, "small", tmp_path / "out", root=course)
    assert len(list((tmp_path / "out").iterdir())) == 2 + len(["mine", "simulated.json", ".lock"])


def test_a_class_that_was_stopped_half_way_is_replaced(course, tmp_path, monkeypatch):
    written = []

    def stops(path, data):
        written.append(path)
        if len(written) == 4:
            raise KeyboardInterrupt
        write_bytes(path, data)

    monkeypatch.setattr("grading.simulate.classroom.write_bytes", stops)
    with pytest.raises(KeyboardInterrupt):
        simulate(5, "small", tmp_path / "out", root=course)
    monkeypatch.undo()
    made = simulate(3, "small", tmp_path / "out", seed=1, root=course)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted([".lock", *(m.student for m in made), "simulated.json"])


@pytest.mark.parametrize("damage", ["[", "null", "[3]", '[{"name": "ada"}]'])
def test_a_damaged_note_of_a_class_is_named_with_what_to_do(course, tmp_path, damage):
    simulate(2, "small", tmp_path / "out", root=course)
    (tmp_path / "out" / "simulated.json").write_text(damage)
    with pytest.raises(ValueError, match="simulated.json is damaged: name a new folder"):
        simulate(2, "small", tmp_path / "out", root=course)


def test_what_makes_no_sense_is_refused_in_a_sentence(course, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    for arguments, words in [
        ((0, "small", tmp_path / "a"), "class of at least 1"),
        ((1, "other", tmp_path / "a"), "course build"),
        ((1, "small", tmp_path / "full"), "not made by `course simulate`"),
        ((1, "small", tmp_path / "a", "right=0"), "all shares are 0"),
        ((1, "small", tmp_path / "a", "rihgt=1"), "expected --shares"),
        ((1, "small", tmp_path / "a", "right=40 %"), "expected --shares"),
    ]:
        with pytest.raises(ValueError, match=words):
            simulate(*arguments, root=course)
    shutil.rmtree(course / "tests")
    with pytest.raises(ValueError, match="part of the repository"):
        simulate(1, "small", tmp_path / "a", root=course)


def test_the_courses_own_corpus_makes_a_class(tmp_path, capsys):
    assert main(["simulate", "6", "--assignment", "3_ddpm", "--out", str(tmp_path / "out")]) == 0
    assert "6 submissions" in capsys.readouterr().out
    assert adversaries(TESTS.parent)


@pytest.mark.parametrize("path", sorted((TESTS.parent / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_answer_to_the_courses_own_notebooks_is_lost_with_the_metadata(path):
    given = nbformat.read(path, as_version=4)
    maker = Maker(given, random.Random(0), TESTS.parent)
    for _ in range(5):
        handed_in = json.loads(maker.right()[0][damage.BOOK])
        wanted = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in handed_in["cells"] if "nbgrader" in c["metadata"]}
        for cell in handed_in["cells"]:
            cell["metadata"] = {}
        result = cleaning.clean(json.dumps(handed_in).encode(), given)
        found = {c.metadata.nbgrader.grade_id: c.source for c in result.notebook.cells if "nbgrader" in c.metadata}
        assert found == {name: "".join(source) for name, source in wanted.items()}
