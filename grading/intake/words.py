"""Whether a cell holds words for a person rather than code, whatever type the cell has.

New cells are code cells, so that an answer in prose often stands in one.
"""

from __future__ import annotations

import ast
import re

from grading.intake.reading import Cell

MIN_WORDS = 3
CODE = re.compile(r"\s*(?:[%!@]|(?:def|class|import|from|for|while|if|with|return|print|plt|assert)\b(?=.*[(:]| \w+$))")
LOOKED_AT = 20_000  # characters


def is_text(cell: Cell) -> bool:
    """Whether a person should read the cell: Markdown, raw text, or a code cell that holds prose or nothing but comments."""
    return cell.kind != "code" or (cell.claim is None and is_prose(cell.source[:LOOKED_AT]))


def is_prose(source: str) -> bool:
    """Whether the source of a code cell reads as sentences: comments, strings, or words that are no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        first = next((line for line in source.split("\n") if line.strip()), "")
        return len(re.findall(r"[^\W\d_]+", source)) >= MIN_WORDS and not CODE.match(first)
    return all(_is_string(node) for node in body) and len(re.findall(r"[^\W\d_]+", source)) >= MIN_WORDS


def _is_string(node: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
