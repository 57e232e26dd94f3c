"""The judge's end of the sandbox: one warm template a machine, one sealed-off process (a session) an exercise.

A judge may share its template: others on the machine connect to its listener, a socket that no answer can see, and are served
by a copy; who finds nobody listening starts a template of its own. The judge keeps the time. A session ends by SIGKILL of the
first process of its pid namespace, and the kernel takes everything in the namespace with it. Should the template itself be lost,
it is started again; that costs seconds, never a mark.
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
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from grading.sandbox import backends, orders, standins
from grading.sandbox.folder import Folder
from grading.sandbox.orders import Limits
from grading.sandbox.plan import Backend, Plan, environment
from grading.sandbox.session import Session
from grading.sandbox.supervision import GRACE_SECONDS, Contained, Control, Forked, SandboxLost, Supervisor

START_SECONDS = 120.0
ROOT = "root"  # the folder that the sandbox is shown
LISTENER = "listener"


class Sandbox:
    """A template ready to host exercises; use as a context manager, from one thread."""

    def __init__(
        self,
        backend: str | Backend = "auto",
        preload: Iterable[str] = (),
        limits: Limits | None = None,
        hide: Iterable[Path] = (),
        references: standins.References | None = None,
        listener: str = "",
    ):
        self.backend = backends.choose(backend) if isinstance(backend, str) else backend
        self.references = references or standins.References.of_the_course()
        self._folder = Folder()
        self.plan = Plan(self._folder.path / ROOT, tuple(hide), limits or Limits())
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

    def preload(self, modules: Iterable[str], known: Iterable[str] = ()) -> None:
        """Have the template import these as well, and parse cells whose source is `known`; does not wait for it."""
        more = sorted({*modules} - {*self.preloaded})
        self.preloaded = tuple(sorted({*self.preloaded, *more}))
        self.known += known
        if (more or known) and self._control is not None and self._alive():
            self._control.say(orders.Preload(more, [*known]))
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
        control = self._ready()
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                listener.bind(str(self._folder.path / LISTENER))
            except OSError:  # the path is too long for a socket
                return ""
            listener.listen(64)
            control.say(orders.Listen(), [listener.fileno()])
        return str(self._folder.path / LISTENER)

    def close(self) -> None:
        """End the template and everything in it, and remove its files."""
        self._stop_template()
        self._folder.close()

    def give_up_template(self) -> None:
        """End a template that does not do what it should; the next session starts another."""
        self._stop_template()

    def open(self, limits: Limits | None = None) -> Session:
        """Start a session; raises SandboxLost if none could be had even on a second try."""
        limits = limits or self.plan.limits
        for attempt in (1, 2):
            try:
                channel, supervisor = self._host(limits) if self.backend.warm else self._contain(limits)
                return Session(channel, supervisor, limits)
            except (SandboxLost, OSError) as error:
                self._stop_template()
                if attempt == 2:
                    raise SandboxLost(str(error)) from error
        raise AssertionError("the last attempt returns or raises")

    def _host(self, limits: Limits) -> tuple[socket.socket, Supervisor]:
        control = self._ready()
        self._count += 1
        ours, theirs = socket.socketpair()
        with theirs:
            control.say(orders.Host(**asdict(limits), number=self._count), [theirs.fileno()])
        started = control.read(orders.Started, GRACE_SECONDS, self._count)
        control.forget(orders.Handle)
        if started.error:
            raise SandboxLost(f"no sealed-off process could be made: {started.error}")
        return ours, Forked(control, self._count, started.pid)

    def _contain(self, limits: Limits) -> tuple[socket.socket, Supervisor]:
        """A container, once it has imported what it needs: the answer's time has not begun."""
        self._write_rootfs()
        plan = replace(self.plan, limits=limits, label=f"course-{secrets.token_hex(8)}")
        ours, theirs = socket.socketpair()
        control, reports = socket.socketpair()
        with theirs, reports:
            process = subprocess.Popen(
                self.backend.command(plan), stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=reports.fileno()
            )
        contained = Contained(process, Control(control), self.backend.stop(plan))
        try:
            contained.control.read(orders.Ready, START_SECONDS)
        except SandboxLost:
            ours.close()
            said = contained.control.lines.other.decode(errors="replace").strip()
            with contextlib.suppress(SandboxLost):
                contained.finish(0)
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said[-600:] or 'no message'}") from None
        return ours, contained

    def _alive(self) -> bool:
        return self._control is not None and (self._template is None or self._template.poll() is None)

    def _ready(self) -> Control:
        """The control of a template that has imported all that it was asked to; it is started if need be."""
        control = self._control
        if control is None or not self._alive():
            self._stop_template()
            control = self._join() or self._start_template()
        try:
            while self._warming:
                control.read(orders.Ready, START_SECONDS)
                self._warming -= 1
            return control
        except SandboxLost:
            said = self._last_words()
            self._stop_template()
            raise SandboxLost(f"the sandbox ({self.backend.name}) did not start: {said or 'no message'}") from None

    def _join(self) -> Control | None:
        """Connect to another judge's template; None where there is none or nobody listens."""
        if not self._listener:
            return None
        channel = socket.socket(socket.AF_UNIX)
        try:
            channel.connect(self._listener)
        except OSError:
            channel.close()
            self._listener = ""
            return None
        self._control, self._warming = Control(channel), 1
        return self._control

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

    def _start_template(self) -> Control:
        self._write_rootfs()
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the template)
        with theirs:
            self._template = subprocess.Popen(
                self.backend.command(replace(self.plan, control=theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")} | environment(),
                start_new_session=True,
            )
        self._control, self._warming = Control(ours), 1
        return self._control

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
