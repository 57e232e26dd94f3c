"""Answers that do nothing of what was asked, put through every exercise: they earn nothing that was not done."""

import copy

import pytest
import torch
from torch import nn

from helpers import checks
from tests.corpus import exercises, load, names


def zeros(value, _given):
    return torch.zeros_like(value)


def ones(value, _given):
    return torch.ones_like(value)


def wrong_shape(_value, _given):
    return torch.ones(1, 1, 7, 9)


def nan(value, _given):
    return torch.full_like(value, torch.nan) if value.is_floating_point() else torch.zeros_like(value)


def identity(value, given):
    return given[0].clone() if given else torch.ones_like(value)


def noise(value, _given):
    return torch.randn(value.shape).to(value.dtype)


def nothing(_value, _given):
    return None


KINDS = (zeros, ones, wrong_shape, nan, identity, noise, nothing)


def _replaced(output, kind, given):
    """The output of a right answer with every tensor in it replaced."""
    if isinstance(output, torch.Tensor):
        return kind(output.detach(), given)
    if isinstance(output, (tuple, list)):
        return type(output)(_replaced(item, kind, given) for item in output)
    if isinstance(output, (int, float)):
        return kind(torch.tensor(float(output)), given)
    return output


def worthless(right, kind):
    """An answer with the right one's signature, which gives back what `kind` makes in place of its result."""
    if not isinstance(right, type):

        def answer(*args, **kwargs):
            output = right(*copy.deepcopy(args), **copy.deepcopy(kwargs))  # networks given keep no record of these calls
            return _replaced(output, kind, [arg for arg in args if torch.is_tensor(arg)])

        return answer

    class Worthless(nn.Module):
        def __init__(self, *args, **kwargs):
            super().__init__()
            object.__setattr__(self, "right", right(*args, **kwargs))

        def forward(self, *args):
            return _replaced(self.right(*args), kind, [a for a in args if torch.is_tensor(a)])

    return Worthless


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("exercise", exercises())
def test_answers_that_do_nothing_earn_nothing(exercise, kind):
    check = checks.CHECKS[exercise]
    right = names(next(case for case in load(exercise) if case.right), check.answers)
    with checks.collecting():
        result = check(*(worthless(answer, kind) for answer in right))
    earned = [outcome.id for outcome in result.outcomes if outcome.passed]
    assert not earned, f"{earned}: {result.score} points"


def _as_numpy(output):
    if isinstance(output, torch.Tensor):
        return output.detach().numpy() if output.ndim else output
    return type(output)(map(_as_numpy, output)) if isinstance(output, (tuple, list)) else output


def _as_list(output):
    return output.tolist() if isinstance(output, torch.Tensor) and output.ndim else output


@pytest.mark.parametrize("form", [_as_numpy, _as_list])
@pytest.mark.parametrize("exercise", exercises())
def test_right_numbers_that_are_no_tensor_earn_some_points_but_not_all(exercise, form):
    check, case = checks.CHECKS[exercise], next(case for case in load(exercise) if case.right)
    answers = names(case, check.answers)
    given: list[int] = []

    def reformed(answer):
        def returned(*args, **kwargs):
            output = answer(*args, **kwargs)
            given.append(getattr(output, "ndim", int(form is _as_numpy)))
            return form(output)

        return returned

    if any(isinstance(answer, type) for answer in answers):
        pytest.skip("a network's output is a tensor as it is")
    with checks.collecting():
        result = check(*map(reformed, answers))
    assert not result.passed or not any(given)  # one number may be a number of any kind
    if form is _as_numpy:
        assert any(outcome.passed for outcome in result.outcomes)
