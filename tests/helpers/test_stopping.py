"""A cell that is stopped, in a real kernel: one line in place of the frames, and Run All halts."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from helpers.stopping import LINE
from tests.kernels import execute

START = "from helpers.figures.plotting import use_course_style\nuse_course_style()"
BY_HAND = "import signal\n\ndef deep(n):\n    return deep(n - 1) if n else signal.raise_signal(signal.SIGINT)\n\ndeep(30)"
OWN_WORDS = "from helpers.fit import Stopped\nraise Stopped('Stopped at step 7 of 9; nothing was saved.')"
FAULT = "1 / 0"


def stopped(source, tmp_path):
    """What a notebook shows whose second cell is `source`, and whether its third still ran."""
    cells = [nbformat.v4.new_code_cell(text) for text in (START, source, "print('went on')")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.raises(CellExecutionError):
        execute(notebook, tmp_path)
    return notebook.cells[1].outputs, notebook.cells[2].outputs


@pytest.mark.parametrize(
    ("source", "said"), [(BY_HAND, LINE), (OWN_WORDS, "Stopped at step 7 of 9; nothing was saved.")], ids=["by hand", "own words"]
)
def test_a_stop_is_one_line_and_run_all_halts(tmp_path, source, said):
    outputs, later = stopped(source, tmp_path)
    assert [(output.output_type, output.traceback) for output in outputs] == [("error", [said])]
    assert later == []


def test_a_fault_still_shows_where_it_is(tmp_path):
    outputs, _ = stopped(FAULT, tmp_path)
    assert len(outputs[0].traceback) > 2
    assert outputs[0].ename == "ZeroDivisionError"
