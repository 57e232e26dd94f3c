"""Runs of notebooks are kept by what they compute, and a kernel sees neither the network's door nor an account."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.notebooks.execute import executed

COUNTS = "from pathlib import Path\nfile = Path({log!r})\nfile.write_text(file.read_text() + 'x')\nprint({said!r})"


@pytest.fixture
def course(tmp_path):
    """A course of one notebook: write(said, prose) makes it, run() returns what its kept or new run printed."""
    log = tmp_path / "log"
    log.write_text("")

    def write(said, prose=""):
        cells = [new_markdown_cell(prose), new_code_cell(COUNTS.format(log=str(log), said=said))]
        nbformat.write(new_notebook(cells=cells), tmp_path / "one.ipynb")

    def run(fresh=False):
        notebook = executed(tmp_path / "one.ipynb", tmp_path, "quick", tmp_path / "runs", fresh)
        return notebook.cells[0].source, notebook.cells[1].outputs[0].text, len(log.read_text())

    return write, run


def test_new_prose_costs_nothing_and_new_code_runs_again(course):
    write, run = course
    write("a", "as it was")
    assert run() == ("as it was", "a\n", 1)
    write("a", "rewritten")
    assert run() == ("rewritten", "a\n", 1)
    assert run(fresh=True) == ("rewritten", "a\n", 2)
    write("b", "rewritten")
    assert run() == ("rewritten", "b\n", 3)


def test_a_run_that_failed_is_not_kept(course, tmp_path):
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), tmp_path / "one.ipynb")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        course[1]()
    assert not (tmp_path / "runs").exists()


def test_the_kernel_gets_no_proxy_and_no_token(tmp_path, monkeypatch):
    for name in ("https_proxy", "HTTP_PROXY", "HF_TOKEN"):
        monkeypatch.setenv(name, "there")
    shown = new_code_cell("import os\nprint([name for name in ('https_proxy', 'HTTP_PROXY', 'HF_TOKEN') if name in os.environ])")
    nbformat.write(new_notebook(cells=[shown]), tmp_path / "one.ipynb")
    notebook = executed(tmp_path / "one.ipynb", tmp_path, "quick", tmp_path / "runs")
    assert notebook.cells[0].outputs[0].text == "[]\n"
