"""What strangers named is shown on the terminal and does nothing there: one function, and a stream that uses it.

A reader that leaves early, as `head` does, ends no command: what else is said goes nowhere.
"""

from __future__ import annotations

import os
import shlex
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import IO, Any, cast

JOINERS = "\u200c\u200d"  # cannot be seen, and Persian and Indian names need them


def shown(text: str, kept: str = "") -> str:
    """`text` with every character that a terminal acts on, or that nobody can see, as an escape such as \\x1b."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept or _blank(c) else _escape(c) for c in text)


def typed(*words: object) -> str:
    """A command as it can be typed or pasted, whatever the names in it."""
    return shlex.join(map(str, words))


def some(names: Sequence[str], most: int = 20) -> str:
    """The first of many names, and whether there are more."""
    return f"{', '.join(names[:most])}{', …' if len(names) > most else ''}"


def _blank(char: str) -> bool:
    return char in JOINERS or unicodedata.category(char) == "Zs"


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode()


class Quiet:
    """A stream that shows what is written to it, lines and tabs apart.

    A carriage return is let through at the start of what is written, where a progress bar has it.
    """

    def __init__(self, stream: IO[str]):
        self.stream = stream

    def write(self, text: str) -> int:
        bar = text[:1] if text.startswith("\r") else ""
        said = bar + shown(text[len(bar) :], kept="\n\t")
        self._while_read(lambda: self.stream.write(said))
        return len(text)

    def flush(self) -> None:
        self._while_read(self.stream.flush)

    def _while_read(self, say: Callable[[], object]) -> None:
        """Say it; once nobody reads any more, point the stream to where nothing is kept."""
        try:
            say()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def quiet() -> Iterator[None]:
    """Have all that is printed in the `with` shown, to the last line. Raises OSError where it can't be written."""
    out, err = (cast(IO[str], Quiet(stream)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield
        out.flush()
