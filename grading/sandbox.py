"""The judge's end of the sandbox: one warm template a worker, one sealed-off process (a session) an exercise.

The judge keeps the time. A session ends by SIGKILL of the first process of its pid namespace, and the kernel takes everything
in the namespace with it. Should the template itself be lost, it is started again; that costs seconds, never a mark.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from grading import backends, standins, wire
from grading.keeper import GRACE_SECONDS, Contained, Control, Keeper, SandboxLost

PREFIX = "course-sandbox-"
START_SECONDS = 120.0


class Sandbox:
    """A template ready to host exercises; use as a context manager, from one thread."""

    def __init__(self, backend="auto", preload=(), limits=None, hide=(), references=None):
        self.backend = backends.choose(backend) if isinstance(backend, str) else backend
        self.references = references or standins.References.of_the_course()
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._folder.chmod(0o755)
        standins.build(self._folder, self.references)
        self.plan = backends.Plan(self._folder, tuple(hide), limits or backends.Limits())
        self._template: subprocess.Popen | None = None
        self.preloaded: tuple[str, ...] = ()
        self.preload(preload)
        self._count = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def preload(self, modules) -> None:
        """Have the template import these as well; it starts anew at the next session."""
        self.preloaded = tuple(sorted({*self.preloaded, *modules}))
        (self._folder / "preload.json").write_text(json.dumps(self.preloaded))  # too long for a command line
        self._stop_template()

    def close(self) -> None:
        """End the template and everything in it, and remove its files."""
        self._stop_template()
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(self, limits: backends.Limits | None = None) -> Session:
        """Start a session; raises SandboxLost if none could be had even on a second try."""
        limits = limits or self.plan.limits
        for attempt in (1, 2):
            try:
                hosted = self._host(limits) if self.backend.warm else self._contain(limits)
                break
            except (SandboxLost, OSError) as error:
                self._stop_template()
                if attempt == 2:
                    raise SandboxLost(str(error)) from error
        return Session(*hosted, limits)

    def _host(self, limits):
        if self._template is None or self._template.poll() is not None:
            self._start_template()
        self._count += 1
        ours, theirs = socket.socketpair()
        order = asdict(limits) | {"id": self._count}
        with theirs:
            socket.send_fds(self._control.socket, [json.dumps(order).encode()], [theirs.fileno()])
        started = self._control.read("started", self._count, GRACE_SECONDS)
        if "error" in started:
            raise SandboxLost(f"no sealed-off process could be made: {started['error']}")
        return ours, Keeper(self._control, self._count, started["pid"])

    def _contain(self, limits):
        label = f"course-{secrets.token_hex(8)}"
        ours, theirs = socket.socketpair()
        with theirs:
            command = self.backend.command(replace(self.plan, limits=limits), label)
            process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
        return ours, Contained(process, self.backend.stop(label))

    def _start_template(self) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the template)
        with theirs:
            self._template = subprocess.Popen(
                self.backend.command(self.plan, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")} | backends._environment(),
                start_new_session=True,
            )
        self._control = Control(ours)
        try:
            self._control.read("ready", True, START_SECONDS)
        except SandboxLost:
            self._errors.seek(0)
            said = self._errors.read()[-600:].decode(errors="replace").strip()
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said or 'no message'}") from None

    def _stop_template(self) -> None:
        if self._template is None:
            return
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._template.pid, signal.SIGKILL)
        self._template.wait()
        self._errors.close()
        self._template = None


def _sweep() -> None:
    """Remove what graders that were killed have left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


class Session:
    """One sealed-off process that holds one exercise's answer. `problems` maps targets that it lacks to the reason."""

    def __init__(self, channel: socket.socket, keeper, limits: backends.Limits):
        self.channel, self.keeper, self.limits = channel, keeper, limits
        self.deadline = time.monotonic() + limits.wall_seconds
        self.over: dict | None = None  # how the process ended, once it has
        self.killed_for = ""
        self.withheld: list[str] = []
        self.problems: dict[str, dict] = {}

    def load(self, program: dict) -> None:
        """Hand over the program; raises wire.WireError if running it ended the process."""
        problems = self.ask(program).get("problems")
        self.problems = problems if isinstance(problems, dict) else {}

    def ask(self, question) -> dict:
        """Send a question, return the reply, a dict; raises wire.WireError, after which the session is over."""
        nonce = secrets.token_bytes(16)
        try:
            if self.over is not None:
                raise wire.WireError("closed", "the process has ended")
            if wire.pending(self.channel):
                raise wire.WireError("forged", "a reply to a question that was not asked")
            wire.send(self.channel, nonce, question, self.deadline)
            _nonce, reply = wire.receive(self.channel, nonce, self.deadline)
            if not isinstance(reply, dict):
                raise wire.WireError("malformed", "a reply that is not a dict")
        except wire.WireError as error:
            self.close(error.kind)
            raise
        used = reply.pop("withheld", [])
        self.withheld = [str(name)[:100] for name in used[:20]] if isinstance(used, list) else []
        return reply

    def close(self, reason: str = "done") -> None:
        """Kill the process and all it started, and learn how it had ended if it had."""
        if self.over is not None:
            return
        self.killed_for = reason
        self.channel.close()
        # a process that hung up is about to end: let it, so that its own last signal is seen
        self.over = self.keeper.finish(0.5 if reason == "closed" else 0)
