"""The instructor's tools: build the notebooks, collect submissions, grade them safely, report."""

import os
import sys
from pathlib import Path

# nbgrader calls `alembic` by its name: let it find the one installed beside this Python, activated or not.
_BIN = str(Path(sys.executable).parent)
if _BIN not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([_BIN, os.environ.get("PATH", os.defpath)])
