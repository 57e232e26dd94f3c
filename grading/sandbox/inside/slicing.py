"""Which statements of a notebook an answer needs: its definition, the imports and constants it uses, and no training loop.

Each top-level statement is compiled; its byte code says which global names it sets and which it reads, also inside functions.
From the targets, the statements that set a needed name are collected until nothing new is needed. They run in the notebook's
order. Over-approximation is harmless (a statement too many runs), so conditions and loops count as setting all they may set.
"""

from __future__ import annotations

import ast
import dis
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from IPython.core.inputtransformer2 import TransformerManager

from helpers.checks.plain import SubjectError

WHOLE_CELL = re.compile(r"\A\s*%%[^\n]*")
TIMED = re.compile(r"^(\s*)%(?:time|timeit|prun)[ \t]+(?=[^\s-])", re.MULTILINE)
FOREIGN = re.compile(r"^\s*%%(?!time\b|timeit\b|capture\b|prun\b)")


@dataclass
class ParsedCell:
    """A code cell, parsed; `error` says why it can't be."""

    name: str
    source: str
    error: SyntaxError | None = None
    nodes: list[_Node] = field(default_factory=list)

    @property
    def filename(self) -> str:
        return f"<{self.name}>"


@dataclass
class Failure:
    """A statement (or a whole cell that doesn't parse) that raised instead of defining something."""

    cell: ParsedCell
    error: BaseException
    where: str
    sets: tuple[str, ...] = ()  # the names that an import would have set


_known: dict[str, ParsedCell] = {}


def learn(sources: list[str]) -> None:
    """Parse cells that most submissions hold unchanged, once for all processes that are forked from this one."""
    _known.update({source: _parsed("known", source) for source in sources})


def parsed(cells: Sequence[Sequence[str]]) -> list[ParsedCell]:
    """Parse [(name, source), …]; notebook magics become calls when the source isn't Python as it stands."""
    return [replace(_known[source], name=name) if source in _known else _parsed(name, source) for name, source in cells]


def _parsed(name: str, source: str) -> ParsedCell:
    cell = ParsedCell(name, source)
    try:
        statements = _statements(cell, source)
    except SyntaxError as first:
        try:
            cell.source = without_magics(source)
            statements = _statements(cell, cell.source)
        except SyntaxError:
            cell.error, statements = first, []
    cell.nodes = [_Node(statement) for statement in statements]
    return cell


def _statements(cell: ParsedCell, source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source, cell.filename).body
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nesting beyond the parser
        raise SyntaxError(f"{type(error).__name__}: {error}") from None


def without_magics(source: str) -> str:
    """The source with IPython's %magics, !commands and help? lines as the calls that IPython itself makes of them.

    What a %%time cell or a %time line holds is Python, and stays; a %%bash cell is not.

    Raises SyntaxError for what IPython refuses.
    """
    if FOREIGN.match(source):
        return ""
    try:
        return TransformerManager().transform_cell(TIMED.sub(r"\1", WHOLE_CELL.sub("", source)))
    except (SyntaxError, ValueError, RuntimeError, RecursionError) as error:  # it gives up on what nests or never ends
        raise SyntaxError(str(error)) from None


def imported(statement: ast.stmt) -> tuple[str, ...]:
    """The names that an import sets, also one inside `try:` or `if:`."""
    found = [alias for node in ast.walk(statement) if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    return tuple(alias.asname or alias.name.split(".")[0] for alias in found)


def compiled(filename: str, statement: ast.stmt) -> types.CodeType:
    """The code object of one statement, with the line numbers it has in its cell."""
    return compile(ast.Module([statement], []), filename, "exec", dont_inherit=True)


def needed(cells: list[ParsedCell], targets: set[str]) -> list[tuple[ParsedCell, ast.stmt]]:
    """The statements, in order, that define the targets and everything that these use."""
    owners = [(cell, node) for cell in cells for node in cell.nodes if node.compiles]
    nodes = [node for _cell, node in owners]
    imported = {name for node in nodes if node.is_import for name in node.sets}
    setters: dict[str, set[str]] = {}  # function: the globals that calling it sets
    for node in nodes:
        for name in node.sets:
            setters.setdefault(name, set()).update(node.sets_when_called)
    wanted, kept, grew = set(targets), set(), True
    while grew:
        grew = False
        for i, node in enumerate(nodes):
            if i not in kept and node.serves(wanted, imported, setters):
                kept.add(i)
                wanted |= node.reads
                grew = True
    return [(owners[i][0], nodes[i].statement) for i in sorted(kept)]


class _Node:
    """One top-level statement with the names that it sets, changes and reads."""

    def __init__(self, statement: ast.stmt):
        self.statement = statement
        self.sets: set[str] = set()
        self.sets_when_called: set[str] = set()
        self.reads: set[str] = set()
        self.is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
        self.is_star = isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names)
        try:
            code = compiled("<statement>", statement)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.compiles = False
            return
        self.compiles = True
        self._collect(code, top=True)
        self.changes = set(_changed(statement))

    def _collect(self, code: types.CodeType, top: bool) -> None:
        for step in dis.get_instructions(code):
            if step.opname.startswith("LOAD_") and ("NAME" in step.opname or "GLOBAL" in step.opname):
                self.reads.add(step.argval)
            elif step.opname == "STORE_GLOBAL" and not top:
                self.sets_when_called.add(step.argval)
            elif step.opname in ("STORE_NAME", "STORE_GLOBAL") and top:
                self.sets.add(step.argval)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._collect(constant, top=False)

    def serves(self, wanted: set[str], imported: set[str], setters: dict[str, set[str]]) -> bool:
        """Whether this statement may set or change a wanted name; imported libraries are never changed at the top level."""
        if self.is_star or self.sets & wanted or (self.changes - imported) & wanted:
            return True
        called = {name for name in self.reads if name in setters} if isinstance(self.statement, ast.Expr) else ()
        return any(setters[name] & wanted for name in called)


def _changed(statement: ast.stmt):
    """Names whose object the statement may change: `x.a = …`, `x[0] = …`, `x.method(…)` as a statement of its own."""
    for node in ast.walk(statement) if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else ():
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            yield from _base(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            yield from _base(node.value.func)


def _base(node: ast.expr):
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def why_missing(name: str, cells: Sequence[Sequence[str]], failures: list[Failure]) -> SubjectError:
    """Why a target isn't there: its cell failed, is still the stub, or doesn't define it."""
    pattern = re.compile(rf"^\s*(?:def|class)\s+{re.escape(name)}\b|^\s*{re.escape(name)}\s*[:=]", re.M)
    own = [failure for failure in failures if pattern.search(failure.cell.source)]
    for failure in own or failures:
        kind = type(failure.error).__name__
        return SubjectError("raised", kind, _message(failure.error), f"{failure.cell.name}, {failure.where}")
    statements = [node.statement for cell in parsed(cells) for node in cell.nodes]
    for other in [each.name for each in statements if isinstance(each, (ast.FunctionDef, ast.ClassDef))]:
        if _bare(other) == _bare(name):
            return SubjectError("raised", "NameError", f"the check asks for {name}, and your answer is called {other}")
    return SubjectError("unattempted", "NameError", f"no cell before the check defines {name}")


def _bare(name: str) -> str:
    """A name without what people change in it: capitals, underscores, a `my` before and a number behind."""
    return name.replace("_", "").lower().removeprefix("my").rstrip("0123456789")


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        line = (error.text or "").strip()[:100]
        return f"{error.msg}: {line}"[:300] if line else str(error.msg)[:300]
    try:
        return str(error)[:300]
    except BaseException:
        return "(the exception has no readable message)"
