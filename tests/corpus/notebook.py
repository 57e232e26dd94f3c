"""Run a right answer through what follows it in its notebook: the cells that use its name, or what they have made of it.

A notebook is run once, in the quick profile and in this process. For another right answer its cell runs in a copy of what is
defined by then, and after it each cell that reads a name which came from it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import PRELUDE

SOLUTIONS = Path(__file__).parents[2] / "solutions"
_HEAD = re.compile(r"^# %%(.*)$", re.MULTILINE)
_GRADE_ID = re.compile(r'"grade_id": "(\w+)"')


@dataclass
class Cell:
    """A code cell: its source, the names it reads and writes, its grade_id, and the processor seconds that it took."""

    source: str
    grade_id: str
    reads: frozenset[str]
    writes: frozenset[str]
    seconds: float = 0.0


@dataclass
class Notebook:
    """The code cells of a notebook but for the checks, and what is defined once all have run."""

    name: str
    cells: list[Cell]
    defined: dict = field(default_factory=dict)

    def run(self, answers: dict[str, str]) -> Notebook:
        """Run all cells, with other answers {exercise: source} in the place of the course's own."""
        self.defined = {"__name__": "__main__", "display": lambda *things: None}
        for cell in self.cells:
            started = time.process_time()
            _execute(PRELUDE + answers[cell.grade_id] if cell.grade_id in answers else cell.source, self.defined)
            cell.seconds = time.process_time() - started
        return self

    def after(self, exercise: str, answer: str, longest: float) -> list[Cell]:
        """Run the answer in the exercise's cell, and the cells that follow from it unless they took longer than `longest`.

        What a cell too long would have made of the answer is left as it was; a cell that joins such a thing to what is new is left
        out as well. Returns those that ran. What a cell raises is raised with its first line in front.
        """
        place = next(i for i, cell in enumerate(self.cells) if cell.grade_id == exercise)
        namespace = dict(self.defined)
        _execute(PRELUDE + answer, namespace)
        changed, old, ran = set(self.cells[place].writes), set(), []
        for cell in self.cells[place + 1 :]:
            follows, late = bool(changed & cell.reads), bool(old & cell.reads)
            if follows and not late and cell.seconds <= longest:
                _execute(cell.source, namespace)
                changed, old = changed | cell.writes, old - cell.writes
                ran.append(cell)
            else:
                changed, old = changed - cell.writes, old | cell.writes if follows or late else old - cell.writes
        return ran


def of(exercise: str) -> str:
    """Name of the notebook that has the exercise."""
    return next(path.stem for path in sorted(SOLUTIONS.glob("*.py")) if f'"grade_id": "{exercise}"' in path.read_text("utf-8"))


def load(name: str) -> Notebook:
    """The code cells of a notebook's solution; checks, which the corpus has tried before, are left out."""
    text = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    pairs = [(head.group(1), text[head.end() : end]) for head, end in zip(heads, ends)]
    return Notebook(
        name, [_cell(head, source) for head, source in pairs if "[markdown]" not in head and '"grade": true' not in head]
    )


def _cell(head: str, source: str) -> Cell:
    grade_id = _GRADE_ID.search(head)
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    defined = {node.name for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    reads = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    writes = {node.id for node in names if isinstance(node.ctx, ast.Store)} | defined
    return Cell(source.strip() + "\n", grade_id.group(1) if grade_id else "", frozenset(reads), frozenset(writes))


def _execute(source: str, namespace: dict) -> None:
    filename = f"<cell {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            exec(compile(source, filename, "exec"), namespace)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}, in the cell that begins\n{source[:300]}") from error
