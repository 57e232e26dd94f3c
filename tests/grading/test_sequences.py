"""Random sequences of collecting, marking, marking by hand, marking again, late policies and exports: no mark of a person's is lost.

The gradebook, the collection and every file lie on disk, and a judge marks each different answer in the sandbox once.
`SEQUENCES=1000 pytest tests/grading/test_sequences.py -s` runs more of them and says how many and how long.
"""

import copy
import functools
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from grading.cells import grade_id
from grading.intake import cleaning
from grading.intake.collect import collect
from grading.marking import judge as judging
from grading.marking import regrade
from grading.model import ExerciseMark, Outcome, Verdict
from grading.results import export, feedback, forms, papers, recorded, tables
from grading.results.gradebook import Book
from grading.results.headings import headings
from grading.results.journal import JOURNAL, Journal
from grading.results.late_policy import Policy
from grading.sandbox.host import Sandbox
from tests import marking
from tests.by_hand import give
from tests.grading.marking.test_regrade import mistaken

SEQUENCES = int(os.environ.get("SEQUENCES", 12))
NAME, DUE = marking.NAME, datetime(2026, 11, 20, 12)
STUDENTS = {"Ada_11": "11", "Bob_12": "12", "Cy_13": "13"}
WORDS = ("", "It keeps more of the picture.", "It keeps more of the picture.  \n", "Because $x_T$ is no noise otherwise.")
CODE = ("cosine", "none")
BY_HAND = ("written_cosine", "check_cosine_beta_schedule", "check_ConvBlock")
COUNT = {"sequences": 0, "steps": 0}


class Judges:
    """The judges of both versions of the test, with what they found of each different code."""

    def __init__(self, sandbox):
        self.sources = {"mistaken": mistaken(), "right": marking.source()}
        self.releases = {version: marking.released(source) for version, source in self.sources.items()}
        self.judges = {version: judging.Judge(source, NAME, sandbox) for version, source in self.sources.items()}
        self.found: dict[str, list[ExerciseMark]] = {}

    def mark(self, version, notebook) -> Verdict:
        """The verdict on a clean notebook; the same code is run once."""
        code = version + json.dumps([cell.source for cell in notebook.cells if cell.cell_type == "code"])
        if code not in self.found:
            self.found[code] = self.judges[version].mark(notebook).exercises
        marks = copy.deepcopy(self.found[code])
        (written,) = (e for e in self.judges[version].assignment.exercises if e.written)
        at = next(i for i, mark in enumerate(marks) if mark.grade_id == written.grade_id)
        marks[at] = judging._written(written, notebook)
        return Verdict(marks)


@functools.cache
def handed_in(words: str, code: str) -> str:
    """A submission's text."""
    answer = marking.solution("cosine_beta_schedule") if code == "cosine" else None
    notebook = copy.deepcopy(marking.answered(cosine_beta_schedule=answer, **marking.LEFT))
    for cell in notebook.cells:
        if grade_id(cell) == "written_cosine" and words:
            cell.source = words
    return json.dumps(notebook)


