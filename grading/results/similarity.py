"""Answers that look alike: a hint where to look, never a verdict.

Answers are compared as sequences of tokens in which every name of the student's own reads the same, so that renaming and
reformatting hide nothing. Short answers are alike by nature and are left out, and so is what a large part of the class
wrote, since that is what the course taught.
"""

from __future__ import annotations

import keyword
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

MIN_TOKENS = 60  # an answer of about six lines
ALIKE = 96.0  # per cent
COMMON = 0.1  # of the class


@dataclass(frozen=True)
class Group:
    """Students whose answers to one exercise are nearly the same."""

    exercise: str
    students: tuple[str, ...]  # of this class
    likeness: float  # the least between neighbours in the group, per cent
    tokens: int
    earlier: tuple[str, ...] = ()  # those of earlier years


def tokens(source: str) -> list[str]:
    """The tokens of a piece of Python, comments and layout left out, each name of the student's own as "N"."""
    from pygments.lexers import PythonLexer
    from pygments.token import Comment, Name, String, Text

    kept = []
    for kind, text in PythonLexer().get_tokens(source[:20_000]):
        if kind in Comment or kind in Text or kind in String.Doc or not text.strip():
            continue
        own = kind in Name and kind not in Name.Builtin and not keyword.iskeyword(text)
        kept.append("N" if own else text)
    return kept


def groups(answers: dict[str, dict[str, str]], earlier: dict[str, dict[str, str]] | None = None) -> list[Group]:
    """Groups of near-identical answers in {exercise: {student: source}}, the longest answers first.

    `earlier` are answers of other years in the same form; a group has at least one student of this class.
    """
    found = []
    for exercise, sources in answers.items():
        found += _groups_of(exercise, sources, (earlier or {}).get(exercise, {}))
    return sorted(found, key=lambda group: (-group.tokens, -len(group.students), group.students))


def _groups_of(exercise: str, sources: dict[str, str], earlier: dict[str, str]) -> list[Group]:
    from rapidfuzz import fuzz, process

    letters: dict[str, str] = {}
    coded = {}
    everybody = [(student, False, source) for student, source in sources.items()]
    everybody += [(whose, True, source) for whose, source in earlier.items()]
    for who, before, source in everybody:
        read = tokens(source)
        if len(read) >= MIN_TOKENS:
            coded[who, before] = "".join(letters.setdefault(token, chr(256 + len(letters))) for token in read)
    distinct = sorted(set(coded.values()))
    if not distinct or len(letters) > 50_000:
        return []
    scores = process.cdist(distinct, distinct, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    holders = defaultdict(list)
    for holder, text in coded.items():
        holders[text].append(holder)
    found = []
    for members in _connected(scores >= ALIKE):
        alike = sorted(holder for i in members for holder in holders[distinct[i]])
        students, others = (tuple(who for who, before in alike if before is year) for year in (False, True))
        if students and 1 < len(alike) <= max(3, COMMON * len(everybody)):
            inside = scores[np.ix_(members, members)]
            least = float(inside[inside > 0].min())
            found.append(Group(exercise, students, least, len(distinct[members[0]]), others))
    return found


def _connected(alike: np.ndarray) -> list[list[int]]:
    """The connected parts of a symmetric boolean matrix."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(csr_array(alike), directed=False)
    return [list(np.flatnonzero(label == k)) for k in range(count)]
