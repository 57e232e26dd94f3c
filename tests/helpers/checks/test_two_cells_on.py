"""What a check calls right works in the cells that follow: right answers of the corpus run on in their notebooks."""

import contextlib
import time

import matplotlib.pyplot as plt
import psutil
import pytest
import torch

from helpers.checks.limits import time_limit
from helpers.checks.plain import SubjectError
from tests.corpus import exercises, load, notebook

NOTEBOOKS = sorted(path.stem for path in notebook.SOLUTIONS.glob("*.py"))
LONGEST = 0.4  # seconds: longer cells run once, with the second right answer of each exercise
BUDGET = 4.0  # seconds of the processor for the answers of one exercise
PATIENCE = 5.0  # seconds for one answer: a right one may be slow where the notebook has thousands of samples
ROOM = 2 << 30  # bytes for one answer: a right one may want (samples)² numbers there
TOO_LARGE = ("can't allocate memory", "MemoryError")


@contextlib.contextmanager
def room_for(size: int):
    """Within it this process can ask for so many bytes more, and gets an error for what goes beyond them."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_right_answers_run_on_through_the_rest_of_their_notebook(name, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")
    right = {e: [case for case in load(e) if case.right] for e in exercises() if notebook.of(e) == name}
    grad = torch.is_grad_enabled()
    ran = notebook.load(name).run({exercise: cases[1].source for exercise, cases in right.items()})
    for exercise, cases in right.items():
        started = time.process_time()
        for case in cases:
            if time.process_time() - started > BUDGET:
                break
            try:
                with room_for(ROOM):
                    time_limit(lambda source=case.source, exercise=exercise: ran.after(exercise, source, LONGEST), PATIENCE)
            except SubjectError:
                torch.set_grad_enabled(grad)  # stopped in the middle of what it did
                continue  # slow, and not wrong
            except AssertionError as error:
                if not any(words in str(error) for words in TOO_LARGE):
                    pytest.fail(f"{case} passes its check, and then: {error}")
            finally:
                plt.close("all")
    assert torch.is_grad_enabled() == grad


@pytest.mark.parametrize("greedy", ["torch.zeros(1 << 40)", "bytearray(1 << 40)"])
def test_an_answer_that_wants_more_memory_than_there_is_gets_an_error_instead_of_the_process(greedy):
    book = notebook.Notebook("one cell", [notebook.Cell("", "f", frozenset(), frozenset({"f"}))]).run({})
    with room_for(ROOM), pytest.raises(AssertionError) as error:
        book.after("f", f"torch.zeros(1 << 20)\n{greedy}", 1.0)
    assert any(words in str(error.value) for words in TOO_LARGE)


def test_a_cell_that_fails_after_an_answer_is_reported_with_its_first_lines():
    book = notebook.Notebook(
        "two cells",
        [
            notebook.Cell("def f(x): return x\n", "f", frozenset(), frozenset({"f"})),
            notebook.Cell("y = f(2) + 1\n", "", frozenset({"f"}), frozenset({"y"})),
            notebook.Cell("z = 3\n", "", frozenset(), frozenset({"z"})),
        ],
    ).run({})
    assert [cell.source for cell in book.after("f", "def f(x): return 2 * x", 1.0)] == ["y = f(2) + 1\n"]
    with pytest.raises(AssertionError, match=r"TypeError.*\ny = f"):
        book.after("f", "def f(x): return 'text'", 1.0)


def test_what_is_new_is_not_joined_to_what_a_cell_too_long_would_have_made_anew():
    cells = [
        notebook.Cell("def f(x): return x\n", "f", frozenset(), frozenset({"f"})),
        notebook.Cell("trained = f(2)\n", "", frozenset({"f"}), frozenset({"trained"})),
        notebook.Cell("both = trained - f(2)\nassert both == 0\n", "", frozenset({"f", "trained", "both"}), frozenset({"both"})),
        notebook.Cell("trained = f(1)\n", "", frozenset({"f"}), frozenset({"trained"})),
        notebook.Cell("again = trained - f(1)\n", "", frozenset({"f", "trained"}), frozenset({"again"})),
    ]
    book = notebook.Notebook("a training", cells).run({})
    cells[1].seconds = 60.0
    assert book.after("f", "def f(x): return 2 * x", 1.0) == [cells[3], cells[4]]
