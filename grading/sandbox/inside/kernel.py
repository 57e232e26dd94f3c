"""What a notebook's kernel gives to every cell beside Python: `display`, and `get_ipython` behind magics and commands.

And a debugger that goes on, for want of somebody to ask.
"""

from __future__ import annotations

import pdb
import sys


class Shell:
    """In the kernel's place: magics and commands do nothing here, and a command's output is no lines."""

    def run_line_magic(self, *_args, **_kwargs) -> None:
        """`%matplotlib inline`, `name?`."""

    def run_cell_magic(self, *_args, **_kwargs) -> None:
        """`%%bash`."""

    def system(self, *_args, **_kwargs) -> None:
        """`!pip install …`."""

    def getoutput(self, *_args, **_kwargs) -> list[str]:
        """`lines = !command`."""
        return []


def display(*_objects, **_options) -> None:
    """Show something: nobody looks on here."""


def names() -> dict[str, object]:
    """What is there without an import, as in a notebook."""
    shell = Shell()
    return {"display": display, "get_ipython": lambda: shell}


def without_debugger() -> None:
    """Let `breakpoint()` and `pdb.set_trace()` that were left in an answer pass: nobody is there to type `c`."""
    sys.breakpointhook = pdb.set_trace = lambda *_args, **_kwargs: None
