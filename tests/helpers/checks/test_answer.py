"""The course's own answer below a card: there for every exercise, and never before an attempt."""

import ast

import pytest

from helpers import checks
from helpers.checks import answer, memory
from helpers.checks import card as cards
from helpers.checks.hints import Hint
from helpers.langevin import langevin_step
from helpers.schedules import scaled_linear_beta_schedule

NAME = "scaled_linear_beta_schedule"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(memory, "_results", {})
    monkeypatch.setattr(memory, "_hints", {})


@pytest.fixture
def card(monkeypatch):
    def run(attempt):
        monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)  # else a check that fails raises, as under pytest it should
        return checks.scaled_linear_beta_schedule(attempt)._repr_mimebundle_()["text/html"]

    return run


@pytest.mark.parametrize("name", checks.CHECKS)
def test_each_exercise_has_an_answer_whose_source_defines_its_names(name):
    check = checks.CHECKS[name]
    defined = {
        node.name
        for node in ast.parse(answer.source(check.home, check.answers)).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    assert set(check.answers) <= defined


def test_a_card_that_passed_ends_with_the_answer_folded(card):
    page = card(scaled_linear_beta_schedule)
    assert '<details class="course-answer"><summary' in page
    assert "<details open" not in page
    assert "def scaled_linear_beta_schedule" in page


def test_an_attempt_that_failed_shows_none_until_all_hints_are_given(card):
    def wrong(T, beta_start=0.00085, beta_end=0.012):
        return None

    assert "course-answer" not in card(wrong)
    assert "course-answer" not in checks.hint(NAME, 2)._repr_html_()
    assert "course-answer" not in card(wrong)
    assert "def scaled_linear_beta_schedule" in checks.hint(NAME)._repr_html_()
    assert "def scaled_linear_beta_schedule" in card(wrong)


def test_hints_alone_show_none(card):
    def stub(T, beta_start=0.00085, beta_end=0.012):
        raise NotImplementedError()

    assert "course-answer" not in checks.hint(NAME, 3)._repr_html_()
    assert "Run the check on an attempt of yours" in repr(checks.hint(NAME, 3))
    assert "course-answer" not in card(stub)


def test_an_attempt_at_one_exercise_opens_no_other():
    assert checks.langevin_step(langevin_step).passed
    assert "course-answer" not in Hint(NAME, checks.CHECKS[NAME].hints, 3)._repr_html_()


def test_marking_and_the_class_report_hold_none():
    result = checks.scaled_linear_beta_schedule(scaled_linear_beta_schedule)
    assert "course-answer" not in cards.html(result)
    assert "def scaled" not in str(result.as_dict())
