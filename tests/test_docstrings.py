"""A public function's docstring, or its class's, names each error that the function raises by itself, and its arguments or none."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# a check's properties raise Wrong, which is a verdict; probes raise on purpose what networks raise
LEFT_OUT = ("helpers/checks/exercises", "helpers/checks/probes.py")
NO_ERRORS = {"Wrong", "AssertionError", "NotImplementedError"}


def raised(function):
    """The errors that a function raises by name, those of functions inside it left out."""
    found, todo = set(), list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = ast.unparse(error).split(".")[-1]
            found |= {name} if isinstance(error, (ast.Name, ast.Attribute)) and name[0].isupper() else set()
        todo += ast.iter_child_nodes(node)
    return found - NO_ERRORS


def unsaid(tree, about="", public=True):
    """(function, error) for each error that no docstring names."""
    for node in tree.body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            continue
        said = about + (ast.get_docstring(node) or "")
        seen = public and (not node.name.startswith("_") or node.name.startswith("__"))
        if isinstance(node, ast.ClassDef):
            yield from unsaid(node, said, seen)
        elif seen:
            yield from ((node.name, error) for error in sorted(raised(node)) if error not in said)


def test_docstrings_say_what_is_raised():
    files = [file for package in ("helpers", "grading") for file in sorted((ROOT / package).rglob("*.py"))]
    places = {file.relative_to(ROOT).as_posix(): file for file in files}
    found = {
        place: missing
        for place, file in places.items()
        if not place.startswith(LEFT_OUT) and (missing := list(unsaid(ast.parse(file.read_text(encoding="utf-8")))))
    }
    assert found == {}


SECTION = re.compile(r"^Args:\n((?:    .*(?:\n|\Z)|\n)+)", re.MULTILINE)


def misdescribed(tree):
    """(function or class, argument) for each argument that a section Args leaves out, or that it has and the function has not."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        section = SECTION.search(ast.get_docstring(node) or "")
        made = next((each for each in node.body if getattr(each, "name", "") == "__init__"), None)
        function = made if isinstance(node, ast.ClassDef) else node
        if section and function:
            every = [*function.args.args, *function.args.kwonlyargs, function.args.vararg, function.args.kwarg]
            has = {each.arg for each in every if each} - {"self", "cls"}
            lines = re.findall(r"^    (\w+(?:, \w+)*):", section[1], re.MULTILINE)
            told = {name for line in lines for name in line.split(", ")}
            yield from ((node.name, name) for name in sorted(has ^ told))


def test_a_section_of_arguments_has_all_of_them_and_no_other():
    files = [file for package in ("helpers", "grading") for file in sorted((ROOT / package).rglob("*.py"))]
    found = {file.name: wrong for file in files if (wrong := list(misdescribed(ast.parse(file.read_text(encoding="utf-8")))))}
    assert found == {}


def test_an_argument_that_is_left_out_or_gone_would_be_seen():
    text = '''
def drawn(x, steps, *, seed=0):
    """Draw.

    Args:
        x, steps: as ever.
        gone: no more.

    Returns:
        it.
    """
'''
    assert list(misdescribed(ast.parse(text))) == [("drawn", "gone"), ("drawn", "seed")]


def test_what_is_not_said_would_be_seen():
    text = '''
def said():
    """Raises ValueError."""
    raise ValueError("x")

def silent():
    """Nothing."""
    raise errors.OddError("x")

class Thing:
    """Raises TypeError."""
    def method(self):
        raise TypeError
    def other(self):
        raise KeyError("x") from None
    def _own(self):
        raise OSError
'''
    assert list(unsaid(ast.parse(text))) == [("silent", "OddError"), ("other", "KeyError")]
