"""The papers of one student: the notebook as it was marked, the same with its marks in it, and the page of feedback.

Whoever marks a submission writes them, so that they cost the one process that keeps the gradebook nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from grading.model import Outcome
from grading.notebooks.written import with_rubrics
from grading.results import feedback
from grading.results.headings import Headings
from grading.results.marked import text_of, with_marks
from helpers.files import write_text


def write(out: Path, outcome: Outcome, rubrics: dict[str, str], names: Headings) -> None:
    """Write what formgrader and the student look at below `out`; `rubrics` stand beside the written answers, `names` above all.

    There are no notebooks of a submission that could not be read.
    """
    folders = [Path(out, step, outcome.student, outcome.assignment) for step in ("submitted", "autograded")]
    if outcome.notebook is None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    else:
        marked = with_rubrics(with_marks(outcome.notebook, outcome.verdict), rubrics)
        for folder, notebook in zip(folders, (outcome.notebook, marked)):
            write_text(folder / f"{outcome.assignment}.ipynb", text_of(notebook))
    feedback.write(Path(out) / "feedback", outcome, names)
