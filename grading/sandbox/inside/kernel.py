"""What a notebook's kernel gives to every cell beside Python: `display`, and `get_ipython` behind magics and commands."""

from __future__ import annotations


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
