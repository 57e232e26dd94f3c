"""Files that strangers named: opened only if they are ordinary ones, and listed as a person counts."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # each on the systems that have it
    FLAGS |= getattr(os, _name, 0)


def open_regular(path: Path):
    """Open an ordinary file for reading; raises ValueError (or OSError) for a link, a pipe or a device."""
    if path.is_symlink():  # Windows has no O_NOFOLLOW
        raise ValueError(f"{path.name} is not an ordinary file")
    descriptor = os.open(path, FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"{path.name} is not an ordinary file")
    return os.fdopen(descriptor, "rb")


def natural(name: str) -> list:
    """A key that sorts names as a person counts: 2 before 10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in re.split(r"([0-9]+)", name)]
