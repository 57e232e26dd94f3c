"""A script or a Markdown text in place of a notebook: its cells, as jupytext reads them, or its statements."""

from __future__ import annotations

import ast
import re
from typing import Any

from grading.model import Repair
from grading.sandbox.inside import slicing

MARKED = re.compile(r"^#[ \t]?(?:%%|In[ ]?\[[^\]\n]{0,9}\]:).*$", re.MULTILINE)
PROMPT = re.compile(r"^# In\[[^\]\n]{0,9}\]:$", re.MULTILINE)  # nbconvert's mark of a cell
HEADED = re.compile(r"(?:# -*\n)?# jupyter:\n#   jupytext:")  # jupytext's own, which says how the cells are marked
FENCED = re.compile(r"^(?:```|~~~)[ \t]*(?:\{code-cell\}|\{?i?python[0-9]?\b)", re.MULTILINE)
LONGEST = 1_000_000  # characters; a script that is longer is not parsed
SCRIPT = "A Python script came in place of a notebook; its "
TEXT = "A Markdown text came in place of a notebook; its blocks of code and what stands between them are the cells."


def cells_of(text: str) -> tuple[list[dict[str, Any]], list[Repair]]:
    """The cells of a script with marks of cells, of a Markdown text with code, or of a script; none for any other text."""
    if len(text) > LONGEST:
        return [], []
    text = text.replace("\r\n", "\n")
    if HEADED.match(text) and (found := _read(text, "py")):
        return found, [Repair("script", SCRIPT + "cells were read.")]
    if MARKED.search(text):
        parts = [{"cell_type": "code", "source": part.strip("\n")} for part in MARKED.split(text)]
        percent = MARKED.sub(_percent, _with_texts(text))
        return _read(percent, "py:percent") or parts, [Repair("script", SCRIPT + "cells were read.")]
    if FENCED.search(text):
        found = _read(text, "md:myst" if "{code-cell}" in text else "Rmd" if re.search(r"^```\{i?python", text, re.M) else "md")
        return found, [Repair("script", TEXT)] if found else []
    found = _statements(text)
    return found, [Repair("script", SCRIPT + "statements are the cells.")] if found else []


def _percent(mark: re.Match[str]) -> str:
    """A mark of a cell as the percent format has it, with what stands on its line; `# In [3]:` says nothing more."""
    return mark[0] if "%%" in mark[0] else "# %%"


def _with_texts(text: str) -> str:
    """A script of nbconvert's with its text cells as the percent format marks them.

    There they are comments, two lines or more below the code; an empty line in one is a `#`, so that each paragraph is a cell.
    """
    return "# In[ ]:".join(map(_marked, PROMPT.split(text))) if PROMPT.search(text) else text


def _marked(part: str) -> str:
    """The code up to the next mark, with the text cells below it."""
    lines = part.rstrip("\n").split("\n")
    below = len(lines)
    while below and (not lines[below - 1] or lines[below - 1].startswith("#")):
        below -= 1
    gap = next((i for i in range(below, len(lines) - 1) if not lines[i] and not lines[i + 1]), len(lines)) if below else 0
    texts = [paragraph.strip("\n") for paragraph in "\n".join(lines[gap:]).split("\n\n")]
    return "\n".join([*lines[:gap], *(f"# %% [markdown]\n{text}" for text in texts if text), ""])


def _read(text: str, form: str) -> list[dict[str, Any]]:
    """The cells that jupytext finds, with their nbgrader metadata; none where it fails."""
    import jupytext

    try:
        cells = jupytext.reads(text, fmt=form).cells
        return [{**cell, "source": cell.source.strip("\n")} for cell in cells]
    except Exception:  # a stranger's text: whatever is wrong with it, another way may do
        return []


def _statements(text: str) -> list[dict[str, Any]]:
    """A script without any marks of cells, as Colab exports it: texts in quotation marks are text cells, the rest is code.

    Each definition is a cell of its own, for a later one of the same name replaces an earlier one. Colab leaves `!pip` lines as
    they are.
    """
    body, text = _body(text)
    if not any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)) for node in body):
        return []
    lines = text.split("\n")
    cells: list[dict[str, Any]] = []
    growing = False  # whether the last cell takes further statements
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            cells.append({"cell_type": "markdown", "source": node.value.value})
            growing = False
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        source = "\n".join(lines[first - 1 : node.end_lineno])
        definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if growing and not definition:
            cells[-1]["source"] += "\n" + source
        else:
            cells.append({"cell_type": "code", "source": source})
        growing = not definition  # a definition has a cell of its own, other statements in a row share one
    return cells


def _body(text: str) -> tuple[list[ast.stmt], str]:
    """The statements of a script and its text as Python, what is IPython's in it as the calls that IPython makes of it."""
    for read in (str, slicing.without_magics):
        try:
            python = read(text)
            return ast.parse(python).body, python
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return [], text
