"""Which protections of the sandbox hold on this machine: tried, not assumed. For `course doctor` and for whoever asks.

Each is tried from inside a session, as an answer would, or read off the kernel where an answer could not tell.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from grading.sandbox.exchange import Program, Question
from grading.sandbox.host import Sandbox
from grading.sandbox.orders import Limits
from grading.sandbox.supervision import SandboxLost
from helpers.checks.messages import Request

PROBE = """\
import ctypes, os, socket

libc = ctypes.CDLL(None, use_errno=True)


def refused(attempt):
    try:
        return attempt() == -1
    except BlockingIOError:  # a limit that others of this user have used up: no protection
        return False
    except OSError:
        return True


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def probe():
    return {
        "filter": refused(lambda: libc.syscall(29 if os.uname().machine == "x86_64" else 194, 0, 4096, 0o1600)),
        "network": refused(lambda: socket.create_connection(("127.0.0.1", 22), timeout=1)),
        "sockets": refused(lambda: socket.socket(40, 1).close()),
        "processes": refused(fork),
        "nodes": refused(lambda: os.utime("/dev/null")) and not os.path.exists("/dev/pts/ptmx"),
        "files": refused(lambda: open("/usr/note", "w")) and not os.listdir("/proc"),
    }
"""


@dataclass(frozen=True)
class Guarantee:
    """One protection: its name, whether it holds here, and what that means in a sentence."""

    name: str
    holds: bool
    meaning: str


def guarantees(wanted: str = "auto") -> list[Guarantee]:
    """What holds here with the backend of that name; takes the seconds that a template needs to start.

    Raises backends.SandboxUnavailable where there is no sandbox at all, ValueError where it does not start.
    """
    try:
        with Sandbox(wanted) as sandbox:
            found, outside = _tried(sandbox)
            name = sandbox.backend.name
    except SandboxLost as error:
        raise ValueError(str(error)) from None
    says = [Guarantee(word, found.get(word) is True, meaning) for word, meaning in _TRIED.items()]
    return [
        Guarantee("sandbox", name != "unsafe", f"students' code runs in {name}, not with your rights"),
        *says,
        Guarantee("own user", outside not in (None, os.geteuid()), _own_user(outside)),
        Guarantee("memory group", memory_group(), "the kernel bounds the memory of all sessions together (a cgroup)"),
        Guarantee("landlock", False, "not used: all that is shown inside is mounted read-only already"),
    ]


_TRIED = {
    "filter": "system calls that are not on the sandbox's list are refused",
    "network": "no network, not even the machine's own services",
    "sockets": "sockets of no family, those without a network namespace included",
    "processes": "no further processes and programs",
    "nodes": "only null, zero and urandom for devices, whose rights and times can't be changed; no terminals",
    "files": "read-only files, a small /tmp that ends with the answer, no list of processes",
}


def _own_user(outside: int | None) -> str:
    if outside not in (None, os.geteuid()):
        return "each session is a user of its own for the kernel, so that nothing counted for a user is shared"
    return "sessions are the grader's own user for the kernel; only root can give each a user of its own"


def _tried(sandbox: Sandbox) -> tuple[dict, int | None]:
    """What an answer finds refused, and the user that its process is for the kernel (None where nobody can tell)."""
    session = sandbox.open(Limits(cpu_seconds=20, wall_seconds=120.0))
    try:
        session.load(Program([("probe", PROBE)], ["probe"]))
        outside = session.supervisor.user()
        reply = session.ask(Question("probe", request=Request("call"))).reply or {}
    finally:
        session.close()
    value = reply.get("value")
    return value if isinstance(value, dict) else {}, outside


def memory_group() -> bool:
    """Whether this process runs in a cgroup with a memory limit, as `systemd-run --scope -p MemoryMax=…` gives it."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        unified = next(line.split("::", 1)[1] for line in lines if line.startswith("0::"))
        return Path(f"/sys/fs/cgroup{unified}/memory.max").read_text().strip() != "max"
    except (OSError, StopIteration, IndexError):
        return False
