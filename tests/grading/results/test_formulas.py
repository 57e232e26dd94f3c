"""Formulas in pages that need no network: those of the course are drawn, and what can't be is shown as it was typed."""

import re
from pathlib import Path

import jupytext
import pytest

from grading.results.formulas import PARTS, draw, markdown

SOLUTIONS = sorted((Path(__file__).parents[3] / "solutions").glob("[0-9]_*.py"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_formulas_of_a_written_model_answer_are_drawn(path):
    answers = [cell.source for cell in jupytext.read(path).cells if "BEGIN SOLUTION" in cell.source]
    formulas = [part for text in answers for part in PARTS.finditer(text) if not part["code"]]
    left = [part[0] for part in formulas if "<img" not in markdown(part[0])]
    assert left == []


def test_what_is_no_formula_stays():
    assert "img" not in markdown("It costs $5 and `$x$`, or \\$7; $ alone $ is none.\n\n```\n$y$\n```")
    assert markdown(r"$\begin{pmatrix}a\end{pmatrix}$") == "<p><code>\\begin{pmatrix}a\\end{pmatrix}</code></p>\n"
    assert markdown("$x^2$ and **more**", drawn=False) == "<p>$x^2$ and <strong>more</strong></p>\n"


@pytest.mark.parametrize("tex", [r"\mathcal N(0, I)", r"\sqrt T", r"\frac1{2}", r"\tfrac h2", r"\frac x\sigma", r"\sqrt[3]x"])
def test_arguments_without_braces_are_understood(tex):
    assert draw(tex)


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", "[x](javascript:alert(1))", '$x" onerror="alert(1)$',
                                    "<img src=x onerror=alert(1)>", "$</code><script>$"])  # fmt: skip
def test_nothing_in_an_answer_can_act(attack):
    page = markdown(f"Look: {attack}")
    tags = re.findall(r"<(\w+)((?:\s+[\w-]+=\"[^\"]*\")*)\s*/?>", page)
    assert {name for name, _ in tags} <= {"p", "img", "code", "a", "strong", "em"}
    assert not re.search(r"\son\w+=|javascript:", " ".join(re.sub(r'"[^"]*"', "", rest) for _, rest in tags))
    assert "<script" not in page


def test_a_long_text_of_openings_is_quick():
    assert len(markdown("$" * 30_000 + "\\[" * 10_000)) > 30_000
