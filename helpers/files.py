"""Writing files so that a crash, a full disk or a second run never leaves half of one."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomically(path: str | Path, write: Callable[[Path], object], private: bool = False) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place in one step.

    Others may read the file as this user's umask has it; if it is `private`, only the group of a folder that is a group's may.

    Raises:
        OSError: the disk is full or the folder is not writable; `path` is then as it was before.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name + ".", suffix=".tmp", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, private_mode(path.parent) & 0o666 if private else 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        why = error.strerror or str(error)
        hint = ": is the disk full?" if error.errno in FULL else "."
        raise OSError(f"{path} could not be written ({why}){hint} What was there is untouched") from error
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write text (UTF-8, as given) atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(path: str | Path, data: bytes, private: bool = False) -> None:
    """Write bytes atomically; `private` as in `write_atomically`."""
    write_atomically(path, lambda temporary: temporary.write_bytes(data), private)


def private_mode(folder: Path) -> int:
    """The rights of what is private in a folder: this user's alone, or the group's as well where the folder is set-group-id."""
    shared = folder.stat().st_mode & stat.S_ISGID
    return 0o770 & ~_umask() if shared else 0o700


def _umask() -> int:
    """The rights that this user keeps from others; the system tells only whoever sets it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
