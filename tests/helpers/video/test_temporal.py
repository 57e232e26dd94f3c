"""Attention along time mixes frames of one place and nothing else."""

import pytest
import torch

from helpers.video.temporal import temporal_attention


def test_with_the_identity_nothing_changes(rng):
    x = torch.randn(2, 3, 4, 5, 6, generator=rng)
    assert torch.equal(temporal_attention(lambda s: s, x), x)


def test_reversing_the_sequences_reverses_the_film(rng):
    x = torch.randn(2, 3, 4, 5, 6, generator=rng)
    assert torch.equal(temporal_attention(lambda s: s.flip(1), x), x.flip(2))


def test_a_place_sees_its_own_past_and_future_only(rng):
    x = torch.randn(1, 3, 4, 5, 6, generator=rng, requires_grad=True)
    mean = temporal_attention(lambda s: s.mean(1, keepdim=True).expand_as(s), x)
    (grad,) = torch.autograd.grad(mean[0, 1, 2, 3, 4], x)
    touched = grad[0].abs().sum((0, 1)).nonzero().tolist()
    assert touched == [[3, 4]]
    assert (grad[0, 1, :, 3, 4] == 0.25).all()


def test_a_picture_is_no_film():
    with pytest.raises(ValueError, match="frames"):
        temporal_attention(lambda s: s, torch.zeros(1, 3, 4, 4))
