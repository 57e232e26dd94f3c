"""One exercise in a container, which has no template: the first process imports and reports, the second runs the answer.

Standard input and output are the answer's channel. On standard error the first process says that all is imported, and in the
end what the second has used, imports not counted.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from grading.sandbox.inside import isolation, runner, template


class Pipes:
    """Two file descriptors with the few methods of a socket that the wire uses."""

    def __init__(self, source: int, sink: int):
        self.source, self.sink = source, sink

    def settimeout(self, _seconds) -> None:
        pass  # the judge keeps the time

    def sendall(self, data) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.sink, view) :]

    def recv_into(self, view) -> int:
        data = os.read(self.source, min(len(view), 65536))
        view[: len(data)] = data
        return len(data)


def main(options: dict) -> None:
    """Serve one program over standard input and output, under the limits given, and report how it ended."""
    channel = Pipes(os.dup(0), os.dup(1))
    reports = os.dup(2)
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    template.warm(options["preload"], options["known"])
    os.chdir("/tmp")
    _say(reports, {"ready": True})
    answer = os.fork()
    if answer == 0:
        os.close(reports)
        _answer(channel, options)
    os.close(channel.source)
    os.close(channel.sink)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(answer, signal.SIGKILL))
    _pid, status, used = os.wait4(answer, 0)
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    cpu = used.ru_utime + used.ru_stime
    _say(reports, {"ended": 0, "signal": killed_by, "cpu": cpu, "memory_mb": used.ru_maxrss // 1024})
    sys.exit(0)


def _answer(channel: Pipes, options: dict) -> None:
    """Run the answer in this process, which has used no time so far; never returns."""
    try:
        isolation.die_with_parent()
        isolation.limit(options["cpu_seconds"], options["memory_mb"], options["file_mb"])
        runner.serve(channel)
    finally:
        os._exit(0)


def _say(reports: int, message: dict) -> None:
    os.write(reports, json.dumps(message).encode() + b"\n")
