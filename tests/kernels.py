"""Notebooks in a real kernel, as a student's: the course's helpers, figures as Jupyter draws them, no network."""

import os

from nbclient import NotebookClient

from grading.notebooks import build
from grading.notebooks.execute import environment as course_environment


def environment(*, helpers: bool = True, **more: str) -> dict[str, str]:
    """What a notebook of the course finds in the quick profile; without `helpers` those of this checkout are not found."""
    kept = course_environment(build.ROOT, "quick")
    return {name: value for name, value in kept.items() if helpers or name != "PYTHONPATH"} | more


def execute(notebook, folder, kernel: str = "python3", timeout: int = 300, **more):
    """Run all cells in `folder`; the outputs are in the notebook. `more` is for `environment`."""
    client = NotebookClient(notebook, timeout=timeout, kernel_name=kernel, resources={"metadata": {"path": os.fspath(folder)}})
    client.execute(env=environment(**more))
    return notebook
