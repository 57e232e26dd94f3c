"""What the checks and the solved notebooks say about the exercises: points, properties, known mistakes, model answers."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from grading.cells import exercise_of, grade_id, points, role
from grading.notebooks.build import names
from grading.notebooks.release import title
from grading.notebooks.written import rubrics
from helpers import checks


def graded(root: Path) -> dict[str, list[tuple[str, float, bool]]]:
    """{notebook: (exercise, points, whether in words)} in the order of the notebooks."""
    found = {}
    for name in names(root):
        notebook = nbformat.read(root / "solutions" / f"{name}.ipynb", as_version=4)
        rows = [(str(grade_id(cell)), points(cell), role(cell) == "written") for cell in notebook.cells if points(cell)]
        found[name] = [(exercise_of(identifier), worth, words) for identifier, worth, words in rows]
    return found


def table_of_exercises(root: Path) -> str:
    """A table of all exercises with their points."""
    lines = ["| notebook | exercise | points |", "|---|---|---|"]
    for name, rows in graded(root).items():
        for exercise, worth, words in rows:
            what = "in words" if words else f"`{exercise}`"
            lines.append(f"| [{title(root, name)}](../notebooks/{name}.ipynb) | {what} | {worth:g} |")
        lines.append(f"| | **together** | **{sum(worth for _, worth, _ in rows):g}** |")
    return "\n".join(lines)


def mistakes(root: Path) -> str:
    """A page with what each check tests, for how many points, and the mistakes that it knows by name."""
    count = sum(len(check.mistakes) for check in checks.CHECKS.values())
    parts = [
        "# Every mistake that a check can name",
        f"{len(checks.CHECKS)} checks know {count} mistakes. "
        "A mistake is named only if the answer's numbers are those of that very mistake.",
    ]
    for name, rows in graded(root).items():
        parts.append(f"## {title(root, name)}")
        for exercise, _, words in rows:
            if not words and exercise in checks.CHECKS:
                parts.append(about(checks.CHECKS[exercise]))
    return "\n\n".join(parts) + "\n"


def about(check) -> str:
    """One check: its properties, its mistakes, its hints."""
    properties = "\n".join(f"* {p.points:g} · {escaped(p.statement)}" for p in check.properties)
    known = "\n".join(f"* {escaped(sentence)}" for sentence in check.mistakes.values())
    hints = "\n".join(f"{n}. {escaped(hint)}" for n, hint in enumerate(check.hints, 1))
    return f"### `{check.name}`\n\n{properties}\n\n**Named mistakes**\n\n{known}\n\n**Hints**\n\n{hints}"


def escaped(sentence: str) -> str:
    """A sentence of a check, which is plain text but for `code`, as Markdown."""
    parts = re.split(r"(`[^`]+`)", sentence)
    return "".join(part if i % 2 else re.sub(r"([\\\[\]*_$<{}])", r"\\\1", part) for i, part in enumerate(parts))


def model_answers(root: Path) -> str:
    """A page with the model answer and rubric of every question in words."""
    parts = ["# Model answers and rubrics", "For the marker. Formgrader shows each above the student's answer."]
    for name in names(root):
        notebook = nbformat.read(root / "solutions" / f"{name}.ipynb", as_version=4)
        worth = {grade_id(cell): points(cell) for cell in notebook.cells}
        parts.append(f"## {title(root, name)}")
        for identifier, text in rubrics(notebook).items():
            parts.append(f"### `{identifier}` · {worth[identifier]:g} points\n\n{text}")
    return "\n\n".join(parts) + "\n"
