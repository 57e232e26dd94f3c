"""A session as the judge holds it: one sealed-off process, asked one question at a time and ended in time."""

from __future__ import annotations

import secrets
import socket
import time

from grading.sandbox import protocol
from grading.sandbox.exchange import Answer, Program, Question, printable
from grading.sandbox.orders import Ending, Limits
from grading.sandbox.supervision import Supervisor


class Session:
    """One sealed-off process that holds one exercise's answer. `problems` maps targets that it lacks to the reason."""

    def __init__(self, channel: socket.socket, supervisor: Supervisor, limits: Limits):
        self.channel, self.supervisor, self.limits = channel, supervisor, limits
        self.deadline = time.monotonic() + limits.wall_seconds
        self.over: Ending | None = None  # how the process ended, once it has
        self.queued = 0.0  # seconds in the queue for a processor, known once it was late
        self.withheld: list[str] = []
        self.problems: dict[str, dict] = {}

    def load(self, program: Program) -> None:
        """Hand over the program; raises protocol.WireError if running it ended the process."""
        self.problems = self.ask(program).problems

    def ask(self, question: Program | Question) -> Answer:
        """Send a question, return the answer; raises protocol.WireError, after which the session is over."""
        nonce = secrets.token_bytes(16)
        try:
            if self.over is not None:
                raise protocol.WireError("closed", "the process has ended")
            if protocol.pending(self.channel):
                raise protocol.WireError("forged", "a reply to a question that was not asked")
            protocol.send(self.channel, nonce, question.as_plain(), self.deadline)
            _nonce, plain = protocol.receive(self.channel, nonce, self.deadline)
            if time.monotonic() > self.deadline:  # a large reply takes its time to read as well
                raise protocol.WireError("late", "no reply in time")
            answer = _rebuilt(plain)
        except protocol.WireError as error:
            self.close(error.kind)
            raise
        self.withheld = [printable(str(name)[:100]) for name in answer.withheld[:20]]
        return answer

    def close(self, reason: str = "done") -> Ending:
        """Kill the process and all it started; returns how it ended."""
        if self.over is not None:
            return self.over
        self.queued = self.supervisor.queued() if reason == "late" else 0.0
        self.channel.close()
        # a process that hung up is about to end: let it, so that its own last signal is seen
        self.over = self.supervisor.finish(0.5 if reason == "closed" else 0)
        return self.over


def _rebuilt(plain: object) -> Answer:
    try:
        return Answer.from_plain(plain)
    except (TypeError, ValueError) as error:
        raise protocol.WireError("malformed", str(error)) from None
