"""CLIP's loss against values that are known without computing it, and against transformers' own."""

import math

import pytest
import torch

from helpers.unclip.clip_loss import clip_loss


def test_features_that_say_nothing_cost_log_batch():
    assert clip_loss(torch.ones(8, 5), torch.ones(8, 5), 3.0).item() == pytest.approx(math.log(8), rel=1e-5)


def test_perfect_pairs_cost_nothing_once_the_scale_is_large():
    assert clip_loss(torch.eye(6), 7 * torch.eye(6), 50.0).item() < 1e-6


def test_it_is_transformers_loss(rng):
    from transformers.models.clip.modeling_clip import clip_loss as theirs

    images, texts = torch.randn(7, 4, generator=rng), torch.randn(7, 4, generator=rng)
    cosines = torch.nn.functional.cosine_similarity(texts[:, None], images[None], dim=-1)
    torch.testing.assert_close(clip_loss(images, texts, 2.5), theirs(2.5 * cosines))


def test_the_length_of_a_feature_does_not_matter(rng):
    images, texts = torch.randn(5, 3, generator=rng), torch.randn(5, 3, generator=rng)
    torch.testing.assert_close(clip_loss(images, texts, 2.0), clip_loss(images * torch.arange(1.0, 6)[:, None], texts, 2.0))
    with pytest.raises(ValueError, match="as many texts as pictures"):
        clip_loss(images, texts[:4], 2.0)
