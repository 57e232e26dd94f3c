"""nbgrader in this repository: `nbgrader generate_assignment 3_ddpm`, `nbgrader autograde 3_ddpm`, formgrader.

The course directory is .course/nbgrader; put submissions into .course/nbgrader/submitted/<student>/<assignment>/.
Autograding runs students' code in the sandbox of `course grade`, never in a kernel of its own.
"""

from pathlib import Path

from grading.marking.executor import configure

configure(get_config(), root=Path(__file__).resolve().parent / ".course" / "nbgrader")  # noqa: F821
