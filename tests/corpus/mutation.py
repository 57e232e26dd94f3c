"""Wrong answers made mechanically: small changes of each reference solution, each of which must lose points.

The reference of an exercise is the first right answer of its corpus. A mutant that does the same as the reference (or differs
only in what nobody asks for) is equivalent; those are listed by hand, with the reason, in equivalents.py.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from . import Case, load
from .equivalents import EQUIVALENT

# answers whose gradient counts: networks, and losses that train one
DIFFERENTIATED = {
    "ConvBlock",
    "DiTBlock",
    "EncBlock_DecBlock",
    "SelfAttention",
    "contrastive_divergence_loss",
    "ddpm_loss",
    "dsm_loss",
    "flow_matching_loss",
}

_ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
_SYMMETRIC = {"transpose", "gcd"}  # functions whose arguments may change places
_EXCHANGED = {
    "mean": "sum",
    "sum": "mean",
    "cos": "sin",
    "sin": "cos",
    "randn": "rand",
    "zeros": "ones",
    "max": "min",
    "min": "max",
}


@dataclass(frozen=True)
class Mutant:
    """One changed reference: what was changed, in words, and the source after the change."""

    exercise: str
    change: str
    source: str

    @property
    def reason(self) -> str:
        """Why it is equivalent, or "" if it has to lose points."""
        return next((why for change, why in EQUIVALENT.get(self.exercise, {}).items() if change == self.change), "")

    def as_case(self) -> Case:
        return Case(self.exercise, False, self.change, self.source, "mutant")


def mutants(exercise: str) -> list[Mutant]:
    """All mutants of an exercise's reference, those that read the same as another left out."""
    source = next(case.source for case in load(exercise) if case.right)
    tree = ast.parse(source)
    found, seen, count = [], {ast.unparse(tree)}, {}
    for number, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node, exercise):
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[number])
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text in seen:
                continue
            seen.add(text)
            count[what] = count.get(what, 0) + 1
            found.append(Mutant(exercise, what if count[what] == 1 else f"{what} ({count[what]})", text + "\n"))
    return found


def _changes(node: ast.AST, exercise: str) -> Iterator:
    """Pairs (words, function that makes the change in a copy of the node)."""
    for name, children in ast.iter_fields(node):
        if name in ("annotation", "returns", "bases", "decorator_list"):
            continue
        for place, child in [(None, children)] if isinstance(children, ast.expr) else _places(children):
            for kind, new in _expressions(child, exercise):
                if kind == "detach" and isinstance(node, ast.Expr):
                    continue  # nobody uses its value
                yield f"{kind}: {ast.unparse(child)} → {ast.unparse(new)}", _setter(name, place, new)
    yield from _statements(node)


def _places(children) -> list:
    return [(i, child) for i, child in enumerate(children) if isinstance(child, ast.expr)] if isinstance(children, list) else []


def _setter(field: str, place: int | None, new: ast.expr):
    def change(node):
        if place is None:
            setattr(node, field, copy.deepcopy(new))
        else:
            getattr(node, field)[place] = copy.deepcopy(new)

    return change


def _expressions(node: ast.expr, exercise: str) -> Iterator[tuple[str, ast.expr]]:
    """Pairs (kind of change, expression to put in the node's place)."""
    if isinstance(node, ast.BinOp):
        yield from _arithmetic(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", node.operand
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in (node.value + 1, 2 * node.value, node.value - 1):
            yield "constant", ast.Constant(value)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        yield "comparison", ast.Compare(node.left, [_COMPARED[type(node.ops[0])]()], node.comparators)
    if isinstance(node, ast.IfExp):
        yield "one branch", node.body
        yield "one branch", node.orelse
    if isinstance(node, ast.Call):
        yield from _calls(node)
    if exercise in DIFFERENTIATED and isinstance(node, (ast.Call, ast.BinOp)):
        yield "detach", ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])


def _arithmetic(node: ast.BinOp) -> Iterator[tuple[str, ast.expr]]:
    if type(node.op) in _ARITHMETIC:
        yield "operator", ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
    yield "dropped", node.left
    yield "dropped", node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult)):
        yield "exchanged", ast.BinOp(node.right, node.op, node.left)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if method in _EXCHANGED:
        yield "function", ast.Call(ast.Attribute(node.func.value, _EXCHANGED[method], ast.Load()), node.args, node.keywords)
    if method and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id in ("torch", "F", "nn", "math", "np", "super")
    ):
        yield "dropped", node.func.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield "dropped", node.args[0]
    for i in range(len(node.args) - 1 if method not in _SYMMETRIC else 0):
        swapped = list(node.args)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        yield "exchanged", ast.Call(node.func, swapped, node.keywords)
    for i, keyword in enumerate(node.keywords):
        yield f"keyword {keyword.arg} left out", ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        for step, op in ((1, ast.Add()), (1, ast.Sub())):
            yield "off by one", ast.Call(node.func, [*node.args[:-1], ast.BinOp(node.args[-1], op, ast.Constant(step))], [])


def commute(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether two statements may change places: assignments, neither of which reads or writes what the other writes.

    Those that draw random numbers may too, as nothing but a `generator` would tell their order.
    """
    pair = (first, second)
    if not all(isinstance(statement, ast.Assign) for statement in pair) or all("generator" in ast.unparse(s) for s in pair):
        return False
    (wrote, read), (writes, reads) = _names(first), _names(second)
    return not (wrote & (writes | reads) or writes & read)


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """What a statement writes and what it reads: names, and attributes of self."""
    wrote, read = set(), set()
    for node in ast.walk(statement):
        if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) != "self":
            (read if isinstance(node.ctx, ast.Load) else wrote).add(ast.unparse(node))
    return wrote, read


def _statements(node: ast.AST) -> Iterator:
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return
    for i, statement in enumerate(body):
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if docstring or isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue
        words = ast.unparse(statement).splitlines()[0]
        if len(body) > 1 and not isinstance(statement, ast.Return):
            yield f"left out: {words}", lambda copied, i=i: copied.body.pop(i)
        if i + 1 < len(body) and not isinstance(body[i + 1], (ast.FunctionDef, ast.ClassDef)) and not commute(*body[i : i + 2]):
            yield f"reordered: {words}", lambda copied, i=i: copied.body.insert(i, copied.body.pop(i + 1))
