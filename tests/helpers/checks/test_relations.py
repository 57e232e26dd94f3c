"""Changes all over that make wrong numbers of right ones: a clamp, a factor, a factor for each sample."""

import pytest
import torch

from helpers.checks.relations import is_clamped, is_rescaled, times

RIGHT = torch.linspace(-4, 6, 24, dtype=torch.float64).reshape(4, 6)


@pytest.mark.parametrize("limits", [(-1, 1), (0, None), (None, 2.5)])
def test_a_clamp_is_seen_at_one_limit_or_two(limits):
    assert is_clamped(RIGHT.clamp(*limits), RIGHT)


@pytest.mark.parametrize(
    "other", [RIGHT, 2 * RIGHT, RIGHT.tanh(), RIGHT.clamp(-1, 1) + 0.1, RIGHT.clamp(0, 0), RIGHT.clamp(-9, 9)]
)
def test_other_numbers_are_no_clamp(other):
    assert not is_clamped(other, RIGHT)


def test_one_number_cut_off_may_be_chance():
    assert not is_clamped(RIGHT.clamp(max=5.8), RIGHT)


def test_a_factor_is_told():
    assert times(RIGHT / 2, RIGHT) == "all of them 0.5 times what they should be"
    assert times(RIGHT, RIGHT) == times(RIGHT + 1, RIGHT) == times(0 * RIGHT, RIGHT) == ""
    assert times(torch.ones(9), 2 * torch.ones(9)) == "", "constants are in proportion whatever they are"


def test_a_factor_of_each_sample_is_a_rescaling_and_one_for_all_is_not():
    factors = torch.tensor([1.0, 0.8, 0.5, 0.9], dtype=torch.float64)[:, None]
    assert is_rescaled(factors * RIGHT, RIGHT)
    assert not is_rescaled(0.5 * RIGHT, RIGHT)
    assert not is_rescaled(-factors * RIGHT, RIGHT)
    assert not is_rescaled(factors * RIGHT + 0.1, RIGHT)
