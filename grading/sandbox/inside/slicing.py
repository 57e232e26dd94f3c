"""Which statements of a notebook an answer needs: its definition, the imports and constants it uses, and no training loop.

Each top-level statement is compiled; its byte code says which global names it sets and which it reads, also inside functions.
From the targets, the statements that set a needed name are collected until nothing new is needed. They run in the notebook's
order. Over-approximation is harmless (a statement too many runs), so conditions and loops count as setting all they may set.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import dis
import re
import types
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from IPython.core.inputtransformer2 import TransformerManager

WHOLE_CELL = re.compile(r"\A\s*%%[^\n]*")
TIMED = re.compile(r"^(\s*)%(?:time|timeit|prun)[ \t]+(?=[^\s-])", re.MULTILINE)
FOREIGN = re.compile(r"^\s*%%(?!time\b|timeit\b|capture\b|prun\b)")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
DYNAMIC = {"exec", "globals", "locals", "vars"}  # by which a statement may set names that it does not spell


@dataclass
class ParsedCell:
    """A code cell, parsed; `error` says why it can't be."""

    name: str
    source: str
    error: SyntaxError | None = None
    nodes: list[_Node] = field(default_factory=list)
    futures: int = 0  # compiler flags of its own `from __future__` imports and, as in a notebook, of earlier cells'

    @property
    def filename(self) -> str:
        return f"<{self.name}>"

    def defines(self) -> list[str]:
        """The functions and classes that it defines at the top level."""
        return [node.statement.name for node in self.nodes if isinstance(node.statement, DEFINITIONS)]


_known: dict[str, ParsedCell] = {}


def learn(sources: list[str]) -> None:
    """Parse cells that most submissions hold unchanged, once for all processes that are forked from this one."""
    _known.update({source: _parsed("known", source) for source in sources})


def parsed(cells: Sequence[Sequence[str]]) -> list[ParsedCell]:
    """Parse [(name, source), …]; notebook magics become calls when the source isn't Python as it stands."""
    found = [replace(_known[source], name=name) if source in _known else _parsed(name, source) for name, source in cells]
    flags = 0
    for cell in found:
        for node in cell.nodes:
            flags |= _futures(node.statement)
        cell.futures = flags
    return found


def _futures(statement: ast.stmt) -> int:
    """The compiler flags that a `from __future__` import sets."""
    if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
        return 0
    return sum({getattr(getattr(__future__, alias.name, None), "compiler_flag", 0) for alias in statement.names})


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd line ends
            return TransformerManager().transform_cell(TIMED.sub(r"\1", WHOLE_CELL.sub("", source)))
    except (SyntaxError, ValueError, RuntimeError, RecursionError) as error:  # it gives up on what nests or never ends
        raise SyntaxError(str(error)) from None


def compiled(filename: str, statement: ast.stmt, flags: int = 0) -> types.CodeType:
    """The code object of one statement, with the line numbers it has in its cell; it may await, as in a notebook."""
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return compile(ast.Module([statement], []), filename, "exec", flags=flags, dont_inherit=True)


def names_set(statement: ast.stmt) -> tuple[str, ...]:
    """The names that a statement sets."""
    return tuple(sorted(_Node(statement).sets))


def needed(cells: list[ParsedCell], targets: set[str]) -> list[tuple[ParsedCell, ast.stmt]]:
    """The statements, in order, that define the targets and everything that these use."""
    owners = [(cell, node) for cell in cells for node in cell.nodes if node.compiles]
    nodes = [node for _cell, node in owners]
    imported = {name for node in nodes if node.is_import for name in node.sets}
    setters: dict[str, set[str]] = {}  # function: the globals that calling it sets
    for node in nodes:
        for name in node.sets:
            setters.setdefault(name, set()).update(node.sets_when_called)
    wanted, kept, grew, dynamic = set(targets), set(), True, False
    while grew:
        grew = False
        for i, node in enumerate(nodes):
            if i not in kept and (node.serves(wanted, imported, setters) or (dynamic and (node.is_dynamic or node.is_import))):
                kept.add(i)
                wanted |= node.reads
                grew = True
        if not grew and not dynamic and wanted - set(setters) - set(dir(builtins)):
            # a name that no statement spells: `exec` or `globals()` may set it, and read any import
            grew = dynamic = any(node.is_dynamic for node in nodes)
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
        self.is_dynamic = False
        try:
            code = compiled("<statement>", statement)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.compiles = False
            return
        self.compiles = True
        self._collect(code, top=True)
        self.changes = set(_changed(statement))
        runs = not isinstance(statement, DEFINITIONS)
        self.is_dynamic = runs and bool(self.reads & DYNAMIC)

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
