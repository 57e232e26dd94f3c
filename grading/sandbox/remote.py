"""Subjects that live in the sandbox: a check talks to them as it talks to a function in a notebook.

All that comes back is data from a hostile source: it is rebuilt here field by field, and what can't be rebuilt is a failed
call and a flag. What a tensor is (dtype, shape) is read off the tensor itself, never off what the reply says about it.
"""

from __future__ import annotations

import signal
import unicodedata
from dataclasses import replace

import torch

from grading.model import Flag
from grading.sandbox import protocol
from grading.sandbox.host import Sandbox, Session
from grading.sandbox.supervision import SandboxLost
from helpers.checks.plain import Fact, SubjectError, normalise
from helpers.checks.subject import ModuleSubject, Reply, Request, Subject

USUAL = (False, False, "cpu")  # requires a gradient, was a NumPy array, device: left unsaid when so
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

    def __init__(self, sandbox: Sandbox, program: dict, limits=None, sure: bool = True):
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
        try:
            if self.session is None:
                self.session = self.sandbox.open(self.limits)
                self.session.load(self.program)
            if target in self.session.problems:
                raise subject_error(self.session.problems[target])
            answer = self.session.ask({"target": target, "module": module, "request": vars(request)})
            if "error" in answer:
                raise subject_error(answer["error"])
            return rebuilt(answer["reply"])
        except protocol.WireError as error:
            raise self._stop(error) from None
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise self._stop(protocol.WireError("malformed", "fields that a reply does not have")) from None

    def imported(self) -> list[str]:
        """Libraries that the answer has loaded on top of the template's; asked of the instructor's own answers only."""
        if self.session is None or self.session.over is not None:
            return []
        names = self.session.ask({"imported": True})["imported"]
        return [name for name in names if name.split(".")[0] not in ("helpers", "grading", "__main__")]

    def _stop(self, error: protocol.WireError) -> SubjectError:
        """End the session, remember why, flag what no honest answer does."""
        self.session.close(error.kind)
        if error.kind in BROKEN:
            self.stopped = SubjectError("died", message=f"the answer {BROKEN[error.kind]} ({error})")
            self.flags.append(Flag(f"{error.kind}-reply", f"The answer {BROKEN[error.kind]}: {error}."))
        else:
            self.stopped = self._ending(error)
        return self.stopped

    def _ending(self, error: protocol.WireError) -> SubjectError:
        over, limits = self.session.over, self.limits
        if error.kind == "late":
            if not self.sure and self.session.queued > BUSY * limits.wall_seconds:
                raise Doubtful(f"an answer stood in the queue for a processor for {self.session.queued:.0f} seconds")
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
        return RemoteModule(self.name, self.exercise, reply.built)


class RemoteModule(ModuleSubject):
    """A module built in the sandbox; `number` is its place in the session's list."""

    def __init__(self, name: str, exercise: HostedAnswer, number: int):
        self.name, self.exercise, self.number = name, exercise, number

    def send(self, request: Request) -> Reply:
        return self.exercise.ask(None, self.number, request)


def subject_error(plain: dict) -> SubjectError:
    """The SubjectError that a reply describes; a nonsensical description is a ValueError."""
    texts = {key: plain[key] for key in ("type_name", "message", "where")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("an error is described in text")
    return SubjectError(plain["kind"], **{key: printable(text[:2_000]) for key, text in texts.items()})


def printable(text: str) -> str:
    """Text from inside that any file and any terminal takes: what is no character, or changes the text's direction, is a mark."""
    return "".join(letter if letter in "\n\t" or _harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _harmless(letter: str) -> bool:
    return (letter.isascii() and letter.isprintable()) or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _seconds(value) -> float:
    seconds = float(value)
    if not 0 <= seconds < 1e6:
        raise ValueError("a time that no answer takes")
    return seconds


def rebuilt(plain: dict) -> Reply:
    """The Reply that a reply from the wire describes; raises KeyError, TypeError or ValueError if it describes none."""
    value, facts = _with_facts(plain["value"], plain["facts"])
    inputs, input_facts = _with_facts(plain["inputs"], plain["input_facts"])
    if not isinstance(inputs, list):
        raise TypeError("inputs are a list")
    number = plain["module"]
    if number is not None and (type(number) is not int or number < 0):
        raise ValueError("a built module is a number here")
    return Reply(
        value,
        facts,
        inputs,
        input_facts,
        {_typed(index, int): _gradient(tensor) for index, tensor in plain["input_grads"]},
        {_typed(name, str): _gradient(tensor) for name, tensor in plain["param_grads"].items()},
        {_typed(index, int): _typed(normalise(record)[0], list) for index, record in plain["records"]},
        [printable(_typed(shape, str)[:100]) for shape in _typed(plain["strays"], list)],
        printable(_typed(plain["stdout"], str)[:2_000]),
        _seconds(plain["seconds"]),
        number,
        [_typed(index, int) for index in _typed(plain["shared"], list)],
    )


def _with_facts(value, claims) -> tuple[object, dict[str, Fact]]:
    try:
        value, facts = normalise(value)
    except SubjectError as error:
        raise ValueError(error.message) from None
    return value, {path: _merged(fact, *claims.get(path, USUAL)) for path, fact in facts.items()}


def _merged(fact: Fact, requires_grad, was_numpy, device) -> Fact:
    where = printable(_typed(device, str)[:20])
    return replace(fact, requires_grad=requires_grad is True, was_numpy=was_numpy is True, device=where)


def _gradient(value):
    return None if value is None else _typed(value, torch.Tensor)


def _typed(value, kind):
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"expected {kind.__name__}")
    return value
