"""How the judge hears of its sessions' processes and ends them: by way of a template's control socket, or of a container."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from grading.sandbox import orders
from grading.sandbox.orders import Ending

GRACE_SECONDS = 120.0  # for what takes milliseconds, on a machine that is busy


class SandboxLost(BaseException):
    """The sandbox itself failed, not the answer: worth another try.

    Not an Exception: a check takes an Exception for the answer's own, and would take points away for it.
    """


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


Message = TypeVar("Message", bound=orders.Report)


class Control:
    """The judge's end of the socket to a template and its children."""

    def __init__(self, channel: socket.socket):
        self.socket = channel
        self.lines = orders.Lines()
        self.reports: list = []  # heard, and not yet asked for
        self.handles: list[int] = []

    def say(self, order: orders.Order, files: Sequence[int] = ()) -> None:
        """Give the template an order; raises SandboxLost when it has ended."""
        try:
            socket.send_fds(self.socket, [orders.line(order)], files)
        except OSError as error:
            raise SandboxLost(f"the sandbox's template takes no orders ({error})") from None

    def read(self, kind: type[Message], seconds: float, number: int = 0) -> Message:
        """The next report of this kind, of the session of that number; raises SandboxLost when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            for report in self.reports:
                if isinstance(report, kind) and getattr(report, "number", 0) == number:
                    self.reports.remove(report)
                    return report
            try:
                self._more(deadline - time.monotonic(), kind.__name__)
            except (OSError, ValueError) as error:  # the socket was closed under us
                raise SandboxLost(f"the sandbox can't be heard ({error})") from None

    def forget(self, kind: type[orders.Report]) -> None:
        """Drop the reports of this kind."""
        self.reports = [report for report in self.reports if not isinstance(report, kind)]

    def _more(self, left: float, awaited: str) -> None:
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise SandboxLost(f"the sandbox did not say {awaited!r} in time")
        data, files, _flags, _address = socket.recv_fds(self.socket, 65536, 4)
        self.handles += files
        if not data:
            raise SandboxLost("the sandbox's template ended")
        self.reports += self.lines.feed(data)

    def close(self) -> None:
        self.socket.close()
        while self.handles:
            os.close(self.handles.pop())


class Forked:
    """A session's process below the template. `finish` raises SandboxLost as the Protocol says."""

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
        return self.control.read(Ending, seconds, self.number)

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
        return self.control.read(Ending, seconds)

    def _remove(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self.stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            self.process.kill()
            self.process.wait()
        self.control.close()
