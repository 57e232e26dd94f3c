"""nbgrader's gradebook: declared through nbgrader's own interface, filled row by row, one transaction a student.

The folder of results is itself an nbgrader course: formgrader, `nbgrader generate_feedback` and `nbgrader export` work in it.
"""

from __future__ import annotations

import copy
from pathlib import Path
from uuid import uuid4

import nbgrader
from alembic.script import ScriptDirectory
from nbgrader.api import Base, Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, LockCells, SaveCells
from sqlalchemy import and_, bindparam, case, insert, inspect, or_, text, update

from grading.model import Outcome
from grading.results import answers, hand, patience
from grading.results.answers import ANSWERS
from grading.results.marked import text_of
from grading.rights import private_folder
from helpers.files import write_text

CONFIG = """\
# Made by `course grade`, so that formgrader, `nbgrader generate_feedback` and `nbgrader export` work in this folder.
from grading.marking.executor import configure

configure(get_config(), root={root!r})  # noqa: F821
"""
SET_GRADE = (
    update(Grade.__table__)
    .where(Grade.notebook_id == bindparam("notebook"), Grade.cell_id == bindparam("cell"))
    .values(
        auto_score=bindparam("score"),
        needs_manual_grade=case(  # what a person has marked waits again only if the answer is another
            (Grade.manual_score.is_(None), bindparam("waits")),
            else_=or_(bindparam("changed"), and_(Grade.needs_manual_grade, bindparam("waited"))),
        ),
    )
)
SET_COMMENT = (
    update(Comment.__table__)
    .where(Comment.notebook_id == bindparam("notebook"), Comment.cell_id == bindparam("cell"))
    .values(auto_comment=bindparam("said"))
)


class Book:
    """The gradebook of a folder of results, for one assignment; use as a context manager, from one process at a time."""

    def __init__(self, folder: Path, assignment: str, source, release):
        self.folder, self.assignment = Path(folder), assignment
        private_folder(self.folder)
        self.url = f"sqlite:///{(self.folder / 'gradebook.db').resolve()}"
        self._course_files(source, release)
        self._ours = {cell.source for cell in release.cells if cell.cell_type == "code"}
        _create(self.url)
        with Gradebook(self.url) as gradebook:
            self._declare(gradebook, source)
            self._look_up(gradebook)
        self._engine = patience.engine(self.url)
        self._connection = self._engine.connect()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_exception) -> None:
        self._connection.close()
        self._engine.dispose()

    def record(self, outcome: Outcome) -> None:
        """Write one student's marks; all of them or none. Marks that a person gave by hand are kept."""
        with self._connection.begin():
            notebook = self._submitted.get(outcome.student) or self._add(outcome.student)
            self._fill_in(notebook, outcome)
        self._students.add(outcome.student)
        self._submitted[outcome.student] = notebook

    def knows(self, student: str) -> bool:
        """Whether the student has a submission in it."""
        return student in self._submitted

    def by_hand(self) -> hand.Hand:
        """What people gave by hand so far."""
        with self._connection.begin():
            return hand.read(self._connection, self._ids["assignment_id"], self._names)

    def _look_up(self, gradebook: Gradebook) -> None:
        """Note what the rows of all students refer to, once: nbgrader's objects would look it up anew for each student."""
        declared = gradebook.find_notebook(self.assignment, self.assignment)
        self._ids = {"assignment_id": declared.assignment.id, "notebook_id": declared.id}
        self._graded = [cell.id for cell in declared.grade_cells]
        self._commented = [cell.id for cell in declared.solution_cells]
        self._names = {cell.id: cell.name for cell in (*declared.grade_cells, *declared.solution_cells)}
        self._students = {student.id for student in gradebook.students}
        self._submitted = {notebook.student.id: notebook.id for notebook in declared.submissions}

    def _add(self, student: str) -> str:
        """Add a student's submission, as nbgrader does when it first sees one; returns the submitted notebook's identifier."""
        submission, notebook = uuid4().hex, uuid4().hex
        if student not in self._students:
            self._connection.execute(insert(Student), {"id": student})
        ids = {"assignment_id": self._ids["assignment_id"], "student_id": student}
        self._connection.execute(insert(SubmittedAssignment), {"id": submission, **ids})
        ids = {"assignment_id": submission, "notebook_id": self._ids["notebook_id"]}
        self._connection.execute(insert(SubmittedNotebook), {"id": notebook, **ids})
        for table, cells in ((Grade, self._graded), (Comment, self._commented)):
            if cells:
                self._connection.execute(insert(table), [{"notebook_id": notebook, "cell_id": cell} for cell in cells])
        return notebook

    def _fill_in(self, notebook: str, outcome: Outcome) -> None:
        """Write marks and comments, and note what text each answer has.

        Where marking was interrupted nothing is known of the answers, and what was noted stays.
        """
        noted = answers.noted(self._connection, notebook)
        digests = {cell: digest for cell, (digest, _) in noted.items()}
        if outcome.notebook is not None or outcome.problem is not None:
            found = answers.digests(outcome.notebook, self._ours) if outcome.notebook is not None else {}
            digests = {cell: found.get(self._names[cell], answers.digest("")) for cell in self._graded}
        marks = {mark.grade_id: mark for mark in outcome.verdict.exercises}
        grades, comments = [], []
        for cell in self._graded:
            mark = marks.get(self._names[cell])
            waits = mark is not None and mark.status == "manual"
            score = None if waits else mark.points if mark else 0.0
            before, waited = noted.get(cell, ("", False))
            again = {"changed": digests.get(cell, "") != before, "waited": waited}
            grades.append({"notebook": notebook, "cell": cell, "score": score, "waits": waits, **again})
        for cell in self._commented:
            mark = marks.get(self._names[cell])
            said = "No response." if mark is not None and mark.status == "empty" else None
            comments.append({"notebook": notebook, "cell": cell, "said": said})
        for statement, rows in ((SET_GRADE, grades), (SET_COMMENT, comments)):
            if rows:
                self._connection.execute(statement, rows)
        answers.note(self._connection, notebook, digests)

    def _course_files(self, source, release) -> None:
        write_text(self.folder / "nbgrader_config.py", CONFIG.format(root=str(self.folder.resolve())))
        for step, notebook in (("source", source), ("release", release)):
            path = self.folder / step / self.assignment / f"{self.assignment}.ipynb"
            write_text(path, text_of(notebook))

    def _declare(self, gradebook: Gradebook, source) -> None:
        """Tell the gradebook of the assignment's cells, as `nbgrader generate_assignment` does."""
        gradebook.update_or_create_assignment(self.assignment)
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
    with patience.engine(url).begin() as connection:
        ANSWERS.create(connection, checkfirst=True)
        if inspect(connection).has_table(Grade.__tablename__):
            return
        Base.metadata.create_all(connection)
        versions = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic"))
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": versions.get_current_head()})
