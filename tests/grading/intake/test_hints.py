"""Flags for the marker: an edited test, a library that has the answer ready, a paste from helpers; and none for honest work."""

import ast
import glob
import re
from copy import deepcopy

import nbformat
import pytest

from grading.cells import about, grade_id
from grading.intake import pasted, ready_made
from grading.intake.cleaning import clean
from grading.notebooks.course import ROOT
from grading.sandbox.inside import slicing
from grading.sandbox.standins import References
from helpers import checks
from tests import corpus, marking

REFERENCES = References.of_the_course()
RIGHT = [case for name in corpus.exercises() for case in corpus.load(name) if case.right]


def reference(name: str) -> str:
    return REFERENCES.definitions(checks.CHECKS[name].answers)


@pytest.fixture(scope="module")
def released() -> str:
    books = [nbformat.read(path, as_version=4) for path in glob.glob(f"{ROOT}/notebooks/*.ipynb")]
    return "\n".join(cell.source for book in books for cell in book.cells)


def flags(notebook, references=None) -> list[tuple[str, str]]:
    found = clean(nbformat.writes(notebook).encode(), marking.release(), marking.NAME, references)
    assert found.problem is None
    return [(flag.kind, flag.exercise) for flag in found.flags]


def cells_with_tests(notebook):
    return [cell for cell in notebook.cells if about(cell).get("grade") and not about(cell).get("solution")]


def test_an_honest_submission_has_no_flag():
    names = [grade_id(cell) for cell in marking.source().cells if about(cell).get("solution") and cell.cell_type == "code"]
    assert flags(marking.answered(), {name: reference(name) for name in names}) == []


def test_an_edited_test_and_raised_points_are_flags():
    for spoil in (lambda cell: cell.update(source="100.0"), lambda cell: about(cell).update(points=400)):
        notebook = deepcopy(marking.answered())
        cell = cells_with_tests(notebook)[0]
        spoil(cell)
        assert flags(notebook) == [("edited-test", grade_id(cell).removeprefix("check_"))]


LIBRARY = "\n\n\ndef cosine_beta_schedule(T, s=0.008):\n    return "


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("from diffusers.schedulers.scheduling_ddpm import betas_for_alpha_bar as f" + LIBRARY + "f(T)", True),
        ("import diffusers as d" + LIBRARY + "d.DDPMScheduler(T, beta_schedule='squaredcos_cap_v2').betas", True),
        ("import importlib\nlib = importlib.import_module('diffusers')" + LIBRARY + "lib.DDPMScheduler(T).betas", True),
        ("def g(T):\n    import diffusers\n    return diffusers.DDPMScheduler(T).betas" + LIBRARY + "g(T)", True),
        ("from diffusers import *" + LIBRARY + "DDPMScheduler(T).betas", True),
        ("import diffusers  # to compare with below" + LIBRARY + "torch.linspace(0, 1, T)", False),
        ("# as diffusers has it" + LIBRARY + "torch.linspace(0, 1, T)", False),
        ("%matplotlib inline\nimport diffusers" + LIBRARY + "diffusers.DDPMScheduler(T).betas", True),
    ],
)
def test_a_library_that_has_the_answer_ready_is_flagged_where_the_answer_uses_it(text, flagged):
    cells = slicing.parsed([("set-up", "import torch"), ("answer", text)])
    assert bool(ready_made.used("cosine_beta_schedule", ("cosine_beta_schedule",), cells)) is flagged
    assert ready_made.mentioned("cosine_beta_schedule", text) or not flagged


def test_such_an_answer_is_flagged_whole_way_through():
    name = "cosine_beta_schedule"
    notebook = marking.answered(**{name: f"import diffusers{LIBRARY}diffusers.DDPMScheduler(T).betas"})
    assert flags(notebook) == [("library", name)]


@pytest.mark.parametrize("path", ["torch.nn.MultiheadAttention", "torch.nn.modules.activation.MultiheadAttention"])
def test_a_class_is_known_by_either_address(path):
    module, _, name = path.rpartition(".")
    text = f"from {module} import {name} as M\nclass SelfAttention:\n    def __init__(self, c):\n        self.a = M(c, 4)"
    assert ready_made.used("SelfAttention", ("SelfAttention",), slicing.parsed([("a", text)])) == ["torch.nn.MultiheadAttention"]


def test_the_list_names_exercises_that_there_are():
    assert set(ready_made.READY_MADE) <= set(checks.CHECKS)


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
def test_the_reference_pasted_is_recognised(name, released):
    assert pasted.evidence(reference(name), reference(name), released)


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
def test_a_long_reference_is_recognised_without_its_texts_and_with_other_names(name, released):
    tree = ast.parse(reference(name))
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} - {"self"}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            node.body = node.body[1:]
        if isinstance(node, ast.arg) and node.arg in own:
            node.arg += "_1"
        elif isinstance(node, ast.Name) and node.id in own:
            node.id += "_1"
    text = ast.unparse(tree)
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    if len(pasted.tokens(text)) >= pasted.MIN_TOKENS and not texts:
        assert pasted.evidence(text, reference(name), released)


@pytest.mark.parametrize("case", RIGHT, ids=str)
def test_a_right_answer_of_ones_own_is_not(case, released):
    assert not pasted.evidence(case.source, reference(case.exercise), released)


def test_the_instructors_own_answers_are_not(released):
    for path in glob.glob(f"{ROOT}/solutions/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if about(cell).get("solution") and grade_id(cell) in checks.CHECKS:
                answer = re.sub(r"^.*### (?:BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)
                assert not pasted.evidence(answer, reference(grade_id(cell)), released)


def test_a_paste_is_flagged_whole_way_through():
    name = next(grade_id(cell) for cell in marking.source().cells if grade_id(cell) in checks.CHECKS)
    source = reference(name)
    assert flags(marking.answered(**{name: f"import math\n\n{source}"}), {name: source}) == [("like-helpers", name)]
