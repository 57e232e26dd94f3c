"""What the card says of a failure that no mistake of the exercise explains."""

import pytest

from helpers import checks
from helpers.checks.check import Check
from helpers.checks.compare import expect, numbers

MUTATES = "An argument is changed in place."


def check_of_double(mistakes) -> Check:
    """A check of 2 x + 1 under the name of an answer of the course that takes two tensors and an int."""
    check = Check("inpaint_back", home="helpers.inpainting", mistakes=mistakes, hints=("Which?", "Twice.", "And one."))

    @check.property(1.0, "2 x + 1")
    def values(bench):
        x, betas, noise = bench.randn("x", 2, 3), bench.randn("betas", 5), bench.randn("noise", 2, 3)
        expect(numbers(bench.call(x, 3, betas, noise)), 2 * x.double() + 1, {"one_missing": 2 * x.double()})

    return check


def doubles_in_place(x, t, betas, noise):
    x += 1
    return 2 * x * betas[t] * noise


def writes_into_another_argument(x, t, betas, noise):
    betas[t] *= noise[0, 0]
    return x + betas[t] * noise


def leaves_a_nan(x, t, betas, noise):
    made = x * betas[t] + noise
    noise.fill_(float("nan"))
    return made


@pytest.mark.parametrize("answer", [doubles_in_place, writes_into_another_argument, leaves_a_nan])
def test_an_argument_changed_in_place_is_said_where_nothing_else_explains_the_numbers(answer):
    with checks.collecting():
        named = check_of_double({"mutates": MUTATES, "one_missing": "Add 1."})(answer)
        unknown = check_of_double({"one_missing": "Add 1."})(answer)
    assert named.mistakes == ("mutates",)
    assert named.properties[0].expected
    assert not unknown.passed
    assert "mutates" not in unknown.mistakes


def test_numbers_that_a_mistake_explains_keep_its_name():
    def one_missing(x, t, betas, noise):
        return x.mul_(2)

    with checks.collecting():
        assert check_of_double({"mutates": MUTATES, "one_missing": "Add 1."})(one_missing).mistakes == ("one_missing",)


def test_arguments_left_as_they_were_are_not_blamed():
    def other(x, t, betas, noise):
        x = x + betas[t]
        x *= noise
        return x

    with checks.collecting():
        result = check_of_double({"mutates": MUTATES})(other)
    assert not result.passed
    assert result.mistakes == ()
