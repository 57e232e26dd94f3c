"""The modules of helpers.checks import one another in one direction, in functions and for types too."""

import ast
import graphlib
from pathlib import Path

from helpers import checks

FOLDER = Path(checks.__file__).parent


def imported(path: Path) -> set[str]:
    """The modules of helpers.checks that a file imports, wherever in it; the package itself is "checks"."""
    modules = {found.stem for found in FOLDER.glob("*.py")} | {"exercises"}
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("helpers.checks")):
            parts = (node.module or "").removeprefix("helpers.checks").lstrip(".").split(".")
            if parts[0] in modules:
                names.add(parts[0])
            elif path.parent == FOLDER and node.level == 1:
                names |= {alias.name if alias.name in modules else "checks" for alias in node.names}
    return names


def test_no_module_imports_what_imports_it():
    graph = {path.stem: imported(path) for path in FOLDER.glob("*.py") if path.stem != "__init__"}
    graph["checks"] = imported(FOLDER / "__init__.py")
    graph["exercises"] = set().union(*(imported(path) for path in (FOLDER / "exercises").glob("*.py")))
    assert {"check", "result"} <= graph["exercises"] | graph["check"]
    assert list(graphlib.TopologicalSorter(graph).static_order())[-1] == "checks"
