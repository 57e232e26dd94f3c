"""What of a notebook is run for an exercise: all that the answer needs, and nothing else."""

import pdb
import sys

import pytest

from grading.sandbox.inside import failures as failed
from grading.sandbox.inside import kernel, runner, slicing


def run(*cells, targets=("f",)):
    """The namespace after running what the targets need of these cells, and the failures."""
    space = {}
    failures = runner.run_cells([[f"cell {i}", text] for i, text in enumerate(cells)], list(targets), space)
    return space, failures


def names(*cells, targets=("f",)):
    return {name for name in run(*cells, targets=targets)[0] if not name.startswith("__")}


def test_imports_constants_and_earlier_functions_come_along():
    cells = ("import math", "K = 2\nUNUSED = 1 / 0", "def g(x):\n    return K * math.floor(x)", "def f(x):\n    return g(x)")
    space, failures = run(*cells)
    assert space["f"](1.5) == 2
    assert not failures
    assert "UNUSED" not in space


def test_training_and_printing_are_left_out():
    loop = "for step in range(10**12):\n    loss = f(step)"
    assert names("def f(x):\n    return x", loop, "print(f(1))\nplot = f(2)\nf(3)") == {"f"}


def test_the_last_definition_counts():
    assert run("def f():\n    return 1", "def f():\n    return 2")[0]["f"]() == 2


def test_a_loop_that_fills_a_needed_table_is_run():
    space, _ = run("table = []\nfor i in range(3):\n    table.append(i)", "table[0] = 7", "def f():\n    return table")
    assert space["f"]() == [7, 1, 2]


def test_methods_hung_on_a_class_afterwards_are_kept():
    space, _ = run("class f:\n    pass", "def g(self):\n    return 5\n\nf.value = g")
    assert space["f"]().value() == 5


def test_changes_to_a_library_at_the_top_level_are_left_out():
    space, _ = run("import math\nmath.pi = 3\nmath.tau = 6", "def f():\n    return math.pi")
    assert space["f"]() > 3.1


def test_globals_set_by_a_function_are_found():
    space, _ = run("def setup():\n    global K\n    K = 4", "setup()", "def f():\n    return K")
    assert space["f"]() == 4


def test_conditional_and_guarded_definitions_are_kept():
    cells = (
        "try:\n    import nothing_of_the_kind as np\nexcept ImportError:\n    np = None",
        "if True:\n    K = 1",
        "f = lambda: (np, K)",
    )
    assert run(*cells)[0]["f"]() == (None, 1)


def test_star_imports_are_kept():
    assert run("from math import *", "def f():\n    return floor(2.5)")[0]["f"]() == 2


def test_decorators_defaults_and_annotations_count_as_use():
    cells = (
        "class Tensor:\n    pass",
        "def twice(g):\n    return lambda: 2 * g()",
        "S = 3",
        "@twice\ndef f(s: Tensor = S):\n    return s",
    )
    assert run(*cells)[0]["f"]() == 6


def test_a_failing_statement_is_passed_over_and_reported():
    space, failures = run("K = 1 / 0\nL = 2", "def f():\n    return L if L else K")
    assert space["f"]() == 2
    assert [type(failure.error) for failure in failures] == [ZeroDivisionError]


def test_a_cell_that_does_not_parse_costs_its_own_names_only():
    space, failures = run("def g(:\n    pass", "def f():\n    return 1")
    assert space["f"]() == 1
    assert isinstance(failures[0].error, SyntaxError)


@pytest.mark.parametrize("magic", ["%matplotlib inline", "!pip install x", "f?", "?f", "%%time", "f??"])
def test_magics_are_blanked(magic):
    assert run(f"{magic}\ndef f():\n    return 1")[0]["f"]() == 1


def test_a_cell_in_another_language_is_nothing():
    assert names("%%bash\nrm -rf /\nf=1", "%%html\n<b>f</b>") == set()


