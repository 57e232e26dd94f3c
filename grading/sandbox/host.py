"""The judge's end of the sandbox: one warm template a machine, one sealed-off process (a session) an exercise.

A judge may share its template: others on the machine connect to its listener, a socket that no answer can see, and are served
by a copy; who finds nobody listening starts a template of its own. The judge keeps the time. A session ends by SIGKILL of the
first process of its pid namespace, and the kernel takes everything in the namespace with it. Should the template itself be lost,
it is started again; that costs seconds, never a mark.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from grading.sandbox import backends, protocol, standins
from grading.sandbox.supervision import GRACE_SECONDS, Contained, Control, Ending, Forked, SandboxLost, Supervisor

PREFIX = "course-sandbox-"
START_SECONDS = 120.0
ROOT = "root"  # the folder that the sandbox is shown
LISTENER = "listener"
OWNER = "owner"  # a file that whoever made the folder keeps locked


class Sandbox:
    """A template ready to host exercises; use as a context manager, from one thread."""

    def __init__(self, backend="auto", preload=(), limits=None, hide=(), references=None, listener=""):
        self.backend = backends.choose(backend) if isinstance(backend, str) else backend
        self.references = references or standins.References.of_the_course()
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._owner = open(self._folder / OWNER, "w")  # noqa: SIM115 (kept open, and with it the lock)
        fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.plan = backends.Plan(self._folder / ROOT, tuple(hide), limits or backends.Limits())
        self._listener = listener  # of another judge's template; empty once nobody listened
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
        """Let other judges of this machine in: returns what they need for their `listener`; empty where there is no template.

        Where the template does not live to hear of it they start templates of their own.
        """
        if not self.backend.warm:
            return ""
        try:
            return self._listening()
        except (SandboxLost, OSError):
            self._stop_template()
            return ""

    def _listening(self) -> str:
        self._ready()
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                listener.bind(str(self._folder / LISTENER))
            except OSError:  # the path is too long for a socket
                return ""
            listener.listen(64)
            self._control.say({"listen": True}, [listener.fileno()])
        return str(self._folder / LISTENER)

    def close(self) -> None:
        """End the template and everything in it, and remove its files."""
        self._stop_template()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._owner.close()

    def give_up_template(self) -> None:
        """End a template that does not do what it should; the next session starts another."""
        self._stop_template()

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
        self._control.forget("handle")
        if "error" in started:
            raise SandboxLost(f"no sealed-off process could be made: {started['error']}")
        return ours, Forked(self._control, self._count, started["pid"])

    def _contain(self, limits) -> tuple[socket.socket, Supervisor]:
        """A container, once it has imported what it needs: the answer's time has not begun."""
        self._write_rootfs()
        label = f"course-{secrets.token_hex(8)}"
        ours, theirs = socket.socketpair()
        control, reports = socket.socketpair()
        with theirs, reports:
            command = self.backend.command(replace(self.plan, limits=limits), label)
            process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=reports)
        contained = Contained(process, Control(control), self.backend.stop(label))
        try:
            contained.control.read("ready", True, START_SECONDS)
        except SandboxLost:
            ours.close()
            said = contained.control.other.decode(errors="replace").strip()
            with contextlib.suppress(SandboxLost):
                contained.finish(0)
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said[-600:] or 'no message'}") from None
        return ours, contained

    def _alive(self) -> bool:
        return self._control is not None and (self._template is None or self._template.poll() is None)

    def _ready(self) -> None:
        """Wait until the template has imported all that it was asked to; start it if need be."""
        if not self._alive():
            self._stop_template()
            self._join() or self._start_template()
        try:
            while self._warming:
                self._control.read("ready", True, START_SECONDS)
                self._warming -= 1
        except SandboxLost:
            said = self._last_words()
            self._stop_template()
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said or 'no message'}") from None

    def _join(self) -> bool:
        """Connect to another judge's template; False where there is none or nobody listens."""
        if not self._listener:
            return False
        channel = socket.socket(socket.AF_UNIX)
        try:
            channel.connect(self._listener)
        except OSError:
            channel.close()
            self._listener = ""
            return False
        self._control, self._warming = Control(channel), 1
        return True

    def _write_rootfs(self) -> None:
        """Fill the folder that the sandbox is shown, once."""
        if not (self.plan.root / "start.py").exists():
            shutil.rmtree(self.plan.root, ignore_errors=True)  # of an attempt that a full disk cut short
            self.plan.root.mkdir(mode=0o755)
            self.plan.root.chmod(0o755)  # a container's user reads it
            standins.build(self.plan.root, self.references)
        (self.plan.root / "preload.json").write_text(json.dumps({"preload": self.preloaded, "known": self.known}))
        for place in (self.plan.root, *self.plan.root.rglob("*")):  # for another user than who marks, whatever the umask
            if not place.is_symlink():
                place.chmod(0o755 if place.is_dir() else 0o644)

    def _start_template(self) -> None:
        self._write_rootfs()
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
            self._listener = ""
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
    """Remove what graders of this user that were killed have left behind: nobody holds the lock in such a folder any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
                continue
            descriptor = os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


class Session:
    """One sealed-off process that holds one exercise's answer. `problems` maps targets that it lacks to the reason."""

    def __init__(self, channel: socket.socket, supervisor: Supervisor, limits: backends.Limits):
        self.channel, self.supervisor, self.limits = channel, supervisor, limits
        self.deadline = time.monotonic() + limits.wall_seconds
        self.over: Ending | None = None  # how the process ended, once it has
        self.queued = 0.0  # seconds in the queue for a processor, known once it was late
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
            if time.monotonic() > self.deadline:  # a large reply takes its time to read as well
                raise protocol.WireError("late", "no reply in time")
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
        self.queued = self.supervisor.queued() if reason == "late" else 0.0
        self.channel.close()
        # a process that hung up is about to end: let it, so that its own last signal is seen
        self.over = self.supervisor.finish(0.5 if reason == "closed" else 0)
