"""Subjects that live in the sandbox: a check talks to them as it talks to a function in a notebook.

All that comes back is data from a hostile source: what can't be rebuilt is a failed call and a flag.
"""

from __future__ import annotations

import signal

from grading.model import Flag
from grading.sandbox import protocol
from grading.sandbox.exchange import Program, Question, rebuilt, subject_error
from grading.sandbox.host import Sandbox
from grading.sandbox.orders import Ending, Limits
from grading.sandbox.session import Session
from grading.sandbox.supervision import SandboxLost
from helpers.checks.plain import SubjectError
from helpers.checks.subject import ModuleSubject, Reply, Request, Subject

BUSY = 0.1  # of the time limit in the queue for a processor: more is no fault of the answer
BROKEN = {
    "forged": "sent something that answers no question",
    "malformed": "sent a reply that is not plain data",
    "oversize": "sent a reply beyond the size limit",
}


class Doubtful(SandboxLost):
    """The answer's process ended in a way that the answer or the machine may have caused: to be tried once more."""


class HostedAnswer:
    """One exercise's answer in a session of its own, opened when it is first needed; use as a context manager."""

    def __init__(self, sandbox: Sandbox, program: Program, limits: Limits | None = None, sure: bool = True):
        self.sandbox, self.program, self.limits = sandbox, program, limits or sandbox.plan.limits
        self.sure = sure  # else an ending that a busy or full machine can cause is Doubtful
        self.flags: list[Flag] = []
        self.stopped: SubjectError | None = None  # why the process is gone, once it is
        self.session: Session | None = None

    def __enter__(self) -> HostedAnswer:
        return self

    def __exit__(self, *_exception) -> None:
        if self.session:
            self.session.close()

    @property
    def withheld(self) -> list[str]:
        """References that the answer tried to use."""
        return self.session.withheld if self.session else []

    @property
    def cpu_seconds(self) -> float:
        """Processor time that the session used, once it is closed."""
        return self.session.over.cpu if self.session and self.session.over else 0.0

    def ask(self, target: str | None, module: int | None, request: Request) -> Reply:
        """Have the request done in the sandbox; raises SubjectError as `perform` does, and for a reply that can't be used."""
        if self.stopped:
            raise self.stopped
        new = self.session is None
        session = self.session = self.session or self.sandbox.open(self.limits)
        try:
            if new:
                session.load(self.program)
            if target is not None and target in session.problems:
                raise subject_error(session.problems[target])
            answer = session.ask(Question(target, module, request))
            if answer.error is not None:
                raise subject_error(answer.error)
            return rebuilt(answer.reply or {})
        except protocol.WireError as error:
            raise self._stop(session, error) from None
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            malformed = protocol.WireError("malformed", "fields that a reply does not have")
            raise self._stop(session, malformed) from None

    def imported(self) -> list[str]:
        """Libraries that the answer has loaded on top of the template's; asked of the instructor's own answers only."""
        if self.session is None or self.session.over is not None:
            return []
        loaded = self.session.ask(Question()).imported
        return [name for name in loaded if name.split(".")[0] not in ("helpers", "grading", "__main__")]

    def _stop(self, session: Session, error: protocol.WireError) -> SubjectError:
        """End the session, remember why, flag what no honest answer does."""
        over = session.close(error.kind)
        if error.kind in BROKEN:
            self.stopped = SubjectError("died", message=f"the answer {BROKEN[error.kind]} ({error})")
            self.flags.append(Flag(f"{error.kind}-reply", f"The answer {BROKEN[error.kind]}: {error}."))
        else:
            self.stopped = self._ending(error, over, session.queued)
        return self.stopped

    def _ending(self, error: protocol.WireError, over: Ending, queued: float) -> SubjectError:
        limits = self.limits
        if error.kind == "late":
            if not self.sure and queued > BUSY * limits.wall_seconds:
                raise Doubtful(f"an answer stood in the queue for a processor for {queued:.0f} seconds")
            return SubjectError("timeout", message=f"did not finish within {limits.wall_seconds:g} seconds")
        if over.signal == signal.SIGKILL and over.cpu > limits.cpu_seconds - 0.7:
            return SubjectError("timeout", message=f"did not finish within {limits.cpu_seconds} seconds of processor time")
        if over.signal == signal.SIGKILL:
            if not self.sure:
                raise Doubtful("an answer's process was killed, by itself or by a machine without memory")
            return SubjectError("died", message="the process was killed: it may have run out of memory")
        if over.signal:
            name = signal.strsignal(over.signal) or f"signal {over.signal}"
            return SubjectError("died", message=f"the process crashed ({name})")
        self.flags.append(Flag("ended-itself", "The answer ended its own process, or broke the code that hosts it."))
        return SubjectError("died", message="its process ended before it answered")


class RemoteSubject(Subject):
    """A function or class in the sandbox."""

    def __init__(self, name: str, exercise: HostedAnswer):
        self.name, self.exercise = name, exercise

    def send(self, request: Request) -> Reply:
        return self.exercise.ask(self.name, None, request)

    def opened(self, reply: Reply) -> RemoteModule:
        """The module that a reply says was built; raises SubjectError if it says none was."""
        if not isinstance(reply.built, int):
            raise SubjectError("bad_reply", message="no module came back where one was to be built")
        return RemoteModule(self.name, self.exercise, reply.built)


class RemoteModule(ModuleSubject):
    """A module built in the sandbox; `number` is its place in the session's list."""

    def __init__(self, name: str, exercise: HostedAnswer, number: int):
        self.name, self.exercise, self.number = name, exercise, number

    def send(self, request: Request) -> Reply:
        return self.exercise.ask(None, self.number, request)
