"""Processes on this machine that mark, and talk to the one that records over pipes which nobody else can open.

A process's death costs another try of the student whom it was marking, never a mark.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait

from grading.marking.marker import Job, Marker
from grading.notebooks.course import ROOT

ATTEMPTS = 8
CONTEXT: multiprocessing.context.ForkServerContext | multiprocessing.context.SpawnContext = (
    multiprocessing.get_context("forkserver")
    if "forkserver" in multiprocessing.get_all_start_methods()
    else multiprocessing.get_context("spawn")
)
RETRY_SECONDS = 1.0  # between two tries to start a process on a machine that is out of something
# Python 3.10.8 and 3.11.0 are told to fork by way of a socket without rights, open to all users (CVE-2022-42919)
multiprocessing.util.abstract_sockets_supported = False  # type: ignore[misc]


@dataclass(frozen=True)
class GivenUp:
    """A student at whom process after process was lost."""

    student: str
    attempts: int


def preload() -> None:
    """Start the process that workers are forked from, which imports what they need once for all of them."""
    if CONTEXT.get_start_method() == "forkserver":
        forkserver.set_forkserver_preload([__name__])
        with _in_the_course():
            resource_tracker.ensure_running()  # lets Ctrl-C through again, so that it comes first
            with _ctrl_c_for_us_alone():
                forkserver.ensure_running()


@contextmanager
def _ctrl_c_for_us_alone() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, not even while it imports; here it is only put off."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _in_the_course() -> Iterator[None]:
    """Start Python here: it takes modules from the working folder, in which others may have put some."""
    back = os.open(".", os.O_RDONLY)
    try:
        os.chdir(ROOT)
        yield
    finally:
        os.fchdir(back)
        os.close(back)


class _Worker:
    """One process with one student at a time."""

    def __init__(self, job: Job):
        self.connection, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_work, args=(theirs, job))
        with _in_the_course():
            self.process.start()
        theirs.close()
        self.student = ""

    def take(self, student: str, folder: str, attempt: int) -> bool:
        """Give it a student; False if it has ended."""
        self.student = student
        with suppress(OSError):
            self.connection.send((folder, attempt))
            return True
        return False

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


def _work(connection: Connection, job: Job) -> None:
    """Mark who is sent, until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends its workers
    with suppress(EOFError, OSError), Marker(job) as marker:
        while True:
            folder, attempt = connection.recv()
            said: str | OSError
            try:
                said = marker.mark(folder, attempt)
            except OSError as error:  # of writing the papers: the main process will see the same, and says so
                said = error
            connection.send(said)


def marked_locally(job: Job, todo: dict[str, str], number: int) -> Iterator[str | GivenUp]:
    """Outcomes, as JSON, as they are ready, of {student: folder}; raises OSError if a student's papers can't be written."""
    waiting = [(student, 1) for student in reversed(todo)]
    busy: dict[Connection, tuple[_Worker, int]] = {}
    idle: list[_Worker] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < min(number, len(todo)):
                worker = idle.pop() if idle else _started(job)
                student, attempt = waiting.pop()
                if worker.take(student, todo[student], attempt):
                    busy[worker.connection] = (worker, attempt)
                else:
                    worker.end()
                    waiting.append((student, attempt))
            ready = wait(list(busy))
            for connection in [one for one in busy if one in ready]:
                worker, attempt = busy.pop(connection)
                try:
                    said = worker.connection.recv()
                except (EOFError, OSError):
                    worker.end()
                    if attempt < ATTEMPTS:
                        waiting.append((worker.student, attempt + 1))
                    else:
                        yield GivenUp(worker.student, attempt)
                    continue
                if isinstance(said, OSError):
                    raise said
                idle.append(worker)
                yield said
    finally:
        for worker in [*idle, *(worker for worker, _attempt in busy.values())]:
            worker.end()


def _started(job: Job) -> _Worker:
    """A new worker, if need be after a while: the machine may be out of processes or memory for a moment."""
    for attempt in range(ATTEMPTS):
        try:
            return _Worker(job)
        except (OSError, EOFError):
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(RETRY_SECONDS * (attempt + 1))
    raise AssertionError("the last attempt returns or raises")
