"""What a notebook's kernel makes of a cell is made of it here, and a name that is missing is told by what went wrong first."""

import pytest

from grading.sandbox.inside import failures as failed
from grading.sandbox.inside import kernel, runner


def run(*cells, targets=("f",)):
    """The namespace after running what the targets need of these cells, and the failures."""
    space = kernel.names()
    failures = runner.run_cells([[f"cell {i}", text] for i, text in enumerate(cells)], list(targets), space)
    return space, failures


@pytest.mark.parametrize(
    "cells",
    [
        ["async def load():\n    return 2", "k = await load()", "def f():\n    return k"],
        ["async def each():\n    yield 2", "async for k in each():\n    pass", "def f():\n    return k"],
        ["async def each():\n    yield 2", "(k,) = [x async for x in each()]\ndef f():\n    return k"],
    ],
)
def test_a_cell_may_await(cells):
    space, failures = run(*cells)
    assert not failures
    assert space["f"]() == 2


@pytest.mark.parametrize(
    "cells",
    [
        ["from __future__ import annotations\ndef f(x: Nowhere) -> Neither[int]:\n    return x"],
        ["from __future__ import annotations\nK = 1", "def f(x: Nowhere):\n    return x"],
        ["def f(x: Nowhere, y: Neither | None = None):\n    return x"],  # Python 3.14 looks an annotation up when asked
        ["class Step:\n    size: Nowhere\n    def __call__(self, x: Neither):\n        return x", "f = Step()"],
    ],
)
def test_what_annotates_needs_not_be_there(cells):
    space, failures = run(*cells)
    assert not failures
    assert space["f"](3) == 3


def test_a_default_or_a_decorator_must_be_there():
    _space, failures = run("def f(x=NOWHERE):\n    return x")
    assert [type(failure.error) for failure in failures] == [NameError]
    _space, failures = run("@nowhere\ndef f(x: Neither):\n    return x")
    assert "nowhere" in str(failures[0].error)


@pytest.mark.parametrize(
    "cell",
    [
        "exec('def f():\\n    return 2')",
        "globals()['f'] = lambda: 2",
        "for name in ('f', 'g'):\n    globals()[name] = lambda: 2",
        "vars()['f'] = lambda: 2",
        "locals().update(f=lambda: 2)",
    ],
)
def test_a_name_may_be_set_without_being_spelt(cell):
    assert run("K = 1", cell)[0]["f"]() == 2


def test_what_is_run_from_a_text_finds_the_imports():
    assert run("import math", "exec('def f():\\n    return math.floor(2.5)')")[0]["f"]() == 2


def test_what_could_set_any_name_is_left_out_while_none_is_missing():
    space, _ = run("print(locals())\nfor i in range(3):\n    globals()['spent'] = i", "def f():\n    return 1")
    assert "spent" not in space


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["k = open('weights.txt').read()", "def f():\n    return k"], ["'k'", "cell 0", "FileNotFoundError", "weights.txt"]),
        (["j = open('weights.txt')", "k = len(j)", "def f():\n    return k"], ["'k'", "cell 0", "FileNotFoundError"]),
        (["k = 1 +", "def f():\n    return k"], ["'k'", "SyntaxError", "k = 1 +"]),
        (["from no_such_17 import k", "def f():\n    return k"], ["No module named 'no_such_17'", "not installed where"]),
        (["import no_such_17 as n\nk = n.two", "def f():\n    return k"], ["No module named 'no_such_17'"]),
    ],
)
def test_the_first_failure_is_told_and_not_the_name(cells, words):
    space, failures = run(*cells)
    with pytest.raises(NameError) as caught:
        space["f"]()
    told = failed.explained(failed.SubjectError("raised", "NameError", str(caught.value)), failed.reasons(failures))
    assert [word for word in words if word not in f"{told.type_name}: {told.message}"] == []


def test_another_error_and_a_name_that_nobody_sets_stay_as_they_are():
    _space, failures = run("j = open('weights.txt')", "def f():\n    return j")
    for kind, message in (("NameError", "name 'q' is not defined"), ("ValueError", "name 'j' is not defined")):
        error = failed.SubjectError("raised", kind, message)
        assert failed.explained(error, failed.reasons(failures)) is error


def test_an_answer_that_comes_to_nothing_says_what_its_statement_met():
    _space, failures = run("j = open('weights.txt')", "f = j.read")
    said = failed.why_missing("f", [], failures)
    assert "FileNotFoundError" in said.message


def test_an_answer_under_another_name_is_not_called_unattempted():
    cells = [["cell 1", "def given(x):\n    return x"], ["step", "def update(x):\n    return x"]]
    said = failed.why_missing("step", cells, [])
    assert (said.kind, said.type_name) == ("raised", "NameError")
    assert "step" in said.message
    assert "update" in said.message
    assert failed.why_missing("step", [["cell 1", "def given(x):\n    return x"], ["step", "# later"]], []).kind == "unattempted"