@pytest.mark.parametrize(
    "cell",
    [
        "files = !ls\nlimit = 3",
        "!pip install -q \\\n  einops\nlimit = 3",
        "%matplotlib inline\nlimit = 3  # is this enough?",
        "!nvidia-smi\n# how many?\nlimit = 3",
        "%%time\nlimit = 3",
        "\n%%capture out\nlimit = 3",
        "%time limit = 3",
        "limit = 3\nlimit?",
        "%env A=1\nlimit = 3\n%load_ext autoreload\n%autoreload 2",
        "name = 'what?'\n!echo {name}\nlimit = 3",
    ],
)
def test_what_stands_beside_a_magic_is_not_lost(cell):
    space, failures = run(cell, "def f():\n    return limit")
    assert space["f"]() == 3
    assert not failures


def test_display_and_the_shell_are_there_as_in_a_notebook():
    cells = ["info = !nvidia-smi\nlines = len(info)", "def f():\n    display(lines)\n    return lines"]
    space = kernel.names()
    failures = runner.run_cells([["cell", text] for text in cells], ["f"], space)
    assert not failures
    assert space["f"]() == 0


@pytest.mark.parametrize("stop", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_a_debugger_left_in_an_answer_goes_on(stop, monkeypatch):
    monkeypatch.setattr(sys, "breakpointhook", sys.breakpointhook)
    monkeypatch.setattr(pdb, "set_trace", pdb.set_trace)
    kernel.without_debugger()
    space, failures = run("limit = 3", f"def f():\n    {stop}\n    return limit")
    assert not failures
    assert space["f"]() == 3


@pytest.mark.parametrize("called", ["MyStep", "my_step", "Step", "step2", "STEP"])
def test_an_answer_under_nearly_its_name_is_called_by_it(called):
    error = failed.why_missing("step", [["cell", f"def {called}(x):\n    return x"]], [])
    assert (error.kind, called in error.message) == ("raised", True)
    assert failed.why_missing("step", [["cell 1", "def unstep(x):\n    return x"]], []).kind == "unattempted"
    given = "my_step = checks.or_reference(step)"  # the notebook's own line, no answer
    assert failed.why_missing("step", [["cell", given]], []).kind == "unattempted"


def test_a_package_that_is_missing_is_known_by_the_names_it_should_have_brought():
    _, failures = run(
        "import no_such_package.part as part\nfrom no_such_package import a, b as c", "def f():\n    return part, a, c"
    )
    assert [failure.sets for failure in failures] == [("part",), ("a", "c")]


def test_a_remainder_at_the_start_of_a_line_is_no_magic():
    assert run("K = (7\n% 4)", "def f():\n    return K")[0]["f"]() == 3


def test_line_numbers_are_those_of_the_cell():
    space, _ = run("\n\n\ndef f():\n    return 1")
    assert space["f"].__code__.co_firstlineno == 4


def test_a_missing_target_is_unattempted_and_a_failed_one_says_why():
    assert failed.why_missing("f", [], []).kind == "unattempted"
    _, failures = run("g = 1", "f = 1 / 0")
    error = failed.why_missing("f", [], failures)
    assert (error.kind, error.type_name) == ("raised", "ZeroDivisionError")
    assert "cell 1" in error.where


def test_exiting_at_the_top_level_ends_nothing():
    space, failures = run("import sys\nK = sys.exit(1)", "def f():\n    return 1 if f else K")
    assert space["f"]() == 1
    assert [type(failure.error) for failure in failures] == [SystemExit]


def test_a_known_cell_is_not_parsed_again_and_goes_by_the_name_it_has_here(monkeypatch):
    cells = ("x = 1 / 0", "def f():\n    return x")
    monkeypatch.setattr(slicing, "_known", {})
    slicing.learn(list(cells))
    monkeypatch.setattr(slicing, "_statements", lambda *_: pytest.fail("parsed again"))
    _space, failures = run(*cells)
    assert [(failure.cell.name, failure.where) for failure in failures] == [("cell 0", "line 1 of <module>: x = 1 / 0")]
