"""How far along the notebooks are, read from the cards that were saved with them."""

import shutil

import nbformat
import pytest

from grading.cli import main
from grading.notebooks import build
from helpers import checks, langevin, status
from helpers.checks import card


@pytest.fixture
def folder(tmp_path):
    """Notebooks 1 and 2 as students get them, with two checks' cards saved in notebook 2."""
    for name in ("1_energy", "2_langevin"):
        notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells if name == "2_langevin" else ():
            if cell.id == "check_langevin_step":
                with checks.collecting() as results:
                    checks.langevin_step(langevin.langevin_step)
                data = {"text/plain": card.text(results[0]), "text/html": card.html(results[0])}
                cell.outputs = [nbformat.v4.new_output("display_data", data)]
            if cell.id == "check_dsm_loss":
                said = "dsm_loss: Partly right (1.5 of 4 points)\n"
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    return tmp_path


def test_points_are_those_of_the_saved_cards_and_the_first_open_exercise_is_next(folder, capsys):
    found = {e.name: (e.score, e.most, e.done) for e in status.exercises(folder / "2_langevin.ipynb")}
    assert found == {"langevin_step": (2, 2, True), "dsm_loss": (1.5, 4, False), "annealed_langevin": (0, 4, False)}
    assert main(["status", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines[:4]] == [
        "1_energy 0 of 3 exercises done 0 of 8 points",
        "2_langevin 1 of 3 exercises done 3.5 of 10 points",
        "all 1 of 6 exercises done 3.5 of 18 points",
        "Next: boltzmann_density, in 1_energy.ipynb.",
    ]


def test_every_notebook_of_the_course_can_be_read():
    for path in (build.ROOT / "notebooks").glob("[0-9]_*.ipynb"):
        assert {e.name for e in status.exercises(path)} <= set(checks.CHECKS)
        assert all(e.most == checks.POINTS[e.name] for e in status.exercises(path))


def test_a_folder_without_notebooks_is_said_in_one_line(tmp_path, capsys):
    assert main(["status", str(tmp_path)]) == 2
    assert "no notebook of the course" in capsys.readouterr().err


GRADED = '{"cell_type": "code", "source": "checks.x(x)", "metadata": {"nbgrader": {"grade": true%s}}%s}'


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "5", "{}", '{"cells": 5}', '{"cells": ["x"]}', '{"cells": [{"metadata": 5}]}', '{"cells": [{"source": 5}]}']
    + ['{"cells": [%s]}' % (GRADED % more) for more in (("", ""), (', "points": 2', ', "outputs": [5]'))],
)
def test_a_damaged_notebook_is_named_in_one_line(text, tmp_path, capsys):
    (tmp_path / "1_energy.ipynb").write_text(text)
    assert main(["status", str(tmp_path)]) == 2
    said = capsys.readouterr().err.strip()
    assert "1_energy.ipynb is no notebook, or damaged" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("copy", ["1_energy-Copy1", "1_energy (2)", "1_energy - Kopie", "1_energy copy"])
def test_a_copy_counts_only_where_the_notebook_itself_is_not_beside_it(copy, tmp_path, capsys):
    shutil.copy(build.ROOT / "notebooks" / "1_energy.ipynb", tmp_path / f"{copy}.ipynb")
    assert main(["status", str(tmp_path)]) == 0
    assert f"{copy} " in capsys.readouterr().out
    shutil.copy(build.ROOT / "notebooks" / "1_energy.ipynb", tmp_path / "1_energy.ipynb")
    assert main(["status", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert " 0 of  3 exercises done" in said.splitlines()[1]
    assert f"Not counted, as 1_energy.ipynb lies beside it: {copy}.ipynb" in said
