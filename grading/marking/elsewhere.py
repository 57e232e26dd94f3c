"""Answers that lost points to this machine: they run on a student's machine, not here, and a person is told why.

A flag takes no point and gives none. What fails everywhere, such as a misspelt name, is not flagged.
"""

from __future__ import annotations

import difflib
import re
import sys

from grading.model import ExerciseMark, Flag

NEWER = (  # how a line begins that this version of Python may refuse and a newer one reads
    r"type \w+(?:\[.*\])? *=",  # 3.12
    r"(?:async )?(?:def|class) \w+\[",  # 3.12
    r"except\*? [\w.]+,",  # 3.14
    r"(?:.*[^\w\"'])?[rR]?t[rR]?[\"']",  # 3.14
)
ELSEWHERE = {  # what an answer runs into here that it need not run into on the student's machine
    r"No module named '((?!(?:helpers|grading)\b)[\w.]+)'": "it needs the package {0}, which is not installed here",
    r"NVIDIA|CUDA|cuda|\bmps\b|MPS": "it asks for a GPU by name",
    rf"SyntaxError: f-string|SyntaxError: [^:]*: (?:{'|'.join(NEWER)})": "it may be written for a newer Python version",
    r"URLError|NameResolution|name resolution|getaddrinfo|Network is unreachable": "it asks for the network, closed here",
    r"No such file or directory|Parent directory \S+ does not exist|Read-only file": "it needs a file that is not here",
    r"EOFError: EOF when reading a line": "it waits for somebody to type",
    r"PermissionError: \[Errno 1\]|BlockingIOError|can't start new thread": "it starts other processes, which is refused here",
    r"MemoryError|can't allocate memory|Cannot allocate memory": "it needs more memory than an answer gets here",
    r"name '(?:In|Out|_+\w{0,3}|_[io]?h|_i?\d+)' is not defined": "it reads what the notebook remembers of its own cells",
}
LACKING = r"module '([\w.]+)' has no attribute '(\w+)'|cannot import name '(\w+)' from '([\w.]+)'"


def flags(mark: ExerciseMark) -> list[Flag]:
    """A flag for an answer that may run elsewhere, but not here."""
    if mark.points >= mark.max:
        return []
    said = " ".join([mark.message, *(str(each) for each in mark.properties or ())])
    for pattern, why in ELSEWHERE.items():
        found = re.search(pattern, said)
        if found:
            return [_flag(why.format(*found.groups()))]
    lacking = re.search(LACKING, said)
    if lacking:
        module, name = (lacking[1], lacking[2]) if lacking[1] else (lacking[4], lacking[3])
        if _another_version(module, name):
            return [_flag(f"{module} has no {name} in the version that is installed here")]
    return []


def _another_version(module: str, name: str) -> bool:
    """Whether another version of a library may well have the name: it is not ours, and no name that is there was meant."""
    if module.split(".")[0] in ("helpers", "grading", "__main__"):
        return False
    known = dir(sys.modules[module]) if module in sys.modules else []
    return not difflib.get_close_matches(name.lower(), [each.lower() for each in known], 1, 0.75)


def _flag(reason: str) -> Flag:
    return Flag("runs-elsewhere", f"The answer may run elsewhere, but not here: {reason}. Look at it by hand.")
