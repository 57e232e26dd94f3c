"""A notebook alone in a room like Colab's: it fetches its helpers, runs, and comes back to be marked.

Only the notebook lies in the folder, and the students' wheel comes from loopback.
"""

import functools
import http.server
import os
import threading

import nbformat
import pytest

from grading.cli import main
from grading.notebooks import build, opening, release
from grading.notebooks.course import Address, version
from grading.results import tables
from tests.colab_room import NotToBeHad, kernel_of, make_room
from tests.kernels import execute

pytestmark = pytest.mark.slow
LOOK = """import sys, IPython, ipywidgets
print(IPython.__version__, ipywidgets.__version__, *[name in sys.modules or bool(importlib.util.find_spec(name)) for name in ("mediapy", "nbgrader")])
print(sys.modules["helpers"].__file__)"""
ANSWER = """def boltzmann_density(energy, dx):
    return torch.exp(-energy - torch.logsumexp(-energy, dim=0)) / dx
"""
FILM = """from helpers.figures import text_to_image as pictures
from helpers.figures.animation import animate
pictures.show_images(torch.rand(3, 3, 8, 8), titles=["a", "b", "c"])
pictures.show_film(torch.rand(4, 3, 8, 8))
animate([torch.rand(2, 1, 8, 8)] * 3, ["t = 2", "t = 1", "t = 0"])"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """The name of a kernel in the room."""
    folder = tmp_path_factory.mktemp("jupyter")
    try:
        python = make_room(tmp_path_factory.mktemp("room") / "venv")
    except NotToBeHad as missing:
        pytest.skip(str(missing))
    name = kernel_of(python, folder)
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(folder)
    yield name
    os.environ.pop("JUPYTER_PATH") if before is None else os.environ.update(JUPYTER_PATH=before)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server on loopback that has the wheel where a repository on GitHub would have it."""
    folder = tmp_path_factory.mktemp("web")
    wheel = folder / "a" / "course" / "raw" / "main" / "wheel"
    wheel.mkdir(parents=True)
    name = Address("http://127.0.0.1:0/a/course", version(build.ROOT)).wheel_name
    (wheel / name).write_bytes(release.student_copy(build.ROOT)[f"wheel/{name}"])
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Address(f"http://127.0.0.1:{server.server_port}/a/course", version(build.ROOT))
    server.shutdown()


def published(name, address):
    """A student's notebook as it is built when course.yml holds this address."""
    notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    next(cell for cell in notebook.cells if cell.id == "course-helpers").source = opening.finder(address)
    return notebook


def said(cell):
    """All that a cell's outputs say, as text and HTML."""
    parts = [
        [o.get("text", ""), *(str(value) for kind, value in o.get("data", {}).items() if kind != "image/png")]
        for o in cell.outputs
    ]
    return "\n".join(text for part in parts for text in part)


def as_downloaded(notebook):
    """What Colab's File → Download makes of it: format 4.0, ids in the metadata, its own mark at the top."""
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id")
    notebook.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook.nbformat_minor = 0
    return nbformat.from_dict(notebook)


@pytest.mark.parametrize("name", [name for name in build.names() if name != "1_energy"])
def test_the_first_cells_of_each_notebook_run_alone(name, kernel, address, tmp_path):
    notebook = published(name, address)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    first = next(i for i in code if "from helpers" in notebook.cells[i].source)
    notebook.cells = [*notebook.cells[: first + 1], nbformat.v4.new_code_cell(LOOK)]
    seen = execute(notebook, tmp_path, kernel, helpers=False).cells[-1]
    assert said(seen).splitlines()[:2] == [
        "7.34.0 7.7.1 False False",
        str(tmp_path / f"course-helpers-{address.version}" / "helpers" / "__init__.py"),
    ]


@pytest.mark.needs("sandbox")
def test_a_notebook_worked_on_there_comes_back_and_is_marked(kernel, address, tmp_path):
    (tmp_path / "content").mkdir()
    notebook = published("1_energy", address)
    next(cell for cell in notebook.cells if cell.id == "boltzmann_density").source = ANSWER
    notebook.cells += [nbformat.v4.new_code_cell(FILM), nbformat.v4.new_code_cell(LOOK)]
    execute(notebook, tmp_path / "content", kernel, helpers=False)
    cells = {cell.id: cell for cell in notebook.cells}
    assert "3 of 3 points" in said(cells["check_boltzmann_density"])
    assert "Not attempted yet" in said(cells["check_score_from_energy"])
    slider = next(cell for cell in notebook.cells if "figures.slider(" in cell.source)
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in slider.outputs)
    film = said(notebook.cells[-2])
    assert film.count("<img ") == 3 + 1 + 1
    assert 'alt="b"' in film
    assert said(notebook.cells[-1]).startswith("7.34.0 7.7.1 False False")

    submitted, collected, marks = tmp_path / "in" / "ada", tmp_path / "collected", tmp_path / "marks"
    submitted.mkdir(parents=True)
    downloaded = as_downloaded(nbformat.from_dict({**notebook, "cells": notebook.cells[:-2]}))
    nbformat.write(downloaded, submitted / "Copy of 1_energy.ipynb")
    assert main(["collect", str(submitted.parent), "--assignment", "1_energy", "--out", str(collected)]) == 0
    assert main(["grade", "1_energy", "--submissions", str(collected), "--out", str(marks), "--workers", "0"]) == 0
    _, rows = tables.read(marks / "marks.csv")
    points = {row["exercise"]: row["points"] for row in rows}
    assert (float(points["boltzmann_density"]), float(points["score_from_energy"])) == (3, 0)
