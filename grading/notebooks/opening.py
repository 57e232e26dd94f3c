"""What every notebook opens with: links to open it elsewhere, and the cell that finds the course's helpers.

The cell is code that runs in the student's kernel, before anything of the course can be imported.
"""

from __future__ import annotations

import textwrap

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.notebooks.course import Address

FINDER = '''\
# Finds the course's helpers: installed, in the folder above, or fetched from its address.
import importlib, importlib.util, subprocess, sys  # noqa: E401
from pathlib import Path

WHEEL = "{wheel}"
FETCHED = Path.cwd() / "course-helpers-{version}"

def is_the_course():  # and not another package that is called helpers, too
    spec = importlib.util.find_spec("helpers")
    return bool(spec and spec.origin and Path(spec.origin).with_name("schedules.py").is_file())

def is_in(folder):
    for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return is_the_course() or sys.path.remove(str(folder))

def pip(*what):
    quietly = ("--quiet", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", *quietly, *map(str, what)]
    return subprocess.run(command).returncode == 0

if not is_the_course() and not any(map(is_in, (Path.cwd().parent, FETCHED))):
    to_fetched = ("--no-deps", "--upgrade", "--target", FETCHED)
    if not (WHEEL and pip(*to_fetched, WHEEL) and is_in(FETCHED)):
        raise ModuleNotFoundError(
            {advice}
        ) from None
NEEDED = {needs}
MISSING = [name for name in NEEDED.split() if not importlib.util.find_spec(name)]
if MISSING and not pip(*MISSING):
    print("Not installed, and some figures need them:", *MISSING)
'''
NEEDS = "diffusers transformers accelerate safetensors seaborn ipywidgets ipycanvas"
ADVICE = {
    True: "The course's helpers could not be fetched; pip says why above. Connect to the internet (in Kaggle, switch Internet on) and run "
    "this cell again. If the address is not found, tell your instructor.",
    False: "The course's helpers are not here: open this notebook in the folder notebooks/ of the course, with helpers/ beside it. "
    "(Colab and Kaggle need the copy that your instructor has published: ask for its link.)",
}


def with_opening(notebook: NotebookNode, name: str, address: Address) -> None:
    """Put the opening cells before the notebook's first code cell, and the links below its title."""
    code = next((i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"), len(notebook.cells))
    notebook.cells.insert(code, new_code_cell(finder(address), id="course-helpers"))
    links = " · ".join(f"[{service}]({link})" for service, link in address.links(name).items())
    if links:
        notebook.cells.insert(min(1, code), new_markdown_cell(f"Open this notebook in {links}", id="open-elsewhere"))


def finder(address: Address) -> str:
    """The source of the cell that finds the helpers."""
    lines = textwrap.wrap(ADVICE[bool(address.wheel)], 78, drop_whitespace=False)
    advice = "\n            ".join(f'"{line}"' for line in lines)
    return FINDER.format(wheel=address.wheel, version=address.version, needs=f'"{NEEDS}"', advice=advice).rstrip()
