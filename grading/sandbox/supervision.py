"""How the judge hears of its sessions' processes and ends them: by way of a template's control socket, or of a container."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

GRACE_SECONDS = 120.0  # for what takes milliseconds, on a machine that is busy


class SandboxLost(BaseException):
    """The sandbox itself failed, not the answer: worth another try.

    Not an Exception: a check takes an Exception for the answer's own, and would take points away for it.
    """


@dataclass(frozen=True)
class Ending:
    """How a session's process ended: the signal that killed it (0: none), and what it had used."""

    signal: int = 0
    cpu: float = 0.0  # seconds of processor time
    memory_mb: int = 0


class Supervisor(Protocol):
    """What ends a session's process and knows how it ended."""

    def finish(self, patience: float) -> Ending:
        """Wait that long for the process to end by itself, then kill it; raises SandboxLost if nobody can say how it ended."""
        ...

    def queued(self) -> float:
        """Seconds for which the process has been ready and no processor was free, as far as is known."""
        ...

    def user(self) -> int | None:
        """The number of the user that the process is for the kernel, None where nobody can tell."""
        ...


class Control:
    """The socket to the template and its children: JSON lines, some with a file descriptor attached."""

    def __init__(self, channel: socket.socket):
        self.socket, self.lines, self.handles, self.rest, self.other = channel, [], [], b"", b""

    def say(self, order: dict, files: Sequence[int] = ()) -> None:
        """Give the template an order; raises SandboxLost when it has ended."""
        try:
            socket.send_fds(self.socket, [json.dumps(order).encode() + b"\n"], files)
        except OSError as error:
            raise SandboxLost(f"the sandbox's template takes no orders ({error})") from None

    def read(self, key: str, value, seconds: float) -> dict:
        """The next message whose `key` is `value`; raises SandboxLost when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.lines:
                if line.get(key) == value:
                    self.lines.remove(line)
                    return line
            try:
                self._more(deadline - time.monotonic(), key)
            except (OSError, ValueError) as error:  # the socket was closed under us
                raise SandboxLost(f"the sandbox can't be heard ({error})") from None

    def forget(self, key: str) -> None:
        """Drop the messages that have this key."""
        self.lines = [line for line in self.lines if key not in line]

    def _more(self, left: float, key: str) -> None:
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise SandboxLost(f"the sandbox did not say {key!r} in time")
        data, files, _flags, _address = socket.recv_fds(self.socket, 65536, 4)
        self.handles += files
        if not data:
            raise SandboxLost("the sandbox's template ended")
        *complete, self.rest = (self.rest + data).split(b"\n")
        for line in complete:
            try:
                said = json.loads(line)
            except ValueError:
                said = None
            if isinstance(said, dict):
                self.lines.append(said)
            else:  # what a container's engine has to say
                self.other = (self.other + line + b"\n")[-2000:]

    def close(self) -> None:
        self.socket.close()
        while self.handles:
            os.close(self.handles.pop())


class Forked:
    """A session's process below the template."""

    def __init__(self, control: Control, number: int, pid: int):
        self.control, self.number, self.pid = control, number, pid
        self.handle = control.handles.pop(0) if control.handles else None

    def finish(self, patience: float) -> Ending:
        try:
            with contextlib.suppress(SandboxLost):
                if patience:
                    return self._ended(patience)
            self._kill()
            return self._ended(GRACE_SECONDS)
        except OSError as error:
            raise SandboxLost(f"a session could not be ended ({error})") from None
        finally:
            if self.handle is not None:
                with contextlib.suppress(OSError):
                    os.close(self.handle)
                self.handle = None

    def user(self) -> int | None:
        try:
            return self._place().stat().st_uid
        except (OSError, ValueError, IndexError, StopIteration):
            return None

    def _place(self) -> Path:
        """The process's folder below /proc: the handle knows its number out here."""
        about = Path(f"/proc/self/fdinfo/{self.handle}").read_text()
        return Path("/proc", next(line.split()[1] for line in about.splitlines() if line.startswith("Pid:")))

    def queued(self) -> float:
        """Read off the kernel's account of the process's threads."""
        try:
            tasks = list((self._place() / "task").iterdir())
            return max(int((task / "schedstat").read_text().split()[1]) for task in tasks) / 1e9
        except (OSError, ValueError, IndexError, StopIteration):
            return 0.0

    def _ended(self, seconds: float) -> Ending:
        said = self.control.read("ended", self.number, seconds)
        return Ending(said["signal"], said["cpu"], said["memory_mb"])

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.handle is None:
                os.kill(self.pid, signal.SIGKILL)  # only without namespaces, where the number means the same out here
            else:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)


class Contained:
    """A session's container. The first process in it says on its standard error what the second one, the answer's, has used."""

    def __init__(self, process: subprocess.Popen, control: Control, stop: list[str]):
        self.process, self.control, self.stop = process, control, stop

    def finish(self, patience: float) -> Ending:
        try:
            with contextlib.suppress(SandboxLost):
                if patience:
                    return self._ended(patience)
            self.process.terminate()  # an engine passes that on; the first process then kills the second and reports
            return self._ended(20.0)
        finally:
            self._remove()

    def queued(self) -> float:
        return 0.0  # nobody tells

    def user(self) -> int | None:
        return None

    def _ended(self, seconds: float) -> Ending:
        said = self.control.read("ended", 0, seconds)
        return Ending(said["signal"], said["cpu"], said["memory_mb"])

    def _remove(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self.stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            self.process.kill()
            self.process.wait()
        self.control.close()
