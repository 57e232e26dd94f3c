"""Mark a clean submission: run the instructor's test cells here, on answers that live in the sandbox.

The tests, visible and hidden, never leave this process, and no line of a student's code enters it: the names that a test uses
are bound to remote subjects. So the only way to pass is to give right answers to the calls that the test makes.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

from grading.cells import grade_id
from grading.marking import elsewhere
from grading.model import INTERRUPTED, ExerciseMark, Flag, Verdict
from grading.notebooks.assignment import Assignment, Exercise, given, libraries
from grading.sandbox.host import Sandbox
from grading.sandbox.orders import Limits
from grading.sandbox.remote import Doubtful, HostedAnswer, RemoteSubject
from grading.sandbox.supervision import SandboxLost
from helpers import checks
from helpers.checks import card

LEAST_CPU, MOST_CPU, SLACK = 5, 60, 20  # seconds, seconds, times what the instructor's solution takes
TRIES, LONGEST_PAUSE = 9, 8.0  # of an exercise whose sandbox failed: seconds between two of them, in the end
DOUBTS = 2  # endings of a process that the machine may have caused: the third is taken for the answer's own doing
MORE_TIME = 5  # times the wall-clock limit, for an answer that a busy machine kept waiting


class NotNow(ValueError):
    """This machine failed, not the input: nothing is lost, and the same command may go through later."""

    exit_code = 75  # of `course`: EX_TEMPFAIL of sysexits.h


class Judge:
    """Marks submissions of one assignment with one sandbox."""

    def __init__(self, source, name: str, sandbox: Sandbox):
        self.assignment = Assignment.of(source, name, sandbox.references)
        self.source, self.sandbox = source, sandbox
        sandbox.preload(libraries(source), given(source))
        self.limits: dict[str, Limits] = {}

    def calibrate(self) -> Verdict:
        """Mark the instructor's own solution: learn what to preload, and allow each exercise a multiple of its time.

        Raises ValueError if the solution does not get full marks: then nobody's marks would mean anything here; NotNow if
        the sandbox failed every time.
        """
        generous = replace(self.sandbox.plan.limits, cpu_seconds=300, wall_seconds=900.0)
        self.limits = {exercise.grade_id: generous for exercise in self.assignment.exercises}
        imported: set[str] = set()
        verdict = self._own(imported)
        if imported:
            self.sandbox.preload(imported)
            verdict = self._own()
        for mark in verdict.exercises:
            if verdict.interrupted(mark.name):
                raise NotNow(f"{self.assignment.name}: nothing was marked. {mark.message}")
            if mark.status not in ("manual", "empty") and mark.points < mark.max:
                raise ValueError(
                    f"{self.assignment.name}: the instructor's solution of {mark.name} gets {mark.points:g} of {mark.max:g} "
                    f"points on this machine ({mark.message}); put that right before marking"
                )
            self.limits[mark.grade_id] = self.limits_for(mark.seconds)
        return verdict

    def _own(self, imported: set[str] | None = None) -> Verdict:
        """The verdict on the instructor's own solution, again while a process of it dies: it does not end itself."""
        for _ in range(TRIES):
            verdict = self.mark(self.source, imported)
            if not any(mark.status == "died" for mark in verdict.exercises):
                break
        return verdict

    def limits_for(self, seconds: float) -> Limits:
        """The sandbox's limits for an exercise whose solution takes this much processor time."""
        cpu = min(max(LEAST_CPU, math.ceil(SLACK * seconds)), MOST_CPU)
        return replace(self.sandbox.plan.limits, cpu_seconds=cpu, wall_seconds=2.0 * cpu + 5)

    def mark(self, notebook, imported: set[str] | None = None) -> Verdict:
        """The marks and flags of a clean notebook; `imported` collects the libraries that its answers load.

        An exercise whose sandbox fails is started again; if it fails to the last it gets no mark, and a flag.
        """
        started = time.monotonic()
        verdict = Verdict()
        for exercise in self.assignment.exercises:
            if exercise.written:
                verdict.exercises.append(_written(exercise, notebook))
            else:
                mark, flags = self._patiently(exercise, notebook, imported)
                verdict.exercises.append(mark)
                verdict.flags += [replace(flag, exercise=exercise.name) for flag in flags]
        verdict.seconds = round(time.monotonic() - started, 3)
        return verdict

    def _patiently(self, exercise: Exercise, notebook, imported: set[str] | None) -> tuple[ExerciseMark, list[Flag]]:
        """Mark one exercise, again and again while it is the sandbox that fails and not the answer."""
        allowed = self.limits.get(exercise.grade_id, self.sandbox.plan.limits)
        limits, doubts, reason = allowed, 0, ""
        for attempt in range(TRIES):
            try:
                return self._coded(exercise, notebook, imported, limits, sure=doubts == DOUBTS)
            except Doubtful:
                limits, doubts = replace(allowed, wall_seconds=MORE_TIME * allowed.wall_seconds), doubts + 1
            except SandboxLost as error:
                reason = str(error)[:300]
                self.sandbox.give_up_template()
                time.sleep(min(0.1 * 2**attempt, LONGEST_PAUSE))
        said = f"The sandbox failed {TRIES} times, which is no fault of the answer ({reason}): mark it by hand or run again."
        mark = ExerciseMark(exercise.name, exercise.grade_id, 0.0, exercise.points, "manual", said)
        return mark, [Flag(INTERRUPTED, said)]

    def _coded(
        self, exercise: Exercise, notebook, imported: set[str] | None, limits: Limits, sure: bool
    ) -> tuple[ExerciseMark, list[Flag]]:
        program = self.assignment.program(exercise, notebook)
        with HostedAnswer(self.sandbox, program, limits, sure) as hosted:
            names = {name: RemoteSubject(name, hosted) for name in exercise.targets}
            problem = ""
            with checks.collecting() as results:
                try:
                    exec(exercise.code, {"checks": checks, "__name__": "test"} | names)
                except checks.SubjectError as error:
                    problem = f"{error.type_name or error.kind}: {error.message}"
            if imported is not None:
                imported.update(hosted.imported())
        mark = _merged(exercise, results, hosted, problem)
        mark.seconds = round(hosted.cpu_seconds, 3)
        flags = list(hosted.flags) + elsewhere.flags(mark)
        if hosted.withheld:
            used = ", ".join(hosted.withheld)
            flags.append(Flag("reference", f"The answer calls the course's own {used} in place of doing the work."))
        return mark, flags


