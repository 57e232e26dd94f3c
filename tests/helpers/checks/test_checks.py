"""The machinery of the checks: results, cards, points, hints, bad input, and how failures stop a run."""

import importlib
import inspect
import math
import random
import re
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from helpers import checks, unet
from helpers.checks import card, compare
from helpers.checks.check import Check, Wrong
from helpers.checks.limits import STDOUT_CHARS
from helpers.checks.plain import SubjectError
from helpers.checks.seeding import seed_all
from helpers.checks.subject import LocalSubject

SOLUTIONS = Path(__file__).parents[3] / "solutions"
SHARED = sorted(Path(checks.__file__).parent.glob("*.py"))
TEST_CELL = re.compile(r'"points": ([\d.]+)[^\n]*\nchecks\.(\w+)\(')


def guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond - eps_uncond)


def run(check, *answers, **kwargs):
    with checks.collecting() as results:
        result = check(*answers, **kwargs)
    assert results == [result]
    return result


@pytest.mark.parametrize("notebook", sorted(SOLUTIONS.glob("*.py")), ids=lambda path: path.stem)
def test_points_of_each_check_sum_to_those_of_its_test_cell(notebook):
    cells = TEST_CELL.findall(notebook.read_text(encoding="utf-8"))
    assert cells
    assert {name: float(points) for points, name in cells} == {name: checks.POINTS[name] for _, name in cells}


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
def test_statements_mistakes_and_hints_are_written_out(name):
    check = checks.CHECKS[name]
    assert len({prop.id for prop in check.properties}) == len(check.properties)
    assert all(prop.points > 0 and len(prop.statement) < 130 and "\n" not in prop.statement for prop in check.properties)
    assert all(sentence.endswith((".", "!", "?")) for sentence in check.mistakes.values())
    assert len(check.hints) == 3
    assert all(prop.needs in {"", *(p.id for p in check.properties)} for prop in check.properties)


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
def test_the_first_hint_asks_and_no_hint_is_the_answer(name):
    check = checks.CHECKS[name]
    assert "?" in check.hints[0]
    hints = "".join("".join(check.hints).split())
    for answer in check.answers:
        solved = inspect.getsource(getattr(importlib.import_module(check.home), answer))
        returned = ["".join(line.split()) for line in re.findall(r"^ +return (.*)$", solved, re.MULTILINE)]
        assert not [line for line in returned if len(line) > 12 and line in hints]
    assert not re.search(r"\breturn \w+.*[-+*/(]", " ".join(check.hints)), "a hint that returns a formula is the answer"


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
def test_no_check_lists_a_mistake_that_it_never_names(name):
    source = inspect.getsource(sys.modules[checks.CHECKS[name].properties[0].test.__module__])
    shared = [re.sub(r"\nMISTAKES = {.*?\n}\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in SHARED]
    body = source.split("hints=(", 1)[1] + "".join(shared)
    assert not [mistake for mistake in checks.CHECKS[name].mistakes if not re.search(rf'"{mistake}["/]', body)]


def test_result_says_what_passed_and_sums_the_points():
    result = run(checks.classifier_free_guidance, lambda u, c, s: (1 + s) * c - s * u)
    assert (result.score, result.max, result.status) == (1.25, 2, "partial")
    assert result.mistakes == ("w_for_scale",)
    plain = result.as_dict()
    assert plain["score"] == 1.25
    assert [p["earned"] for p in plain["properties"]] == [0, 0.75, 0.5]
    assert plain["properties"][0]["mistake"] == "w_for_scale"


@pytest.mark.parametrize(
    ("name", "source", "least"),
    [
        ("ddpm_loss", "lambda model, x0, t, e, a: ((model(forward(x0, t, e, a), t) - e) ** 2).mean() / 2", 2.25),
        ("ddpm_loss", "lambda model, x0, t, e, a: ((model(x0, t) - e) ** 2).mean()", 2.0),
        ("forward_diffusion", "lambda x0, t, e, a: forward(x0, t, e, a**2)", 0.0),
        ("forward_diffusion", "lambda x0, t, e, a: e * w(a[t]).sqrt() + x0 * (1 - w(a[t])).sqrt()", 1.25),
    ],
)
def test_one_slip_costs_its_points_once(name, source, least):
    from helpers.ddpm import forward_diffusion

    names = {"forward": forward_diffusion, "w": lambda a: a.float().reshape(-1, 1, 1, 1)}
    result = run(checks.CHECKS[name], eval(source, names))
    assert least <= result.score < result.max


def test_the_random_generators_go_on_after_a_check_as_if_there_had_been_none():
    def draw():
        return [random.random(), np.random.randn(), torch.randn(1).item()]

    def drawn(between):
        seed_all(7)
        return [*draw(), between(), *draw()]  # NumPy keeps every second normal number back, which no seed brings up again

    def restless(u, c, s):
        seed_all(1)
        draw()
        return guidance(u, c, s)

    def check():
        run(checks.classifier_free_guidance, restless)

    assert drawn(check) == drawn(lambda: None)


def test_same_seed_same_result_and_other_seed_other_inputs():
    seen = []

    def spy(u, c, s):
        seen.append((u.clone(), s))
        return guidance(u, c, s)

    for seed in (0, 0, 7):
        run(checks.classifier_free_guidance, spy, seed=seed)
    calls = len(seen) // 3
    first, again, other = seen[:calls], seen[calls : 2 * calls], seen[2 * calls :]
    assert all(torch.equal(a[0], b[0]) and a[1] == b[1] for a, b in zip(first, again))
    assert not any(torch.equal(a[0], b[0]) for a, b in zip(first, other))


def test_failure_raises_under_pytest_with_the_card_as_message():
    with pytest.raises(checks.CheckFailed, match="only the difference|Only the difference") as caught:
        checks.classifier_free_guidance(lambda u, c, s: s * (c - u))
    assert isinstance(caught.value, AssertionError)
    assert caught.value.result.score == 1.25
    assert checks.classifier_free_guidance(guidance).passed


def test_under_nbgrader_a_failure_raises_or_shows_its_points(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    wrong = lambda u, c, s: (1 + s) * c - s * u  # noqa: E731
    result = checks.classifier_free_guidance(wrong)
    assert "Partly right" in repr(result)  # in a plain notebook the rest can go on
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(checks.CheckFailed):
        checks.classifier_free_guidance(wrong)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    result = checks.classifier_free_guidance(wrong)
    assert float(repr(result)) == result.score == float(result._repr_mimebundle_()["text/plain"]) == 1.25


def test_collecting_nests_and_ends():
    with checks.collecting() as outer:
        with checks.collecting() as inner:
            checks.classifier_free_guidance(guidance)
        checks.classifier_free_guidance(None)
    assert [len(inner), len(outer)] == [1, 1]
    assert outer[0].score == 0
    with pytest.raises(checks.CheckFailed):
        checks.classifier_free_guidance(None)


class TagCounter(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.depth = [], 0

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        pass


def test_card_escapes_what_comes_from_the_student():
    def hostile(u, c, s):
        print("<script>alert(1)</script>")
        raise ValueError("<img src=x onerror=alert(2)>")

    result = run(checks.classifier_free_guidance, hostile)
    parser = TagCounter()
    parser.feed(card.html(result))
    assert not {"script", "img"} & set(parser.tags)
    assert "&lt;img src=x onerror=alert(2)&gt;" in card.html(result)
    result = run(checks.classifier_free_guidance, lambda u, c, s: print("<script>") or guidance(u, c, s))
    assert "&lt;script&gt;" in card.html(result)
    assert "<script" not in card.html(result)


def test_card_shows_the_figure_as_inline_png():
    schedule = checks.or_reference(None, "cosine_beta_schedule")
    result = checks.cosine_beta_schedule(lambda T, s=0.008: schedule(T, s) if T else None)
    html = card.html(result)
    assert "data:image/png;base64,iVBORw0KGgo" in html
    assert "http" not in html


def test_a_property_waits_for_the_one_it_builds_on():
    ran = []
    check = Check("toy", home="helpers.schedules", mistakes={"bad": "Bad."}, hints=("a", "b", "c"))

    @check.property(1, "first")
    def first(bench):
        raise Wrong("bad")

    @check.property(1, "second", needs="first")
    def second(bench):
        ran.append(True)

    result = run(check, lambda: None)
    assert (result.score, ran) == (0, [])
    assert "Earns its points once this holds: first." in card.text(result)
    assert run(check.without("first"), lambda: None).score == 1
    with pytest.raises(ValueError, match="has no property 'third'"):
        check.without("third")


def test_a_remark_is_shown_beside_a_property_that_passed():
    check = Check("toy", home="helpers.schedules", mistakes={}, hints=("a", "b", "c"))

    @check.property(1, "first")
    def first(bench):
        return "Passed, but see this."

    assert "Passed, but see this." in card.text(run(check, lambda: None))


def test_a_shortcut_that_leaves_the_skip_out_passes_with_a_remark():
    class DecBlock(unet.DecBlock):
        def __init__(self, in_c, out_c, embed_dim):
            super().__init__(in_c, out_c, embed_dim, residual=False)

        def forward(self, x, skip, t):
            return super().forward(x, skip, t) + self.up(x)

    told = [run(checks.EncBlock_DecBlock, unet.EncBlock, block) for block in (DecBlock, unet.DecBlock)]
    assert [result.passed for result in told] == [True, True]
    assert ["carries the upsampled x alone" in card.text(result) for result in told] == [True, False]


def test_hints_come_one_by_one_and_stop_at_three():
    steps = [checks.hint("langevin_step") for _ in range(4)]
    assert [h.step for h in steps] == [1, 2, 3, 3]
    assert "again for the next one" in repr(steps[0])
    assert "last hint" in repr(steps[3])
    assert repr(checks.hint("langevin_step", 2)).count("\n") == 3
    assert checks.hint(checks.or_reference(None, "DecBlock"), 1).name == "EncBlock_DecBlock"
    assert "<ol>" in steps[0]._repr_html_()
    with pytest.raises(ValueError, match="no exercise is called 'langevin'"):
        checks.hint("langevin")
    with pytest.raises(ValueError, match="1 to 3"):
        checks.hint("langevin_step", 4)


def test_one_class_of_two_written_earns_its_points_and_the_other_is_named():
    class DecBlock(torch.nn.Module):
        def __init__(self, in_c, out_c, embed_dim):
            raise NotImplementedError()

    with checks.collecting() as results:
        checks.EncBlock_DecBlock(unet.EncBlock, DecBlock)
    (result,) = results
    assert (result.status, result.score) == ("partial", 2.0)
    assert result.message.startswith("DecBlock is not written yet: write it in place of `raise NotImplementedError()`")


def test_unattempted_answers_fall_back_on_the_reference(capsys):
    def cosine_beta_schedule(T, s=0.008):
        """The cosine schedule."""
        raise NotImplementedError()

    assert not checks.attempted(cosine_beta_schedule)
    reference = checks.or_reference(cosine_beta_schedule)
    assert capsys.readouterr().out.count("\n") == 1
    assert reference(10).shape == (10,)
    assert checks.or_reference(guidance, "classifier_free_guidance") is guidance
    with pytest.raises(ValueError, match="no exercise defines"):
        checks.or_reference(None, "nothing")


def test_an_answer_with_the_raise_behind_its_return_counts_as_attempted():
    def answer(x):
        if x > 0:
            return x
        raise NotImplementedError()

    class Half(nn.Module):
        def __init__(self):
            super().__init__()

        def forward(self, x):
            raise NotImplementedError()

    assert checks.attempted(answer)
    assert not checks.attempted(Half)


BAD_FUNCTIONS = {
    "None": (None, "got None"),
    "a string": ("cosine", "got the str 'cosine'"),
    "a class": (nn.Linear, "got the class Linear"),
    "an instance": (nn.Linear(1, 1), "raised"),
    "too few arguments": (lambda T: torch.zeros(T), "cannot take"),
    "no arguments": (lambda: 3, "cannot take"),
    "returns None": (lambda T, s=0.008: None, "Nothing is returned: end with `return"),
    "returns an object": (lambda T, s=0.008: object(), "object of type object"),
    "returns nan": (lambda T, s=0.008: torch.full((T,), math.nan), "nan"),
    "returns complex": (lambda T, s=0.008: torch.zeros(T, dtype=torch.complex64), "tensor"),
    "returns strings": (lambda T, s=0.008: ["a"] * T, "Several things are returned"),
    "returns an empty tensor": (lambda T, s=0.008: torch.zeros(0), "shape (0,)"),
    "returns a generator": (lambda T, s=0.008: (i for i in range(T)), "generator"),
    "returns a huge view": (lambda T, s=0.008: torch.zeros(1).expand(10**10), "too large"),
    "returns a sparse tensor": (lambda T, s=0.008: torch.eye(3).to_sparse(), "dense"),
    "returns a numpy array of objects": (lambda T, s=0.008: __import__("numpy").array([None] * T), "does not hold numbers"),
    "exits": (lambda T, s=0.008: __import__("sys").exit(0), "SystemExit"),
    "recurses": (lambda T, s=0.008: _recurse(T), "RecursionError"),
    "raises with a broken message": (lambda T, s=0.008: _raise_broken(), "no readable message"),
}


def _recurse(T):
    return _recurse(T)


def _raise_broken():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    raise Broken


@pytest.mark.parametrize("case", BAD_FUNCTIONS)
def test_bad_answers_get_a_card_and_no_traceback(case):
    answer, words = BAD_FUNCTIONS[case]
    result = run(checks.cosine_beta_schedule, answer)
    assert result.score < 4
    text = card.text(result)
    assert words in " ".join(text.split())
    assert "Traceback" not in text
    assert "helpers/checks" not in text
    assert len(text) < 6_000
    assert card.html(result)


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
@pytest.mark.parametrize("answer", [None, "text", 3, torch.zeros(3), nn.Identity(), lambda *a, **k: None, lambda *a, **k: "text"])
def test_no_check_breaks_on_an_answer_of_the_wrong_kind(name, answer):
    check = checks.CHECKS[name]
    result = run(check, *[answer] * len(check.answers))
    assert result.score == 0


@pytest.mark.parametrize("name", sorted(checks.CHECKS))
@pytest.mark.parametrize(
    "value", [torch.zeros(()), torch.full((2, 2), math.nan), [1.0, 2.0], (None, None), {"a": 1.0}, 1e300, True]
)
def test_constant_answers_earn_next_to_nothing(name, value):
    check = checks.CHECKS[name]
    result = run(check, *[lambda *a, **k: value] * len(check.answers))
    assert result.score <= 0.3 * result.max


def test_an_instance_in_place_of_a_class_is_said():
    block = checks.or_reference(None, "ConvBlock")(3, 4, 5)
    result = run(checks.ConvBlock, block)
    assert "Expected a class (nn.Module), got an instance of ConvBlock" in card.text(result)


def test_a_check_wants_as_many_answers_as_the_exercise_has():
    with pytest.raises(TypeError, match=r"checks.EncBlock_DecBlock\(EncBlock, DecBlock\) takes 2"):
        checks.EncBlock_DecBlock(nn.Identity)


def test_an_error_names_the_line_of_the_students_code():
    def answer(u, c, s):
        total = u + s
        return total @ torch.zeros(99)

    text = " ".join(card.text(run(checks.classifier_free_guidance, answer)).split())
    assert re.search(r"At line \d+ of answer: return total @ torch.zeros\(99\)", text)


def _endless():
    while True:
        time.sleep(0.001)


def _endless_that_swallows():
    stopped = 0
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722 - what a student may write
            stopped += 1


def in_a_thread(action):
    """What the action returns, done in another thread; None if it does not end within half a minute."""
    results = []
    thread = threading.Thread(target=lambda: results.append(action()), daemon=True)
    thread.start()
    thread.join(30)
    return results[0] if results else None


@pytest.mark.parametrize("loop", [_endless, _endless_that_swallows])
def test_an_endless_loop_is_stopped_and_tried_once(loop):
    calls = []

    def answer(u, c, s):
        calls.append(1)
        loop()

    result = run(checks.classifier_free_guidance, LocalSubject("classifier_free_guidance", answer, seconds=0.3))
    assert "did not finish within 0.3 seconds" in result.message
    assert len(calls) == 1
    assert result.mistakes == ("timeout",)


@pytest.mark.parametrize("start", [lambda action: action(), in_a_thread], ids=["main thread", "another thread"])
def test_an_endless_import_is_stopped_and_a_slow_one_is_not(start, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(0.7)\nvalue = 1.0\n")
    (tmp_path / "never_loaded.py").write_text("import time\nwhile True:\n    time.sleep(0.001)\n")

    def found(module):
        def answer(u, c, s):
            return u + importlib.import_module(module).value

        monkeypatch.delitem(sys.modules, module, raising=False)
        subject = LocalSubject("classifier_free_guidance", answer, seconds=0.5)
        try:
            return float(subject.call(torch.zeros(1), torch.zeros(1), 1.0).value)
        except SubjectError as error:
            return error.kind

    assert start(lambda: found("slow_to_load")) == 1.0
    assert start(lambda: found("never_loaded")) == "timeout"


def test_an_endless_loop_is_stopped_off_the_main_thread_too():
    subject = LocalSubject("classifier_free_guidance", lambda u, c, s: _endless(), seconds=0.3)

    def kind():
        try:
            subject.call(torch.zeros(1), torch.zeros(1), 1.0)
        except SubjectError as error:
            return error.kind

    assert in_a_thread(kind) == "timeout"


@pytest.mark.parametrize("on_main_thread", [True, False])
def test_a_library_that_loads_at_its_first_use_is_not_cut_off_half_way(on_main_thread, tmp_path, monkeypatch):
    name = f"slow_library_{on_main_thread}"
    (tmp_path / f"{name}.py").write_text("import time\nfor _ in range(80):\n    time.sleep(0.01)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def answer(u, c, s):
        assert importlib.import_module(name).whole
        return u + s * (c - u)

    results = []

    def check():
        results.append(run(checks.classifier_free_guidance, LocalSubject("classifier_free_guidance", answer, seconds=0.3)))

    thread = threading.Thread(target=check)
    check() if on_main_thread else (thread.start(), thread.join(30))
    assert results[0].passed, results[0]


def test_printing_a_megabyte_leaves_its_head():
    def answer(u, c, s):
        for _ in range(1_000):
            print("x" * 1_000)
        return guidance(u, c, s)

    result = run(checks.classifier_free_guidance, answer)
    assert result.passed
    assert len(result.stdout) == STDOUT_CHARS
    assert len(card.text(result)) < 2_000


def test_what_did_not_pass_is_announced_where_it_runs_on(capsys, monkeypatch):
    def classifier_free_guidance(u, c, s):
        return (1 + s) * c - s * u

    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    checks.classifier_free_guidance(classifier_free_guidance)
    assert checks.or_reference(classifier_free_guidance) is classifier_free_guidance
    assert capsys.readouterr().out == "From here on your classifier_free_guidance runs (1.25 of 2 points).\n"
    checks.classifier_free_guidance(guidance)
    checks.or_reference(classifier_free_guidance)
    assert capsys.readouterr().out == ""


def test_numbers_that_read_alike_are_told_apart_by_their_place():
    right = torch.arange(24.0).reshape(4, 6)
    wrong = right.clone()
    wrong[1, 3] += 0.5
    with pytest.raises(Wrong) as caught:
        compare.expect(wrong.double(), right.double())
    assert (caught.value.expected, caught.value.received) == ("9 at [1, 3]", "9.5")


def test_numbers_that_differ_by_rounding_alone_do_not_hide_the_place_that_is_off():
    right = torch.arange(24.0).reshape(4, 6).double() + 1000
    wrong = right * (1 + 5e-5)  # within the tolerance, and written otherwise
    wrong[1, 3] = 1009.3
    with pytest.raises(Wrong) as caught:
        compare.expect(wrong, right)
    assert (caught.value.expected, caught.value.received) == ("1009 at [1, 3]", "1009.3")
