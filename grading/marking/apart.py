"""Read and render a stranger's bytes in a process that can be killed: with a deadline and a limit of memory.

No student's code runs here, but a file can be made to take for ever (or all memory) in whatever parses, compares or renders
it. A `Reader` does one task after the other in a process of its own; one that is late is killed, and a person is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat

from grading.intake import cleaning
from grading.model import Clean, Flag, Outcome, Repair
from grading.notebooks.course import ROOT
from grading.results import feedback, formulas, papers
from grading.results.headings import headings
from grading.sandbox.inside import slicing
from grading.sandbox.inside.isolation import die_with_parent, mapped_bytes

SECONDS = 30.0  # for what takes milliseconds; four times as long if the machine was too busy to give that much
MEMORY_MB = 2048
SIZE = struct.Struct("<Q")


class TooMuch(Exception):
    """The task took more time or memory than any honest file needs; the message says which, for a person."""


@dataclass(frozen=True)
class Setting:
    """What all tasks of a batch have in common."""

    assignment: str
    release: str  # the notebook, as JSON
    rubrics: dict[str, str]
    out: str
    references: dict[str, str] = field(default_factory=dict)  # {exercise: the course's own answer}


class Reader:
    """A process that reads submissions and writes papers; started when first needed, and again after it was killed."""

    def __init__(self, setting: Setting, seconds: float = SECONDS, memory_mb: int = MEMORY_MB):
        self.setting, self.seconds, self.memory_mb = setting, seconds, memory_mb
        self._channel: socket.socket | None = None
        self._pid = 0

    def clean(self, folder: Path) -> Clean:
        """Intake, as `cleaning.clean` does it; a file that takes too much is a problem like any other."""
        try:
            found = self._do("clean", {"folder": os.path.abspath(folder)})
        except TooMuch as error:
            return Clean(None, [], f"The file {error}; look at it by hand.")
        notebook = None if found["notebook"] is None else nbformat.from_dict(found["notebook"])
        repairs, flags = [Repair(**each) for each in found["repairs"]], [Flag(**each) for each in found["flags"]]
        return Clean(notebook, repairs, found["problem"], flags)

    def write_papers(self, outcome: str) -> None:
        """Write the student's papers, given the outcome as JSON; raises TooMuch or OSError, and then they may be incomplete."""
        self._do("papers", {"outcome": outcome})

    def write_page(self, outcome: str) -> None:
        """Write the page of feedback alone, as `write_papers` would but with formulas drawn."""
        self._do("page", {"outcome": outcome})

    def shown(self, text: str) -> str:
        """Markdown as HTML that can't act, formulas drawn; a text that takes too much is told of in its place."""
        try:
            return self._do("text", {"text": text})["html"]
        except TooMuch as error:
            return f"<p><em>This text {error}; look at the file itself.</em></p>"

    def close(self) -> None:
        """End the process."""
        if self._channel is not None:
            self._channel.close()
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
        self._channel = None

    def _do(self, task: str, arguments: dict) -> dict:
        """Have one task done: twice if the process was lost or starved, which is no fault of the file."""
        for last in (False, True):
            started, before = time.monotonic(), 0.0
            try:
                if self._channel is None:
                    self._start()
                before = cpu_seconds(self._pid)
                said = self._ask({"task": task} | arguments, self.seconds * (4 if last else 1))
            except TimeoutError:
                used = cpu_seconds(self._pid) - before
                self.close()
                if last or used > 0.5 * self.seconds:
                    waited = time.monotonic() - started
                    raise TooMuch(f"took more than {waited:.0f} seconds to {WORDS[task]}") from None
                continue
            except (OSError, EOFError) as error:
                self.close()
                if last:
                    raise TooMuch(f"ended the process that was to {WORDS[task]} it ({error or 'without a word'})") from None
                continue
            if "error" in said:
                raise OSError(said["error"]) if said["kind"] == "OSError" else TooMuch(said["error"])
            return said
        raise AssertionError("the second try returns or raises")

    def _ask(self, message: dict, seconds: float) -> dict:
        channel = self._channel
        assert channel is not None
        channel.settimeout(seconds)
        _send(channel, message)
        return _receive(channel)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        if sys.platform == "linux" and threading.active_count() == 1:
            self._pid = os.fork()
            if self._pid == 0:
                try:
                    _serve(theirs, self.setting, self.memory_mb)
                finally:
                    os._exit(0)
        else:  # a fork would copy the locks that other threads hold
            command = [sys.executable, "-m", __name__, str(theirs.fileno()), str(self.memory_mb)]
            # Python takes modules from the working folder, in which others may have put some
            self._pid = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=ROOT).pid
            _send(ours, asdict(self.setting))
        theirs.close()
        self._channel = ours


