"""Answers pasted out of `helpers`: compared with the reference's source, and shown as a hint to a person.

Two things give a paste away: a sentence of the reference (in its docstring, a comment or an error message) that the students'
notebook does not hold, word for word; and, for a reference long enough to be no formula that everyone writes alike, nearly the
same sequence of tokens. Both limits were set on the right answers that the tests hold, none of which was pasted.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz

from grading.results.similarity import tokens

SENTENCE = 30  # letters and spaces: shorter ones are written by chance
MIN_TOKENS = 60  # of a reference that is compared as a whole
ALIKE = 92.0  # per cent; the right answers in tests/corpus, written without sight of the reference, reach 88


def evidence(answer: str, reference: str, released: str) -> str:
    """How an answer shows that it was copied from `reference`, in words; nothing if it does not.

    `released` is all that the students' own notebook says, which proves nothing.
    """
    if not reference:
        return ""
    shared = [line for line in _sentences(reference) if line in _plain(answer) and line not in _plain(released)]
    if shared:
        return f"it holds the words “{max(shared, key=len)[:80]}”"
    ours = _coded(reference)
    if len(ours) < MIN_TOKENS:
        return ""
    likeness = fuzz.ratio(ours, _coded(answer), score_cutoff=ALIKE)
    return f"its tokens agree to {likeness:.0f} %" if likeness else ""


@lru_cache(maxsize=256)
def _coded(source: str) -> str:
    """The tokens as one letter each, alike for like tokens."""
    return "".join(chr(256 + _number(token)) for token in tokens(source))


def _number(token: str) -> int:
    """A number below 50,000 for a token, the same in every process."""
    value = 0
    for letter in token:
        value = (value * 131 + ord(letter)) % 49_999
    return value


@lru_cache(maxsize=256)
def _sentences(source: str) -> tuple[str, ...]:
    """The lines of the comments and strings of a piece of Python that are long enough to tell."""
    return tuple(line for text in _texts(source) for line in map(_plain, text.split("\n")) if len(line) >= SENTENCE)


def _texts(source: str) -> Iterator[str]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                yield token.string
    except (tokenize.TokenError, SyntaxError):  # a reference is whole
        return


def _plain(text: str) -> str:
    """The text's words: layout, quotes and comment marks left out."""
    return re.sub(r"\s+", " ", re.sub(r"[\"'#{}]", " ", text)).strip()
