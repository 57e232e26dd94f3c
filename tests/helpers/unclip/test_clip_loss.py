"""CLIP's loss against values that are known without computing it, and against its definition term by term."""

import math

import pytest
import torch

from helpers.unclip.clip_loss import clip_loss


def test_features_that_say_nothing_cost_log_batch():
    assert clip_loss(torch.ones(8, 5), torch.ones(8, 5), 3.0).item() == pytest.approx(math.log(8), rel=1e-5)


def test_perfect_pairs_cost_nothing_once_the_scale_is_large():
    assert clip_loss(torch.eye(6), 7 * torch.eye(6), 50.0).item() < 1e-6


def test_it_is_minus_the_log_of_the_two_chances_of_the_right_partner(rng):
    images, texts = torch.randn(7, 4, generator=rng), torch.randn(7, 4, generator=rng)
    cosines = [[float(i @ t / i.norm() / t.norm()) for t in texts] for i in images]
    total = 0.0
    for k in range(7):
        row, column = sum(math.exp(2.5 * c) for c in cosines[k]), sum(math.exp(2.5 * line[k]) for line in cosines)
        right = math.exp(2.5 * cosines[k][k])
        total -= (math.log(right / row) + math.log(right / column)) / 2
    assert clip_loss(images, texts, 2.5).item() == pytest.approx(total / 7, rel=1e-5)


def test_the_length_of_a_feature_does_not_matter(rng):
    images, texts = torch.randn(5, 3, generator=rng), torch.randn(5, 3, generator=rng)
    torch.testing.assert_close(clip_loss(images, texts, 2.0), clip_loss(images * torch.arange(1.0, 6)[:, None], texts, 2.0))
    with pytest.raises(ValueError, match="as many texts as pictures"):
        clip_loss(images, texts[:4], 2.0)