@contextlib.contextmanager
def reading(assignment: str, release: nbformat.NotebookNode, out: Path) -> Iterator[Reader]:
    """A reader of an assignment's texts that writes below `out`, ended at the end."""
    reader = Reader(Setting(assignment, nbformat.writes(release), {}, str(Path(out).resolve())))
    try:
        yield reader
    finally:
        reader.close()


def _clean(setting: Setting, release, folder: str) -> dict:
    clean = cleaning.clean(Path(folder), release, setting.assignment, setting.references)
    repairs, flags = list(map(asdict, clean.repairs)), list(map(asdict, clean.flags))
    return {"notebook": clean.notebook, "repairs": repairs, "problem": clean.problem, "flags": flags}


def _papers(setting: Setting, release, outcome: str) -> dict:
    papers.write(Path(setting.out), Outcome.from_json(outcome), setting.rubrics, headings(release))
    return {}


def _page(setting: Setting, release, outcome: str) -> dict:
    feedback.write(Path(setting.out) / "feedback", Outcome.from_json(outcome), headings(release), drawn=True)
    return {}


def _text(_setting: Setting, _release, text: str) -> dict:
    return {"html": formulas.markdown(text)}


TASKS: dict[str, Callable[..., dict]] = {"clean": _clean, "papers": _papers, "page": _page, "text": _text}
WORDS = {"clean": "read", "papers": "show", "page": "show", "text": "show"}


def _serve(channel: socket.socket, setting: Setting, memory_mb: int) -> None:
    """Do task after task until the other side hangs up."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle
    for descriptor in (int(name) for name in os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")):
        if descriptor > 2 and descriptor != channel.fileno():  # else nobody would hear that the parent hung up
            with contextlib.suppress(OSError):
                os.close(descriptor)
    bound_memory(memory_mb)
    release = nbformat.reads(setting.release, as_version=4)
    slicing.learn([cell.source for cell in release.cells if cell.cell_type == "code"])
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked = _receive(channel)
            _send(channel, _done(TASKS[asked.pop("task")], setting, release, asked))


def _done(task: Callable[..., dict], setting: Setting, release, arguments: dict) -> dict:
    try:
        return task(setting, release, **arguments)
    except OSError as error:
        return {"kind": "OSError", "error": str(error)}
    except Exception as error:  # a file that breaks a library is the file's doing
        return {"kind": "broken", "error": f"could not be dealt with ({type(error).__name__}: {error!s:.200})"}


def bound_memory(memory_mb: int) -> None:
    """Let this process map so much more than it does, where the kernel counts it."""
    if mapped := mapped_bytes():
        with contextlib.suppress(OSError, ValueError):  # above what this process was allowed
            resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_mb * 2**20,) * 2)


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, 0 where nobody knows."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def _send(channel: socket.socket, message: dict) -> None:
    text = json.dumps(message).encode()
    channel.sendall(SIZE.pack(len(text)) + text)


def _receive(channel: socket.socket) -> dict:
    (size,) = SIZE.unpack(_exactly(channel, SIZE.size))
    return json.loads(_exactly(channel, size))


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data, filled = bytearray(size), 0
    while filled < size:
        count = channel.recv_into(memoryview(data)[filled:])
        if not count:
            raise EOFError
        filled += count
    return data


if __name__ == "__main__":
    start = socket.socket(fileno=int(sys.argv[1]))
    _serve(start, Setting(**_receive(start)), int(sys.argv[2]))
