"""Cutting the outputs out of a notebook of hundreds of megabytes before its JSON is parsed, in bounded time and space."""

from __future__ import annotations

import re

MAX_TOKENS = 3_000_000  # strings and brackets looked at one by one: a few seconds
MAX_KEPT = 30_000_000  # bytes that may remain without the outputs

STRUCTURE = re.compile(rb'["\[\]{}]')
KEY = re.compile(rb'"(?:outputs|widgets)"\s*:\s*(?=[\[{])')
INSIDE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*){0,1000}', re.DOTALL)
STRINGS = re.compile(rb'(?:[^"\[\]{}]*"[^"\\]*(?:\\.[^"\\]*){0,8}"){1,400}', re.DOTALL)


def slim(data) -> bytes:
    """The JSON text `data` (bytes or a memory map) with every list or object under "outputs" or "widgets" emptied.

    One pass; only what is kept is copied. Raises ValueError, with a sentence for the instructor, when too much remains
    or when the text has too many tokens to be read in bounded time.
    """
    megabytes = len(data) // 1_000_000
    kept, done, depth, at, skip = [], 0, 0, 0, None
    for _ in range(MAX_TOKENS):
        at = _over_strings(data, at) if skip else at
        match = STRUCTURE.search(data, at)
        if not match:
            break
        token, start, at = match.group(), match.start(), match.end()
        if token == b'"':
            at = _string_end(data, at)
            value = KEY.match(data, start) if not skip else None
            if value:
                at, skip = value.end(), (value.end(), depth)
        elif token in b"[{":
            depth += 1
        else:
            depth -= 1
            if skip and depth <= skip[1]:
                kept += [data[done : skip[0]], b"[]" if token == b"]" else b"{}"]
                done, skip = at, None
    else:
        raise ValueError(f"The file ({megabytes} MB) is too tangled to read in bounded time; look at it by hand.")
    kept.append(data[done : skip[0] if skip else len(data)])
    size = sum(map(len, kept))
    if size > MAX_KEPT:
        raise ValueError(f"Even without outputs the file has {size // 1_000_000} MB; look at it by hand.")
    return b"".join(kept)


def _over_strings(data, at: int) -> int:
    """The position behind the short strings, and what separates them, that begin at `at`."""
    run = STRINGS.match(data, at)
    return run.end() if run else at


def _string_end(data, at: int) -> int:
    """The position behind the quote that closes the string whose contents begin at `at`."""
    while True:
        inside = INSIDE.match(data, at)
        at = inside.end() if inside else at
        if data[at : at + 1] != b"\\" or at + 1 >= len(data):
            return at + 1
