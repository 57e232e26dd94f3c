"""Stock `nbgrader autograde` and formgrader's button, with the sandbox and the judge in place of nbgrader's own executor."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Unicode

from grading.intake import cleaning
from grading.marking.judge import Judge
from grading.notebooks.alembic_path import find_alembic
from grading.notebooks.course import ROOT
from grading.notebooks.written import WithoutRubrics, rubrics, with_rubrics
from grading.results.marked import with_marks
from grading.sandbox.choice import SEALED, UNSAFE
from grading.sandbox.host import Sandbox
from helpers.files import write_text


def configure(config, root: str | Path, course: str | Path = ROOT) -> None:
    """Set up an nbgrader configuration: the course's assignments in `root`, and this executor for autograding."""
    root, course = Path(root), Path(course)
    find_alembic()
    config.CourseDirectory.root = str(root)
    config.Autograde.sanitize_preprocessors = [
        RepairPreprocessor,
        ClearOutput,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        SandboxExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.HTMLExporter.filters = {"markdown2html": "grading.notebooks.written.markdown_filter"}
    config.GenerateFeedback.preprocessors = [GetGrades, WithoutRubrics, CSSHTMLHeaderPreprocessor]
    for solution in sorted((course / "solutions").glob("[0-9]_*.ipynb")):
        copy = root / "source" / solution.stem / solution.name
        if not copy.exists() or copy.read_bytes() != solution.read_bytes():
            write_text(copy, solution.read_text(encoding="utf-8"))


class RepairPreprocessor(NbGraderPreprocessor):
    """Intake's repairs, before nbgrader looks at the notebook; what it changes is said in the log."""

    course = Unicode(str(ROOT), help="folder that holds notebooks/, the student versions").tag(config=True)

    def preprocess(self, nb, resources):
        """The clean notebook, or the release untouched where the submission can't be read as this assignment."""
        name = resources["nbgrader"]["notebook"]
        release = nbformat.read(Path(self.course, "notebooks", f"{name}.ipynb"), as_version=4)
        clean = cleaning.clean(nbformat.writes(nb).encode(), release)
        for repair in clean.repairs:
            self.log.warning("Repaired (%s): %s", repair.kind, repair.detail)
        if clean.problem:
            self.log.error("Nothing could be marked: %s", clean.problem)
        return (release if clean.notebook is None else clean.notebook), resources


class SandboxExecute(NbGraderPreprocessor):
    """In place of nbgrader's Execute: no kernel is started; the judge's verdict becomes the test cells' outputs."""

    course = Unicode(str(ROOT), help="folder that holds solutions/").tag(config=True)
    backend = Unicode("auto", help=f"auto, or one of {', '.join((*SEALED, UNSAFE))}").tag(config=True)

    def preprocess(self, nb, resources):
        """Mark the notebook; raises ValueError when there is no sandbox: nothing is ever run without one unasked.

        Raises RuntimeError if the sandbox failed.
        """
        name = resources["nbgrader"]["notebook"]
        path = Path(self.course, "solutions", f"{name}.ipynb")
        judge = _judge(path, path.stat().st_mtime_ns, self.backend)
        verdict = judge.mark(nb)
        if verdict.interrupted():  # nbgrader would take a test without output for a pass
            raise RuntimeError(f"{verdict.flags[0].detail} Nothing was recorded.")
        for flag in verdict.flags:
            self.log.warning("Flag (%s) in %s: %s", flag.kind, flag.exercise, flag.detail)
        return with_rubrics(with_marks(nb, verdict), rubrics(judge.source)), resources


@cache
def _judge(path: Path, _changed: int, backend: str) -> Judge:
    """One judge, calibrated, for as long as this process lives: nbgrader makes a new preprocessor for each student."""
    sandbox = Sandbox(backend)
    atexit.register(sandbox.close)
    judge = Judge(nbformat.read(path, as_version=4), path.stem, sandbox)
    judge.calibrate()
    return judge
