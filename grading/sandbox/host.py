"""The judge's end of the sandbox: one warm template a machine, one sealed-off process (a session) an exercise.

A judge may share its template: others on the machine come in by a door, a socket that no answer can see, and are served by a
copy; who finds the door shut starts a template of its own. The judge keeps the time. A session ends by SIGKILL of the first
process of its pid namespace, and the kernel takes everything in the namespace with it. Should the template itself be lost, it
is started again; that costs seconds, never a mark.
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

from grading.sandbox import backends, protocol, standins
from grading.sandbox.supervision import GRACE_SECONDS, Contained, Control, Keeper, SandboxLost

PREFIX = "course-sandbox-"
START_SECONDS = 120.0
ROOT = "root"  # the folder that the sandbox is shown


class Sandbox:
    """A template ready to host exercises; use as a context manager, from one thread."""

    def __init__(self, backend="auto", preload=(), limits=None, hide=(), references=None, door=""):
        self.backend = backends.choose(backend) if isinstance(backend, str) else backend
        self.references = references or standins.References.of_the_course()
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        (self._folder / ROOT).mkdir()
        (self._folder / ROOT).chmod(0o755)  # a container's user reads it
        self.plan = backends.Plan(self._folder / ROOT, tuple(hide), limits or backends.Limits())
        self._door = door  # of another judge's template; empty once it was found shut
        self._control: Control | None = None
        self._template: subprocess.Popen | None = None
        self._warming = 0  # answers "ready" that are still to come
        self.preloaded: tuple[str, ...] = tuple(sorted({*preload}))
        self.known: list[str] = []
        self._count = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def start(self) -> None:
        """Start the template without waiting for it; by itself it starts at the first session."""
        if self.backend.warm and not self._alive():
            self._start_template()

    def preload(self, modules, known=()) -> None:
        """Have the template import these as well, and parse cells whose source is `known`; does not wait for it."""
        more = sorted({*modules} - {*self.preloaded})
        self.preloaded = tuple(sorted({*self.preloaded, *more}))
        self.known += known
        if (more or known) and self._alive():
            self._control.say({"preload": more, "known": list(known)})
            self._warming += 1

    def share(self) -> str:
        """Let other judges of this machine in: returns what they need for their `door`; empty where there is no template."""
        if not self.backend.warm:
            return ""
        self._ready()
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.bind(str(self._folder / "door"))
            except OSError:  # the path is too long for a socket
                return ""
            door.listen(64)
            self._control.say({"door": True}, [door.fileno()])
        return str(self._folder / "door")

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
        self._ready()
        self._count += 1
        ours, theirs = socket.socketpair()
        with theirs:
            self._control.say(asdict(limits) | {"id": self._count}, [theirs.fileno()])
        started = self._control.read("started", self._count, GRACE_SECONDS)
        if "error" in started:
            raise SandboxLost(f"no sealed-off process could be made: {started['error']}")
        return ours, Keeper(self._control, self._count, started["pid"])

    def _contain(self, limits):
        self._furnish()
        label = f"course-{secrets.token_hex(8)}"
        ours, theirs = socket.socketpair()
        with theirs:
            command = self.backend.command(replace(self.plan, limits=limits), label)
            process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
        return ours, Contained(process, self.backend.stop(label))

    def _alive(self) -> bool:
        return self._control is not None and (self._template is None or self._template.poll() is None)

    def _ready(self) -> None:
        """Wait until the template has imported all that it was asked to; start it if need be."""
        if not self._alive():
            self._stop_template()
            self._enter() or self._start_template()
        try:
            while self._warming:
                self._control.read("ready", True, START_SECONDS)
                self._warming -= 1
        except SandboxLost:
            said = self._last_words()
            self._stop_template()
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said or 'no message'}") from None

    def _enter(self) -> bool:
        """Go in by another judge's door; False where there is none or it is shut."""
        if not self._door:
            return False
        channel = socket.socket(socket.AF_UNIX)
        try:
            channel.connect(self._door)
        except OSError:
            channel.close()
            self._door = ""
            return False
        self._control, self._warming = Control(channel), 1
        return True

    def _furnish(self) -> None:
        """Fill the folder that the sandbox is shown, once."""
        if not (self.plan.root / "start.py").exists():
            standins.build(self.plan.root, self.references)
        (self.plan.root / "preload.json").write_text(json.dumps({"preload": self.preloaded, "known": self.known}))

    def _start_template(self) -> None:
        self._furnish()
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
        self._control, self._warming = Control(ours), 1

    def _last_words(self) -> str:
        if self._template is None:
            self._door = ""
            return "the shared template ended"
        self._errors.seek(0)
        return self._errors.read()[-600:].decode(errors="replace").strip()

    def _stop_template(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._template is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._template.pid, signal.SIGKILL)
            self._template.wait()
            self._errors.close()
        self._control = self._template = None


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
        """Hand over the program; raises protocol.WireError if running it ended the process."""
        problems = self.ask(program).get("problems")
        self.problems = problems if isinstance(problems, dict) else {}

    def ask(self, question) -> dict:
        """Send a question, return the reply, a dict; raises protocol.WireError, after which the session is over."""
        nonce = secrets.token_bytes(16)
        try:
            if self.over is not None:
                raise protocol.WireError("closed", "the process has ended")
            if protocol.pending(self.channel):
                raise protocol.WireError("forged", "a reply to a question that was not asked")
            protocol.send(self.channel, nonce, question, self.deadline)
            _nonce, reply = protocol.receive(self.channel, nonce, self.deadline)
            if not isinstance(reply, dict):
                raise protocol.WireError("malformed", "a reply that is not a dict")
        except protocol.WireError as error:
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
