"""Notebooks in a real kernel, as a student's: the course's helpers, figures as Jupyter draws them, no network."""

import os

from nbclient import NotebookClient

from grading.notebooks import build

QUICK = {"COURSE_PROFILE": "quick", "HF_HUB_OFFLINE": "1"}
FIGURES = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def environment(*, helpers: bool = True, **more: str) -> dict[str, str]:
    """This process's without what pytest and the shell have put there; with `helpers` those of this checkout are found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST") and name != "PYTHONPATH"}
    return kept | ({"PYTHONPATH": os.fspath(build.ROOT)} if helpers else {}) | QUICK | more


def execute(notebook, folder, kernel: str = "python3", timeout: int = 300, **more):
    """Run all cells in `folder`; the outputs are in the notebook. `more` is for `environment`."""
    client = NotebookClient(notebook, timeout=timeout, kernel_name=kernel, resources={"metadata": {"path": os.fspath(folder)}})
    client.execute(env=environment(**FIGURES, **more))
    return notebook
