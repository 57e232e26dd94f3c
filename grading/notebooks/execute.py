"""Notebooks run from top to bottom, and their runs kept so that the next build of the site need not run them again.

A run is kept by its profile and its code cells, as jupyter-cache does: new prose costs nothing, new code runs again. A change in
helpers/ is not seen; `make site FRESH=1` (or `make clean`) runs everything anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

KERNEL = {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
KEPT_FROM_IT = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "HF_TOKEN")  # the way to the network, and an account
TIMEOUT = 3600  # seconds a cell may take on a busy machine


def executed(path: Path, root: Path, profile: str, runs: Path, fresh: bool = False) -> NotebookNode:
    """The notebook at `path` with the outputs of a run; run now only if `runs` keeps no run of this very code.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    kept = runs / f"{path.stem}-{profile}-{key(notebook)}.ipynb"
    if kept.exists() and not fresh:
        return with_outputs(notebook, nbformat.read(kept, as_version=4))
    started = time.monotonic()
    print(f"Running {path.stem} in profile “{profile}” …", flush=True)
    run(notebook, root, profile)
    print(f"  {path.stem}: {time.monotonic() - started:.0f} s", flush=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".tmp")
    nbformat.write(notebook, unfinished)
    unfinished.replace(kept)
    return notebook


def key(notebook: NotebookNode) -> str:
    """A name for what the notebook computes: a digest of its code cells, in order."""
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def with_outputs(notebook: NotebookNode, run: NotebookNode) -> NotebookNode:
    """The notebook with the outputs of a run of the same code cells."""
    done = (cell for cell in run.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            before = next(done)
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return notebook


def run(notebook: NotebookNode, root: Path, profile: str) -> None:
    """Run every cell in a kernel without network, in an empty folder (no earlier run's checkpoint), with `root`'s helpers.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    (root / ".course").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / ".course") as work:
        run_in(Path(work), notebook, environment(root, profile))


def run_in(folder: Path, notebook: NotebookNode, env: dict[str, str], kernel: str = "python3", timeout: float = TIMEOUT) -> None:
    """Run every cell in `folder`, in a kernel with this environment; raises CellExecutionError for a cell that failed."""
    resources = {"metadata": {"path": os.fspath(folder)}}
    NotebookClient(notebook, timeout=timeout, kernel_name=kernel, resources=resources).execute(env=env)


def environment(root: Path, profile: str) -> dict[str, str]:
    """What such a kernel finds: `root`'s helpers, figures as Jupyter draws them, and no way to the network or to an account."""
    # under pytest a failing check raises; in a student's kernel it shows a card
    here = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name not in KEPT_FROM_IT}
    return here | KERNEL | {"COURSE_PROFILE": profile, "PYTHONPATH": os.fspath(root)}
