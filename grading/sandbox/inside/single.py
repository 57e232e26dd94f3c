"""One exercise in a process of its own, with standard input and output as the channel: for a container, which has no template."""

from __future__ import annotations

import os

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
    """Serve one program over standard input and output, under the limits given."""
    channel = Pipes(os.dup(0), os.dup(1))
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    template.warm(options["preload"], [])
    isolation.limit(options["cpu_seconds"], options["memory_mb"], options["file_mb"])
    os.chdir("/tmp")
    try:
        runner.serve(channel)
    finally:
        os._exit(0)
