"""My progress counts what the checks of this kernel said, and names what comes next."""

import pytest

from helpers import checks
from helpers.checks import memory
from helpers.langevin import langevin_step


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(memory, "_results", {})


def test_it_counts_the_latest_check_of_each_and_names_the_first_that_is_open():
    before = checks.progress("langevin_step", "dsm_loss")
    assert (before.next, [line.status for line in before.lines]) == ("langevin_step", ["open", "open"])
    checks.langevin_step(langevin_step)
    after = checks.progress("langevin_step", "dsm_loss")
    assert [(line.status, line.score) for line in after.lines] == [("passed", checks.POINTS["langevin_step"]), ("open", 0)]
    assert after.summary.startswith("1 of 2 exercises done, 2 of ")
    assert after.next == "dsm_loss"
    with pytest.raises(checks.CheckFailed):  # a later, wrong answer is what counts now
        checks.langevin_step(lambda x, score, step_size, noise: x)
    assert checks.progress("langevin_step").lines[0].status == "failed"


def test_what_is_collected_for_a_class_is_not_the_students_own():
    with checks.collecting():
        checks.langevin_step(langevin_step)
    assert checks.progress().lines == ()


def test_it_is_shown_as_text_and_as_a_table_and_a_wrong_name_is_said():
    checks.langevin_step(langevin_step)
    shown = checks.progress("langevin_step")
    assert "All exercises that a check can mark are done." in repr(shown)
    assert "<code>langevin_step</code>" in shown._repr_html_()
    with pytest.raises(ValueError, match="no exercise is called 'lange'"):
        checks.progress("lange")
