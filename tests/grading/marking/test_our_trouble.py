"""Trouble of the grader's own never takes a mark away: the exercise starts again, and if that does not help a person is told."""

import errno
import os
import time

import pytest

from grading import cli
from grading.marking import batch
from grading.marking.judge import TRIES, NotNow
from grading.sandbox.host import Sandbox, Session
from grading.sandbox.supervision import Control, Ending, Forked, SandboxLost
from tests import marking
from tests.grading.marking.test_batch import write


@pytest.fixture(autouse=True)
def quick(monkeypatch, judge):
    judge.limits = {}  # whatever another test has calibrated
    monkeypatch.setattr("grading.marking.judge.LONGEST_PAUSE", 0.0)


def cosine(judge):
    notebook = marking.answered(ConvBlock=None, EncBlock_DecBlock=None)
    verdict = judge.mark(notebook)
    return verdict.exercises[0], verdict


def failing(real, times, error):
    """A method that raises so many times before it does what it should."""
    left = [times]

    def method(*args, **kwargs):
        if left[0]:
            left[0] -= 1
            raise error
        return real(*args, **kwargs)

    return method


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (Sandbox, "open", SandboxLost("the sandbox did not say 'started' in time")),
        (Sandbox, "_write_rootfs", OSError(errno.ENOSPC, "No space left on device")),
        (Session, "close", SandboxLost("the sandbox's template ended")),
        (Control, "say", SandboxLost("Bad file descriptor")),
        (Forked, "_kill", OSError(errno.EBADF, "Bad file descriptor")),
    ],
    ids=["opening", "full disk", "ending", "orders", "descriptor"],
)
def test_a_right_answer_keeps_all_its_points(judge, monkeypatch, owner, name, error, times):
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), times, error))
    if name == "_write_rootfs":
        judge.sandbox.give_up_template()
    mark, verdict = cosine(judge)
    assert (mark.points, mark.status) == (4, "marked")
    assert not verdict.flags


def test_a_template_killed_in_the_middle_of_a_call_costs_nothing(judge, monkeypatch):
    asked, real = [], Session.ask

    def ask(self, question):
        asked.append(question)
        if len(asked) in (2, 7, 15):  # within a property, where a check takes an error for the answer's own
            os.killpg(judge.sandbox._template.pid, 9)
        return real(self, question)

    monkeypatch.setattr(Session, "ask", ask)
    mark, verdict = cosine(judge)
    assert len(asked) > 15
    assert (mark.points, mark.status, verdict.flags) == (4, "marked", [])


def test_trouble_that_stays_gives_and_takes_nothing_and_a_person_is_told(judge, monkeypatch):
    monkeypatch.setattr(Sandbox, "open", failing(Sandbox.open, 10**6, SandboxLost("no processes left")))
    mark, verdict = cosine(judge)
    assert mark.status == "manual"
    assert mark.message.startswith(f"The sandbox failed {TRIES} times, which is no fault of the answer (no processes left)")
    assert verdict.interrupted("cosine_beta_schedule")
    with pytest.raises(NotNow, match="nothing was marked"):
        judge.calibrate()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_sandbox_that_never_starts_ends_the_run_with_a_code_that_says_try_again(course, tmp_path, monkeypatch, capsys, workers):
    submitted = tmp_path / "submitted"
    write(submitted / "ada" / f"{marking.NAME}.ipynb", marking.answered())
    monkeypatch.setattr(Sandbox, "_start_template", failing(Sandbox._start_template, 10**6, SandboxLost("no processes left")))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    arguments = ["--submissions", str(submitted), "--out", str(tmp_path / "out"), "--root", str(course), "--workers", workers]
    assert cli.main(["grade", marking.NAME, *arguments]) == NotNow.exit_code
    assert "no processes left" in capsys.readouterr().err


def test_workers_start_templates_of_their_own_where_the_shared_one_is_lost(course, tmp_path, monkeypatch):
    submitted = tmp_path / "submitted"
    write(submitted / "ada" / f"{marking.NAME}.ipynb", marking.answered())
    monkeypatch.setattr(Sandbox, "_listening", failing(Sandbox._listening, 10**6, SandboxLost("the template ended")))
    (outcome,) = batch.run(submitted, tmp_path / "out", marking.NAME, root=course, workers=2)
    assert outcome.verdict.exercises[0].points == 4
    assert not outcome.verdict.flags


def test_an_answer_that_a_busy_machine_kept_waiting_gets_more_time(judge, monkeypatch):
    """The first time it is late, and has stood in the queue; the second time it is marked."""
    late, real = [], Session.ask

    def ask(self, question):
        if len(late) < 1:
            late.append(self.limits.wall_seconds)
            self.deadline = 0.0
        else:
            late.append(self.limits.wall_seconds)
        return real(self, question)

    monkeypatch.setattr(Session, "ask", ask)
    monkeypatch.setattr(Forked, "queued", lambda self: 10.0)
    mark, _verdict = cosine(judge)
    assert (mark.points, mark.status) == (4, "marked")
    assert late[1] == 5 * late[0]


def test_an_answer_that_is_late_on_an_idle_machine_is_late(judge, monkeypatch):
    monkeypatch.setattr(Forked, "queued", lambda self: 0.0)
    monkeypatch.setattr(Session, "load", lambda self, program: setattr(self, "deadline", 0.0))
    mark, _verdict = cosine(judge)
    assert (mark.points, mark.status) == (0, "timeout")


@pytest.mark.parametrize(("kills", "message"), [(2, "its process ended before it answered"), (3, "the process was killed")])
def test_a_process_killed_twice_is_tried_again_and_killed_thrice_has_died(judge, monkeypatch, kills, message):
    real, endings = Forked.finish, []

    def finish(self, patience):
        endings.append(real(self, patience))
        return Ending(9, 0.1, 100) if len(endings) <= kills else endings[-1]

    text = "import os\n\n\ndef cosine_beta_schedule(T, s=0.008):\n    os._exit(1)"
    monkeypatch.setattr(Forked, "finish", finish)
    verdict = judge.mark(marking.answered(cosine_beta_schedule=text, ConvBlock=None, EncBlock_DecBlock=None))
    assert verdict.exercises[0].status == "died"
    assert message in verdict.exercises[0].message
    assert len(endings) >= 3


def test_the_instructors_own_solution_is_not_taken_for_dead(judge, monkeypatch):
    """Its process is killed from outside, five times in a row: more than an answer is forgiven."""
    killed, load = [], Session.load

    def killing(self, program):
        load(self, program)
        if len(killed) < 5:
            killed.append(self.supervisor.pid)
            self.supervisor._kill()

    monkeypatch.setattr(Session, "load", killing)
    assert judge.calibrate().exercises[0].points == 4
    assert len(killed) == 5
