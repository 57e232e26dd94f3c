"""`course build`: from the one edited text of each notebook to what instructors and students open.

solutions/3_ddpm.py (jupytext percent format) → solutions/3_ddpm.ipynb → nbgrader's own generate_assignment →
notebooks/3_ddpm.ipynb. The same text gives the same bytes, and a notebook in which an answer or a hidden test would
reach the students is not written.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.cells import grade_id
from grading.notebooks.closing import with_closing
from grading.notebooks.course import ROOT, Address, find_course
from grading.notebooks.opening import with_opening
from helpers.files import write_text

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)


def add_parser(subparsers) -> None:
    """`course build`."""
    parser = subparsers.add_parser("build", help="make solutions/*.ipynb and notebooks/*.ipynb from solutions/*.py")
    parser.add_argument("names", nargs="*", help="notebooks to build, such as 3_ddpm (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a committed notebook differs")
    parser.add_argument("--root", type=Path, help="the course's folder (default: found from the working folder upward)")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Build the notebooks named, or say which committed ones are not what a rebuild gives."""
    root, stale = find_course(args.root), []
    for name in args.names or names(root):
        for path, text in build(root, name).items():
            if args.check:
                if not path.exists() or path.read_text(encoding="utf-8") != text:
                    stale.append(path)
            else:
                write_text(path, text)
                print(path.relative_to(root))
    for path in stale:
        print(f"{path.relative_to(root)} is not what a rebuild gives: run `course build`", file=sys.stderr)
    return 1 if stale else 0


def names(root: Path = ROOT) -> list[str]:
    """The notebooks of the course in their order: 1_energy, 2_langevin, …"""
    return sorted(path.stem for path in (root / "solutions").glob("[0-9]_*.py"))


def build(root: Path, name: str) -> dict[Path, str]:
    """The two notebooks made from one text: {path: content}.

    Raises:
        ValueError: there is no such text, a grade_id stands twice, or an answer would leak to the students.
    """
    source = solution_notebook(root, name)
    student = student_notebook(source, name)
    found = leaks(source, student)
    if found:
        raise ValueError(f"{name}: students would see {'; '.join(found)}")
    return {
        root / "solutions" / f"{name}.ipynb": nbformat.writes(source) + "\n",
        root / "notebooks" / f"{name}.ipynb": nbformat.writes(student) + "\n",
    }


def solution_notebook(root: Path, name: str) -> NotebookNode:
    """solutions/<name>.py as a notebook with stable cell ids and no outputs. Raises ValueError if there is none, or no text."""
    import jupytext

    path = root / "solutions" / f"{name}.py"
    if not path.exists():
        raise ValueError(f"there is no {path}; there are: {', '.join(names(root))}")
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as UTF-8") from None
    notebook.metadata = nbformat.from_dict(KERNEL)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _fix_ids(notebook, name)
    with_opening(notebook, name, Address.of(root))
    with_closing(notebook, name)
    nbformat.validate(notebook)
    return notebook


def student_notebook(source: NotebookNode, name: str) -> NotebookNode:
    """What nbgrader's generate_assignment makes of a solution notebook. Raises ValueError if nbgrader refuses it."""
    from nbgrader.apps import NbGraderAPI

    from grading.notebooks.alembic_path import find_alembic

    find_alembic()
    from traitlets.config import Config

    with tempfile.TemporaryDirectory() as folder:
        origin = Path(folder, "source", name, f"{name}.ipynb")
        origin.parent.mkdir(parents=True)
        nbformat.write(source, origin)
        config = Config()
        config.CourseDirectory.root = folder
        config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
        api = NbGraderAPI(config=config)
        result = api.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            raise ValueError(f"nbgrader refused {name}:\n{result.get('log')}\n{result.get('error')}")
        return nbformat.read(Path(folder, "release", name, f"{name}.ipynb"), as_version=4)


def leaks(source: NotebookNode, student: NotebookNode) -> list[str]:
    """What of the answers and hidden tests would reach the students: a phrase each, naming the cell."""
    visible = "\n".join(cell.source for cell in student.cells)
    lines = {line.strip() for line in visible.splitlines()}
    given = {line.strip() for cell in source.cells for line in HIDDEN.sub("", SOLUTION.sub("", cell.source)).splitlines()}
    found = [f"the marker {word!r}" for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS") if word in visible]
    for cell in source.cells:
        where = grade_id(cell) or cell.id
        for pattern, what in ((SOLUTION, "answer"), (HIDDEN, "hidden test")):
            for region in pattern.findall(cell.source):
                secret = {line.strip() for line in region.splitlines() if len(line.strip()) > 12} - given
                found += [f"a line of the {what} of {where}: {line!r}" for line in sorted(secret & lines)]
    if any(cell.get("outputs") for cell in student.cells):
        found.append("outputs of the executed solution")
    return found


def _fix_ids(notebook: NotebookNode, name: str) -> None:
    """Give every cell an id that depends on its content alone; graded cells are called by their grade_id."""
    seen: set[str] = set()
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
        given = grade_id(cell)
        if given in seen:
            raise ValueError(f"{name}: the grade_id {given!r} stands twice; each must be its own")
        base = given or "c" + hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        cell.id = base if base not in seen else f"{base}-{sum(s.startswith(base) for s in seen)}"
        seen.add(cell.id)