class Course(RuleBasedStateMachine):
    """A course, and beside it what people gave, as this test remembers it."""

    tests: Judges
    start: Path  # a folder of results with an empty gradebook

    def __init__(self):
        super().__init__()
        self.top = Path(tempfile.mkdtemp(prefix="sequence-"))
        self.results, self.collected = self.top / "results", self.top / "collected"
        shutil.copytree(self.start, self.results)
        self.version, self.policy, self.book = "mistaken", None, None
        self.given: dict[tuple[str, str], float] = {}
        self.comments: dict[str, str] = {}
        self.queue: dict[tuple[str, str], bool] = {}  # of the answers that a person marked
        self.texts: dict[tuple[str, str], str] = {}  # as they were when last marked
        self.now: dict[str, tuple[str, str]] = {}  # what each student has handed in
        self.marked: set[str] = set()
        COUNT["sequences"] += 1

    def teardown(self):
        self._close()
        shutil.rmtree(self.top)

    def _close(self):
        if self.book is not None:
            self.book.__exit__()
            self.book = None

    def _opened(self) -> Book:
        if self.book is None:
            source, release = self.tests.sources[self.version], self.tests.releases[self.version]
            self.book = Book(self.results, NAME, source, release)
        return self.book

    @initialize(words=st.sampled_from(WORDS), code=st.sampled_from(CODE))
    def somebody_hands_in(self, words, code):
        self.collect({"Ada_11": (words, code)}, 0)

    @rule(
        who=st.dictionaries(
            st.sampled_from(sorted(STUDENTS)), st.tuples(st.sampled_from(WORDS), st.sampled_from(CODE)), min_size=1
        ),
        hours=st.integers(-30, 100),
    )
    def collect(self, who, hours):
        """Some hand in, or hand in again, as Moodle's download has it."""
        COUNT["steps"] += 1
        moment = DUE + timedelta(hours=hours)
        with zipfile.ZipFile(self.top / "moodle.zip", "w") as archive:
            for student, (words, code) in who.items():
                about = zipfile.ZipInfo(f"{student}_assignsubmission_file_/{NAME}.ipynb", moment.timetuple()[:6])
                archive.writestr(about, handed_in(words, code))
        collect(self.top / "moodle.zip", NAME, self.collected)
        self.now |= who

    @rule(
        broken=st.sets(st.sampled_from(sorted(STUDENTS)), max_size=1), lost=st.sets(st.sampled_from(sorted(STUDENTS)), max_size=1)
    )
    def grade(self, broken, lost):
        """Mark all; `broken` files can't be read, and the marking of the `lost` is interrupted."""
        COUNT["steps"] += 1
        book, release = self._opened(), self.tests.releases[self.version]
        outcomes, journal = {}, Journal(self.results / JOURNAL, self.version)
        for student, (words, code) in self.now.items():
            folder = self.collected / student
            clean = cleaning.clean(b"" if student in broken else folder, release, NAME)
            assert (clean.problem is None) == (student not in broken), clean.problem
            exercises = self.tests.judges[self.version].assignment.exercises
            if student in lost:
                marks = [ExerciseMark(e.name, e.grade_id, 0.0, e.points, "manual", "interrupted") for e in exercises]
                outcome = Outcome(student, NAME, Verdict(marks), attempts=2)
            elif student in broken:
                marks = [ExerciseMark(e.name, e.grade_id, 0.0, e.points, "unread", "broken") for e in exercises]
                outcome = Outcome(student, NAME, Verdict(marks), clean.repairs, clean.problem)
            else:
                outcome = Outcome(student, NAME, self.tests.mark(self.version, clean.notebook), notebook=clean.notebook)
            papers.write(self.results, outcome, {}, headings(release))
            book.record(outcome)
            if student not in lost:
                journal.write(student, outcome.as_json(), folder)
                self._expect_queue(student, "", "") if student in broken else self._expect_queue(
                    student, words.strip() or "the stub", code
                )
            outcomes[student] = outcome
            self.marked.add(student)
        recorded.finish(self.results, NAME, outcomes, book.by_hand(), self.policy, self.collected / "students.csv")

    def _expect_queue(self, student, words, code):
        """A marked answer waits again if, and only if, its text is another than when it was last marked."""
        texts = {"written_cosine": words, "check_cosine_beta_schedule": code, "check_ConvBlock": code and "the stub"}
        for cell, text in texts.items():
            if (student, cell) in self.given and self.texts.get((student, cell)) != text:
                self.queue[student, cell] = True
            self.texts[student, cell] = text

    @precondition(lambda self: self.marked)
    @rule(
        data=st.data(),
        cell=st.sampled_from(BY_HAND),
        points=st.sampled_from((0, 1.5, 3)),
        comment=st.sampled_from((None, "Good.", "Why?")),
    )
    def mark_by_hand(self, data, cell, points, comment):
        COUNT["steps"] += 1
        student = data.draw(st.sampled_from(sorted(self.marked)))
        give(self._opened(), points, cell, comment, student)
        self.given[student, cell], self.queue[student, cell] = points, False
        if comment:
            self.comments[student, cell.removeprefix("check_")] = comment

    @precondition(lambda self: self.marked)
    @rule(version=st.sampled_from(("mistaken", "right")))
    def regrade(self, version):
        """The test is another now: mark all again, and list what has changed."""
        before = recorded.read(self.results, NAME)
        self._close()
        self.version = version
        self.grade(set(), set())
        after = recorded.read(self.results, NAME).automatic
        listed = {(c.student, c.new.grade_id): c.by_hand for c in regrade.changes(before, after)}
        old = {(o.student, m.grade_id): (m.points, m.status == "manual") for o in before.automatic for m in o.verdict.exercises}
        new = {(o.student, m.grade_id): (m.points, m.status == "manual") for o in after for m in o.verdict.exercises}
        assert set(listed) == {key for key in new if old.get(key) != new[key]}
        for key, kept in listed.items():
            assert kept == self.given.get(key)

    @rule(per_day=st.sampled_from((0, 10, 60)), of=st.sampled_from(("earned", "maximum")), longer=st.integers(0, 3))
    def set_late_policy(self, per_day, of, longer):
        COUNT["steps"] += 1
        self.policy = Policy(DUE, per_day, of, timedelta(minutes=30), 50, {"11": DUE + timedelta(days=longer)})

    @precondition(lambda self: self.marked)
    @rule(platform=st.sampled_from(("moodle", "canvas")))
    def say_the_totals(self, platform):
        """Feedback and export: all say the same total, which is that of the marks as this test remembers them."""
        COUNT["steps"] += 1
        roster = self.collected / "students.csv"
        found = recorded.read(self.results, NAME)
        recorded.settle(self.results, NAME, self.policy, roster, found.outcomes)
        found = recorded.read(self.results, NAME)
        recorded.report.write(self.results, NAME, found.outcomes)
        totals = {t.student: t for t in export.totals(self.results, NAME, roster)}
        rows = tables.read(self.results / "marks.csv")[1]
        for outcome in found.outcomes:
            points, most = totals[outcome.student].points, totals[outcome.student].max
            mine = [row for row in rows if row["student"] == outcome.student]
            assert outcome.points == pytest.approx(points)
            assert sum(float(row["points"]) for row in mine) == pytest.approx(points, abs=1e-6)
            assert sum(float(row["max"]) for row in mine) == outcome.verdict.max == most
            shown = {m.grade_id: m for m in outcome.verdict.exercises}
            for (student, cell), given in self.given.items():
                if student == outcome.student:
                    assert (shown[cell].points, shown[cell].changed) == (given, self.queue[student, cell])
            text = feedback.page(outcome, headings(found.release))
            if outcome.problem is None:
                assert re.search(r"<b>([\d.]+) of 15 points</b>", text)[1] == f"{round(points, 2):g}"
            for (student, _), comment in self.comments.items():
                assert student != outcome.student or comment in text or outcome.problem
        made = list(totals.values())
        sheet = forms.made(platform, made, NAME)[1]
        assert len(sheet) == len(totals) + (platform == "canvas")

    @invariant()
    def nothing_that_a_person_gave_is_lost(self):
        with closing(sqlite3.connect(self.results / "gradebook.db")) as database:
            found = {(s, c): (points, bool(waits)) for s, c, points, waits in database.execute(MARKS)}
            comments = {(s, c): text for s, c, text in database.execute(COMMENTS)}
        assert found == {key: (points, self.queue[key]) for key, points in self.given.items()}
        assert comments == self.comments


OF_STUDENT = """
    join submitted_notebook n on x.notebook_id = n.id join submitted_assignment a on n.assignment_id = a.id
    join base_cell c on x.cell_id = c.id
"""
MARKS = f"select a.student_id, c.name, x.manual_score, x.needs_manual_grade from grade x {OF_STUDENT} where x.manual_score is not null"
COMMENTS = f"select a.student_id, c.name, x.manual_comment from comment x {OF_STUDENT} where x.manual_comment is not null"


@pytest.mark.needs("sandbox")
def test_no_mark_given_by_hand_is_lost_in_any_sequence(tmp_path):
    started = time.monotonic()
    with Sandbox() as sandbox:
        Course.tests = Judges(sandbox)
        with Book(tmp_path / "start", NAME, mistaken(), marking.released(mistaken())):
            Course.start = tmp_path / "start"
        run_state_machine_as_test(
            Course,
            settings=settings(
                max_examples=SEQUENCES,
                stateful_step_count=12,
                deadline=None,
                database=None,
                derandomize="SEQUENCES" not in os.environ,
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"\n{COUNT['sequences']} sequences, {COUNT['steps']} steps, {time.monotonic() - started:.0f} s")
