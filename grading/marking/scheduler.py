"""Marking on the workers of a Dask scheduler that somebody else has started, given a file system that all share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import dask
from distributed import Client, WorkerPlugin, as_completed, get_worker
from distributed.scheduler import KilledWorker

from grading.marking.marker import Job, Marker
from grading.marking.workers import ATTEMPTS, GivenUp

NAME = "course-marker"
UNSAFE = (
    "The scheduler {address} is reached without TLS: whoever can open a connection to it can run code as its workers' user, "
    "and read what is marked. Use a tls:// address (Dask's `distributed.comm.tls` settings) unless the network is yours alone."
)


class MarkerPlugin(WorkerPlugin):
    """One marker a worker process, made when it is first needed."""

    name = NAME

    def __init__(self, job: Job):
        self.job = job
        self.marker: Marker | None = None

    def teardown(self, worker) -> None:
        if self.marker is not None:
            self.marker.close()

    def mark(self, folder: str, attempt: int) -> str:
        """Mark one student's folder, as `Marker.mark`."""
        self.marker = self.marker or Marker(self.job)
        return self.marker.mark(folder, attempt)


def _mark(folder: str, attempt: int) -> str:
    plugin = get_worker().plugins[NAME]
    if not isinstance(plugin, MarkerPlugin):
        raise TypeError(f"expected this worker's plugin {NAME} to be a MarkerPlugin, got {type(plugin).__name__}")
    return plugin.mark(folder, attempt)


def marked_by(address: str, job: Job, todo: dict[str, str]) -> Iterator[str | GivenUp]:
    """Outcomes, as JSON, in the order in which they are ready, of {student: folder}; warns of a scheduler without TLS.

    Raises RuntimeError if a worker fails in a way of its own, OSError if a student's papers can't be written.
    """
    if not address.startswith("tls://"):
        print(UNSAFE.format(address=address), file=sys.stderr)
    with dask.config.set({"distributed.scheduler.allowed-failures": 10}), Client(address, timeout=20) as client:
        client.register_plugin(MarkerPlugin(job), name=NAME)
        waiting = {}

        def submit(student: str, attempt: int):
            future = client.submit(_mark, todo[student], attempt, pure=False)
            waiting[future.key] = (student, attempt)
            return future

        queue = as_completed([submit(student, 1) for student in todo])
        for future in queue:
            student, attempt = waiting.pop(future.key)
            error = future.exception()
            if error is None:
                yield future.result()
            elif isinstance(error, OSError):
                raise error
            elif not isinstance(error, KilledWorker):
                raise RuntimeError(f"a worker of {address} could not mark {student}: {error!r:.300}")
            elif attempt < ATTEMPTS:
                queue.add(submit(student, attempt + 1))
            else:
                yield GivenUp(student, attempt)
