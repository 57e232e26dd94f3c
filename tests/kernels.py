"""Notebooks in a real kernel, as a student's: the course's helpers, figures as Jupyter draws them, no network."""

from grading.notebooks import build
from grading.notebooks.execute import environment as course_environment
from grading.notebooks.execute import run_in


def environment(*, helpers: bool = True, **more: str) -> dict[str, str]:
    """What a notebook of the course finds in the quick profile; without `helpers` those of this checkout are not found."""
    kept = course_environment(build.ROOT, "quick")
    return {name: value for name, value in kept.items() if helpers or name != "PYTHONPATH"} | more


def execute(notebook, folder, kernel: str = "python3", timeout: int = 300, **more):
    """Run all cells in `folder`; the outputs are in the notebook. `more` is for `environment`."""
    run_in(folder, notebook, environment(**more), kernel, timeout)
    return notebook
