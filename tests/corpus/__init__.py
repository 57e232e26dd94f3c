"""A corpus of answers as students write them, right and wrong, for each coded exercise.

answers/NAME.py holds all answers to the exercise NAME, one a cell, under a line that says what it is:

    # %% right float32 throughout
    # %% wrong [no_square] the cosine is not squared

The word in brackets is the id of the mistake that the check must name; `unnamed` where it must name none, and shows what
was expected and what came. This module needs the standard library alone to load
the corpus; it can be loaded by path: tests/corpus/__init__.py.
"""

from __future__ import annotations

import linecache
import re
from dataclasses import dataclass
from pathlib import Path

ANSWERS = Path(__file__).parent / "answers"

# what a notebook has imported by the time an answer cell runs
PRELUDE = """
import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
"""

# answers of earlier exercises that an exercise builds on
BUILDS_ON = {"EncBlock_DecBlock": "ConvBlock", "ddpm_loss": "forward_diffusion", "text_to_image": "classifier_free_guidance"}

_HEAD = re.compile(r"^# %% (right|wrong)(?: \[(\w+)\])? (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One answer: the source of an answer cell, and for a wrong one the mistake that the check must name."""

    exercise: str
    right: bool
    title: str
    source: str
    mistake: str = ""

    def __str__(self) -> str:
        return f"{self.exercise}: {self.title}"


def exercises() -> list[str]:
    """Names of the exercises that the corpus covers."""
    return sorted(path.stem for path in ANSWERS.glob("*.py"))


def load(exercise: str) -> list[Case]:
    """The cases of one exercise; raises ValueError for a file whose cells are not labelled as they should be."""
    text = (ANSWERS / f"{exercise}.py").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    cases = []
    for head, following in zip(heads, [*heads[1:], None]):
        kind, mistake, title = head.groups()
        if (kind == "wrong") != bool(mistake):
            raise ValueError(
                f"{exercise}: {title!r} is {kind}: a wrong answer states its mistake in brackets, a right one has none"
            )
        source = text[head.end() : following.start() if following else len(text)].strip() + "\n"
        cases.append(Case(exercise, kind == "right", title, source, mistake or ""))
    if text.count("# %%") != len(cases) or len({case.title for case in cases}) != len(cases):
        raise ValueError(f"{exercise}: a cell has no proper label, or two have the same title")
    return cases


def load_all() -> list[Case]:
    return [case for exercise in exercises() for case in load(exercise)]


def names(case: Case, answers: tuple[str, ...]) -> list:
    """Run the case's cell, after the right answers that it builds on, and return what it defines under the given names."""
    namespace = {"__name__": "__main__"}
    earlier = BUILDS_ON.get(case.exercise)
    sources = [PRELUDE, next(c.source for c in load(earlier) if c.right), case.source] if earlier else [PRELUDE, case.source]
    for i, source in enumerate(sources):
        filename = f"<corpus {case} {i}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        exec(compile(source, filename, "exec"), namespace)
    return [namespace.get(name) for name in answers]
