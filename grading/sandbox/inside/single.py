"""One exercise in a container, which has no template: the first process imports and reports, the second runs the answer.

Standard input and output are the answer's channel. On standard error the first process says that all is imported, and in the
end what the second has used, imports not counted.
"""

from __future__ import annotations

import os
import signal
import sys

from grading.sandbox import orders
from grading.sandbox.inside import isolation, runner, template
from grading.sandbox.orders import Options


class Pipes:
    """Two file descriptors as a `protocol.Channel`."""

    def __init__(self, source: int, sink: int):
        self.source, self.sink = source, sink

    def settimeout(self, value: float | None, /) -> None:
        pass  # the judge keeps the time

    def sendall(self, data: bytes, /) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.sink, view) :]

    def recv_into(self, view: memoryview, /) -> int:
        data = os.read(self.source, min(len(view), 65536))
        view[: len(data)] = data
        return len(data)


def main(plain: dict) -> None:
    """Serve one program over standard input and output, under the limits given, and report how it ended."""
    options = Options.from_plain(plain)
    channel = Pipes(os.dup(0), os.dup(1))
    reports = os.dup(2)
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    template.warm(options.preload, options.known)
    os.chdir("/tmp")
    _say(reports, orders.Ready())
    answer = os.fork()
    if answer == 0:
        os.close(reports)
        _answer(channel, options)
    os.close(channel.source)
    os.close(channel.sink)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(answer, signal.SIGKILL))
    _pid, status, used = os.wait4(answer, 0)
    _say(reports, template.ending(status, used))
    sys.exit(0)


def _answer(channel: Pipes, options: Options) -> None:
    """Run the answer in this process, which has used no time so far; never returns."""
    try:
        isolation.die_with_parent()
        isolation.limit(options.limits.cpu_seconds, options.limits.memory_mb, options.limits.file_mb)
        runner.serve(channel)
    finally:
        os._exit(0)


def _say(reports: int, report: orders.Report) -> None:
    os.write(reports, orders.line(report))
