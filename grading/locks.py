"""One command at a time in a folder: who writes to it holds it, and who comes meanwhile is told by whom it is held."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from grading.rights import private_folder

LOCK = ".lock"


@contextmanager
def locked(out: Path, what: str) -> Iterator[None]:
    """Hold a folder, which is made for this user alone if it is not there.

    Where there are no locks, as on Windows, nobody is kept out.

    Raises ValueError that says who holds it if somebody does, or whose it is, OSError if it can't be written.
    """
    private_folder(out)
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(out / LOCK, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{out} is in use by {_holder(file)}; wait for its end, or use another folder") from None
        except OSError:  # a file system without locks
            yield
            return
        file.truncate(0)
        since = datetime.now().strftime("%H:%M on %d %B")
        file.write(f"`{what}` of {_user()} on {socket.gethostname()}, process {os.getpid()}, since {since}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def in_use(out: Path) -> str:
    """Who is writing to a folder just now; empty where nobody is, or where it can't be known."""
    try:
        import fcntl
    except ImportError:
        return ""

    try:
        with open(out / LOCK, encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(file)
    except OSError:  # no lock there, or a file system without locks
        pass
    return ""


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read(300).strip() or "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name
        return str(os.getuid())
