"""The judge's end of the sandbox: one warm template a worker, one sealed-off process (a session) an exercise.

The judge keeps the time. A session ends by SIGKILL of the first process of its pid namespace, and the kernel takes everything
in the namespace with it. Should the template itself be lost, it is started again; that costs seconds, never a mark.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from grading import backends, standins, wire

START_SECONDS = 120.0
GRACE_SECONDS = 5.0


class SandboxLost(RuntimeError):
    """The sandbox itself failed, not the answer: worth another try."""


class Sandbox:
    """A template ready to host exercises; use as a context manager, from one thread."""

    def __init__(self, backend="auto", preload=(), limits=None, hide=(), references=None):
        self.backend = backends.choose(backend) if isinstance(backend, str) else backend
        self.references = references or standins.References.of_the_course()
        self._folder = Path(tempfile.mkdtemp(prefix="course-sandbox-"))
        self._folder.chmod(0o755)
        standins.build(self._folder, self.references)
        self.plan = backends.Plan(self._folder, tuple(preload), tuple(hide), limits or backends.Limits())
        self._template: subprocess.Popen | None = None
        self._count = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

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
        started = self._control.read("started", self._count, GRACE_SECONDS * 4)
        if "error" in started:
            raise SandboxLost(f"no sealed-off process could be made: {started['error']}")
        return ours, _Keeper(self._control, self._count, started["pid"])

    def _contain(self, limits):
        label = f"course-{secrets.token_hex(8)}"
        ours, theirs = socket.socketpair()
        with theirs:
            command = self.backend.command(replace(self.plan, limits=limits), label)
            process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
        return ours, _Contained(process, self.backend.stop(label))

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
        self._control = _Control(ours)
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


class _Control:
    """The socket to the template and its keepers: JSON lines, some with a file descriptor attached."""

    def __init__(self, channel: socket.socket):
        self.socket, self.lines, self.handles, self.rest = channel, [], [], b""

    def read(self, key: str, value, seconds: float) -> dict:
        """The next message whose `key` is `value`; raises SandboxLost when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.lines:
                if line.get(key) == value:
                    self.lines.remove(line)
                    return line
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise SandboxLost(f"the sandbox did not say {key!r} in time")
            data, files, _flags, _address = socket.recv_fds(self.socket, 65536, 4)
            self.handles += files
            if not data:
                raise SandboxLost("the sandbox's template ended")
            *complete, self.rest = (self.rest + data).split(b"\n")
            self.lines += [json.loads(line) for line in complete]

    def close(self) -> None:
        self.socket.close()
        for handle in self.handles:
            os.close(handle)


class _Keeper:
    """A session's process below the template: how to end it, and how it ended."""

    def __init__(self, control: _Control, number: int, pid: int):
        self.control, self.number, self.pid = control, number, pid
        self.handle = control.handles.pop(0) if control.handles else None

    def finish(self, patience: float) -> dict:
        """Wait that long for the process to end by itself, then kill it; returns {"signal", "cpu", "memory_mb"}."""
        try:
            with contextlib.suppress(SandboxLost):
                if patience:
                    return self.control.read("ended", self.number, patience)
            self._kill()
            return self.control.read("ended", self.number, GRACE_SECONDS)
        finally:
            if self.handle is not None:
                os.close(self.handle)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.handle is None:
                os.kill(self.pid, signal.SIGKILL)  # only without namespaces, where the number means the same out here
            else:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)


class _Contained:
    """A session's container."""

    def __init__(self, process: subprocess.Popen, stop: list[str]):
        self.process, self.stop = process, stop

    def finish(self, patience: float) -> dict:
        """The same for a container, which doesn't say what it used."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        if self.process.poll() is None:
            subprocess.run(self.stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            self.process.kill()
        return {"signal": 9 if self.process.wait() in (137, -9) else 0, "cpu": 0.0, "memory_mb": 0}


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
                raise wire.WireError("forged", "a reply came before the question")
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
