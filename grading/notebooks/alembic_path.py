"""nbgrader starts `alembic` by its name when it makes a gradebook: let it find the one that is installed beside this Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def find_alembic() -> None:
    """Put the folder of this Python's commands last in PATH, if it is not there: before nbgrader makes a gradebook."""
    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), here])
