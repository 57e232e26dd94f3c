"""What is printed reaches any console."""

import io
import sys


def escape_unknown_letters() -> None:
    """Have letters that the console lacks printed as escapes: code page 1252 has none for most of the world's names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
