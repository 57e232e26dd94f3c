"""The checks against the corpus: wrong answers are caught and named, right ones pass, and no property is superfluous."""

import pytest

from helpers import checks
from helpers.checks.again import MISTAKES as AGAIN
from helpers.checks.form import MISTAKES as FORM
from helpers.checks.probes import Probe, make
from helpers.checks.relations import MISTAKES as ANYWHERE
from tests.corpus import PRELUDE, exercises, load, names
from tests.corpus.__main__ import judge, judgements, tally
from tests.corpus.equivalents import EQUIVALENT
from tests.corpus.mutation import mutants
from tests.corpus.stale import kept_from_the_first_call

HIDDEN_SEED = 20931


@pytest.fixture(scope="module", autouse=True)
def _libraries_are_loaded():
    make(Probe("pipeline", {"seed": 0}))


@pytest.mark.parametrize("exercise", sorted(checks.CHECKS))
def test_corpus_is_large_enough(exercise):
    cases = load(exercise)
    assert sum(case.right for case in cases) >= 6
    assert sum(not case.right for case in cases) >= 12
    known = set(checks.CHECKS[exercise].mistakes) | set(FORM) | set(ANYWHERE) | set(AGAIN) | {"raised", "unattempted", "unnamed"}
    assert {case.mistake for case in cases if not case.right} <= known


@pytest.mark.parametrize("exercise", sorted(EQUIVALENT))
def test_each_equivalent_that_is_listed_is_a_mutant_that_is_made(exercise):
    assert set(EQUIVALENT[exercise]) <= {mutant.change for mutant in mutants(exercise)}


# what stands for a thing that has to be made: a network, a pipeline, views of a picture
NO_NUMBERS = {"attend", "energy_fn", "generator", "inverses", "model", "pipe", "predictors", "score_net", "velocity", "views"}


@pytest.mark.parametrize("exercise", exercises())
def test_an_argument_that_is_kept_from_the_first_call_costs_points(exercise):
    check = checks.CHECKS[exercise]
    answers = names(next(case for case in load(exercise) if case.right), check.answers)
    for name, keeping in kept_from_the_first_call(answers):
        with checks.collecting():
            assert name in NO_NUMBERS or not check(*keeping).passed, name


def test_corpus_covers_every_check_and_nothing_else():
    assert exercises() == sorted(checks.CHECKS)


@pytest.fixture(scope="module", params=exercises())
def judged(request):
    """An exercise, and its cases with what the check says of them: made once for the tests that read it."""
    return request.param, judgements(request.param)


def test_wrong_answers_are_caught_and_named_and_right_ones_pass(judged):
    _holds(tally(judged[1]))


@pytest.mark.parametrize("exercise", exercises())
def test_they_are_with_the_seed_of_the_hidden_test_too(exercise):
    _holds(tally(judgements(exercise, HIDDEN_SEED)))


def _holds(result):
    assert result.caught == result.wrong, result.complaints
    assert result.passed == result.right, result.complaints
    assert result.diagnosed >= 0.95 * result.wrong, result.complaints
    assert "could not compare" not in "".join(result.complaints)


def test_deleting_any_property_lets_a_wrong_answer_slip(judged):
    exercise, found = judged
    check = checks.CHECKS[exercise]
    unproved = {prop.id for prop in check.properties}
    for case, _, result, _ in found:
        failed = set() if case.right else _failed(result)
        # what waits for a property fails with it; any other failure would catch the case still
        for candidate in sorted(unproved & failed):
            waiting, fewer = _waiting_for(check, candidate), check
            for property_id in waiting:  # without the one, nothing would hold the others back
                fewer = fewer.without(property_id)
            if failed <= waiting and judge(case, fewer)[0].passed:
                unproved.discard(candidate)
    assert not unproved


def _failed(result):
    return {outcome.id for outcome in result.outcomes if not outcome.passed}


def _waiting_for(check, property_id):
    waiting = {property_id}
    for prop in check.properties:
        if prop.needs in waiting:
            waiting.add(prop.id)
    return waiting


def _uses_a_conv_block(pair) -> bool:
    """Whether a pair of blocks is made of ConvBlocks, and not of convolutions of its own."""
    return "ConvBlock(" in pair.source and "class ConvBlock" not in pair.source


@pytest.mark.parametrize("block", [case for case in load("ConvBlock") if case.right], ids=str)
def test_any_right_conv_block_serves_any_right_pair_of_blocks(block):
    for pair in (case for case in load("EncBlock_DecBlock") if case.right and _uses_a_conv_block(case)):
        namespace = {"__name__": "__main__"}
        for source in (PRELUDE, block.source, pair.source):
            exec(source, namespace)
        with checks.collecting():
            result = checks.EncBlock_DecBlock(namespace["EncBlock"], namespace["DecBlock"])
        assert result.passed, f"{block} with {pair}:\n{result}"


@pytest.mark.parametrize("exercise", exercises())
def test_the_references_of_the_course_pass(exercise):
    check = checks.CHECKS[exercise]
    references = [checks.or_reference(None, name) for name in check.answers]
    for seed in (0, 1, HIDDEN_SEED):
        with checks.collecting():
            assert check(*references, seed=seed).passed


@pytest.mark.parametrize("exercise", exercises())
def test_stubs_are_unattempted_and_answers_are_not(exercise):
    check = checks.CHECKS[exercise]
    for case in load(exercise):
        written = [checks.attempted(answer) for answer in names(case, check.answers)]
        assert written == [case.mistake != "unattempted"] * len(check.answers), case