def _merged(exercise: Exercise, results: list[checks.CheckResult], hosted: HostedAnswer, problem: str) -> ExerciseMark:
    """One mark of all checks in the test cell: a property earns its points only if it held in each."""
    if not results:
        return ExerciseMark(exercise.name, exercise.grade_id, 0.0, exercise.points, "error", problem)
    worst: dict[str, checks.PropertyResult] = {}
    for outcome in (outcome for result in results for outcome in result.outcomes):
        if outcome.id not in worst or worst[outcome.id].passed:
            worst[outcome.id] = outcome
    shown = min(results, key=lambda result: result.score)
    merged = replace(shown, outcomes=tuple(worst.values()), figure=None)
    if not merged.passed and merged.score:
        merged = replace(merged, status="partial")
    points = exercise.points * merged.score / merged.max
    status, message = _status(merged, hosted)
    return ExerciseMark(
        exercise.name,
        exercise.grade_id,
        round(points, 6),
        exercise.points,
        status,
        message,
        merged.as_dict()["properties"],
        card.html(merged),
    )


def _status(result: checks.CheckResult, hosted: HostedAnswer) -> tuple[str, str]:
    if hosted.withheld and not result.passed:
        return "reference", f"The answer hands the work to the course's own {', '.join(hosted.withheld)}."
    if hosted.stopped and not result.passed:
        kind = "timeout" if hosted.stopped.kind == "timeout" else "died"
        return kind, f"The answer was stopped: {hosted.stopped.message}."
    if result.status == "unattempted":
        return "unattempted", "Not attempted."
    failed = [outcome for outcome in result.outcomes if not outcome.passed]
    if not failed:
        return "marked", "All passed."
    if all(outcome.mistake in ("raised", "not_callable") for outcome in result.outcomes if not outcome.waits):
        return "error", failed[0].diagnosis
    first = failed[0]
    reason = first.diagnosis or f"expected {first.expected}, received {first.received}"
    return "marked", f"{len(failed)} of {len(result.outcomes)} properties failed; {first.statement}: {reason}"


def _written(exercise: Exercise, notebook) -> ExerciseMark:
    answer = next((cell.source for cell in notebook.cells if grade_id(cell) == exercise.grade_id), "")
    if exercise.says_nothing(answer):
        return ExerciseMark(exercise.name, exercise.grade_id, 0.0, exercise.points, "empty", "No answer was written.")
    waiting = "Waits for a person to mark it in formgrader."
    return ExerciseMark(exercise.name, exercise.grade_id, 0.0, exercise.points, "manual", waiting)
