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

GRACE_SECONDS = 30.0  # for what takes milliseconds, on a machine that is busy


class SandboxLost(RuntimeError):
    """The sandbox itself failed, not the answer: worth another try."""


class Control:
    """The socket to the template and its children: JSON lines, some with a file descriptor attached."""

    def __init__(self, channel: socket.socket):
        self.socket, self.lines, self.handles, self.rest = channel, [], [], b""

    def say(self, order: dict, files: list[int] = ()) -> None:
        """Give the template an order; raises OSError when it has ended."""
        socket.send_fds(self.socket, [json.dumps(order).encode() + b"\n"], files)

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


class Keeper:
    """A session's process below the template: how to end it, and how it ended."""

    def __init__(self, control: Control, number: int, pid: int):
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


class Contained:
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
