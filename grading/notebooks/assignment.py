"""What the instructor's own notebook says about an assignment: its exercises, their tests, points and names."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType

from grading.cells import about, exercise_of, grade_id, is_graded, is_solution, points
from grading.sandbox.exchange import Program
from grading.sandbox.standins import References

SOLUTION = re.compile(r"^[^\n]*### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.S | re.M)


@dataclass(frozen=True)
class Exercise:
    """One graded cell: a test of the names `targets`, or a written answer (no targets) for a person to mark."""

    grade_id: str
    points: float
    source: str  # of the graded cell, in the instructor's version
    targets: tuple[str, ...] = ()
    imports: str = ""  # the statements that bind other names which the test uses

    @property
    def name(self) -> str:
        return exercise_of(self.grade_id)

    @property
    def written(self) -> bool:
        return not self.targets

    @cached_property
    def code(self) -> CodeType:
        """The test, compiled: the imports that it needs, then the cell, each check once."""
        tree = ast.parse(f"{self.imports}\n{self.source}")
        tree.body = [statement for number, statement in enumerate(tree.body) if not _made_again(statement, tree.body[number + 1 :])]
        return compile(tree, f"<{self.grade_id}>", "exec")

    def says_nothing(self, answer: str) -> bool:
        """Whether a written answer has no word beyond what the release gave."""
        given = set(SOLUTION.sub("YOUR ANSWER HERE", self.source).split())
        return not any(re.search(r"\w", word) for word in answer.split() if word not in given)


@dataclass
class Assignment:
    """An assignment's exercises in the notebook's order, and where the references to withhold live."""

    name: str
    exercises: tuple[Exercise, ...]
    references: References = field(default_factory=References.of_the_course)

    @classmethod
    def of(cls, source, name: str, references: References | None = None) -> Assignment:
        """Read the instructor's notebook; raises ValueError for a test cell that tests nothing."""
        imports = _imports(source)
        exercises = tuple(_exercise(cell, imports) for cell in source.cells if is_graded(cell))
        return cls(name, exercises, references or References.of_the_course())

    @cached_property
    def overlays(self) -> dict[str, dict[str, str]]:
        """{grade_id: modules as they may be seen while it is marked}."""
        return {e.grade_id: self.references.overlay(list(e.targets)) for e in self.exercises if not e.written}

    def program(self, exercise: Exercise, notebook) -> Program:
        """What the sandbox gets for an exercise: the code cells before its test, and no test."""
        cells, before = [], True
        for number, cell in enumerate(notebook.cells, 1):
            before = before and grade_id(cell) != exercise.grade_id
            if before and cell.cell_type == "code" and not is_graded(cell):
                cells.append([grade_id(cell) or f"cell {number}", cell.source])
        overlay = self.overlays[exercise.grade_id]
        return Program(cells, exercise.targets, exercise.targets, overlay, self.references.homes)


def given(source) -> list[str]:
    """The code cells that students are given as they stand, with neither an answer nor a test in them."""
    return [cell.source for cell in source.cells if cell.cell_type == "code" and not about(cell)]


def _exercise(cell, imports: dict[str, str]) -> Exercise:
    name = str(grade_id(cell))
    if is_solution(cell) or cell.cell_type != "code":
        return Exercise(name, points(cell), cell.source)
    names = [used for used in free_names(cell.source) if used != "checks"]
    targets = tuple(used for used in names if used not in imports)
    if not targets:
        raise ValueError(f"the test cell {name} uses no name that a student defines")
    needed = "\n".join(dict.fromkeys(imports[used] for used in names if used in imports))
    return Exercise(name, points(cell), cell.source, targets, needed)


def _made_again(statement: ast.stmt, later: list[ast.stmt]) -> bool:
    """Whether a check without a seed, which students see, is made again with one, in a hidden test: the second says all."""
    call, seed = _unseeded(statement)
    return call is not None and seed is None and any(_unseeded(other)[0] == call and _unseeded(other)[1] for other in later)


def _unseeded(statement: ast.stmt) -> tuple[str | None, ast.keyword | None]:
    """A statement that is a call, without its seed, and the seed."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None, None
    call = statement.value
    seeds = [keyword for keyword in call.keywords if keyword.arg == "seed"]
    others = [keyword for keyword in call.keywords if keyword.arg != "seed"]
    return ast.unparse(ast.Call(call.func, call.args, others)), seeds[0] if seeds else None


def free_names(source: str) -> list[str]:
    """Names that the source reads but neither sets nor finds among the builtins, in order of appearance."""
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(_imports_of(source))
    return [name for name in dict.fromkeys(n.id for n in names) if name not in bound and not hasattr(builtins, name)]


def libraries(source) -> set[str]:
    """Modules from outside the course that the notebook's cells import."""
    trees = [ast.parse(statement) for statement in _imports(source).values()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name for name in names if name.split(".")[0] not in ("helpers", "grading")}


def _imports(source) -> dict[str, str]:
    """{name: the import statement that binds it} over the instructor's own code cells."""
    found: dict[str, str] = {}
    for cell in source.cells:
        if cell.cell_type == "code":
            found |= _imports_of(cell.source)
    return found


def _imports_of(source: str) -> dict[str, str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics
        return {}
    statements = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {(alias.asname or alias.name.split(".")[0]): ast.unparse(node) for node in statements for alias in node.names}
