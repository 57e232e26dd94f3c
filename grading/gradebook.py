"""nbgrader's gradebook, filled through nbgrader's own interface, one transaction a student.

The folder of results is itself an nbgrader course: formgrader, `nbgrader generate_feedback` and `nbgrader export` work in it.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import nbgrader
from alembic.script import ScriptDirectory
from nbgrader.api import Base, Gradebook
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, LockCells, SaveCells
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SAWarning
from sqlalchemy.pool import NullPool

from grading.marked import text_of
from grading.model import Outcome
from helpers.files import write_text

CONFIG = """\
# Made by `course grade`, so that formgrader, `nbgrader generate_feedback` and `nbgrader export` work in this folder.
from grading.executor import configure

configure(get_config(), root={root!r})  # noqa: F821
"""


class Book:
    """The gradebook of a folder of results, for one assignment; use as a context manager, from one process at a time."""

    def __init__(self, folder: Path, assignment: str, source, release):
        self.folder, self.assignment = Path(folder), assignment
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:///{(self.folder / 'gradebook.db').resolve()}"
        self._course_files(source, release)
        _create(self.url)
        self._gradebook = Gradebook(self.url)
        self._declare(source)
        declared = self._gradebook.find_notebook(assignment, assignment)
        # looked up once: by way of a grade each name would be a query
        self._names = {cell.id: cell.name for cell in (*declared.grade_cells, *declared.solution_cells)}
        # nbgrader commits at every step; here its steps are parts of a transaction of ours
        self._connection = self._gradebook.engine.connect()
        self._gradebook.db.remove()
        self._gradebook.db.configure(bind=self._connection, join_transaction_mode="rollback_only")

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_exception) -> None:
        self._gradebook.db.remove()
        self._connection.close()
        self._gradebook.close()

    def record(self, outcome: Outcome) -> None:
        """Write one student's marks; all of them or none. Marks that a person gave by hand are kept."""
        with self._connection.begin():
            self._fill_in(self._gradebook, outcome)
            self._gradebook.db.commit()  # writes; what makes it last is the end of this block

    def _fill_in(self, book: Gradebook, outcome: Outcome) -> None:
        book.update_or_create_student(outcome.student)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader relies on an order that SQLAlchemy 2 remarks on
            book.update_or_create_submission(self.assignment, outcome.student)
        submitted = book.find_submission_notebook(self.assignment, self.assignment, outcome.student)
        marks = {mark.grade_id: mark for mark in outcome.verdict.exercises}
        for grade in submitted.grades:
            mark = marks.get(self._names[grade.cell_id])
            waits = mark is not None and mark.status == "manual"
            grade.auto_score = None if waits else mark.points if mark else 0.0
            grade.needs_manual_grade = waits or grade.manual_score is not None
        for comment in submitted.comments:
            mark = marks.get(self._names[comment.cell_id])
            comment.auto_comment = "No response." if mark is not None and mark.status == "empty" else None

    def _course_files(self, source, release) -> None:
        write_text(self.folder / "nbgrader_config.py", CONFIG.format(root=str(self.folder.resolve())))
        for step, notebook in (("source", source), ("release", release)):
            path = self.folder / step / self.assignment / f"{self.assignment}.ipynb"
            write_text(path, text_of(notebook))

    def _declare(self, source) -> None:
        """Tell the gradebook of the assignment's cells, as `nbgrader generate_assignment` does."""
        self._gradebook.update_or_create_assignment(self.assignment)
        about = {"notebook": self.assignment, "assignment": self.assignment, "db_url": self.url}
        notebook, resources = copy.deepcopy(source), {"nbgrader": about}
        try:
            for step in (LockCells, ClearSolutions, ComputeChecksums, SaveCells):
                notebook, resources = step().preprocess(notebook, resources)
        except RuntimeError:  # nbgrader's way to say that cells came or went since the last submission
            raise ValueError(
                f"the gradebook in {self.folder} was filled for another version of {self.assignment}, with other exercises; "
                "name a new folder with --out"
            ) from None


def _create(url: str) -> None:
    """Create an empty gradebook as nbgrader does, but for the command line that it starts to learn its version."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        if inspect(connection).get_table_names():
            return
        Base.metadata.create_all(connection)
        versions = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic"))
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": versions.get_current_head()})
