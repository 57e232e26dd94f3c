"""Augmentation keeps the variance, thresholds follow the picture."""

import pytest
import torch

from helpers.cascade.conditioning import augment_low_resolution, dynamic_threshold


def test_augmentation_keeps_variance_one_at_every_level(rng):
    low, noise = torch.randn(4, 1, 200, 200, generator=rng), torch.randn(4, 1, 200, 200, generator=rng)
    level = torch.tensor([0.0, 0.3, 0.7, 0.99])
    noised = augment_low_resolution(low, level, noise)
    torch.testing.assert_close(noised.var((1, 2, 3)), torch.ones(4), atol=0.02, rtol=0)
    assert torch.equal(noised[0], low[0])
    assert torch.corrcoef(torch.stack([noised[3].flatten(), noise[3].flatten()]))[0, 1] > 0.98


@pytest.mark.parametrize(("level", "message"), [([0.5], r"shape \(2,\)"), ([0.5, 1.0], r"\[0, 1\)"), ([-0.1, 0.5], r"\[0, 1\)")])
def test_impossible_levels_are_refused(level, message):
    low = torch.zeros(2, 1, 4, 4)
    with pytest.raises(ValueError, match=message):
        augment_low_resolution(low, torch.tensor(level), low)


def test_dynamic_thresholding_leaves_what_fits_and_brings_in_what_does_not(rng):
    inside = 2 * torch.rand(1, 3, 8, 8, generator=rng) - 1
    wide = 5 * torch.randn(1, 3, 8, 8, generator=rng)
    out = dynamic_threshold(torch.cat([inside, wide]), 0.9)
    assert torch.equal(out[:1], inside)
    assert out[1].abs().max() == 1
    assert (out[1].abs() == 1).float().mean() == pytest.approx(0.1, abs=0.01)  # what lies above the quantile
    between = wide[0].abs() < torch.quantile(wide.abs(), 0.9)
    ratio = (out[1] / wide[0])[between]
    torch.testing.assert_close(ratio, ratio[0].expand_as(ratio))  # contrast is kept, which clipping at 1 does not


def test_half_precision_is_thresholded_too(rng):
    x0 = 3 * torch.randn(2, 3, 8, 8, generator=rng)
    half = dynamic_threshold(x0.half(), 0.9)
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), dynamic_threshold(x0, 0.9), rtol=1e-2, atol=1e-2)


def test_at_quantile_one_it_only_rescales(rng):
    x0 = 3 * torch.randn(2, 1, 5, 5, generator=rng)
    torch.testing.assert_close(dynamic_threshold(x0, 1.0), x0 / x0.abs().amax((1, 2, 3), keepdim=True))
    with pytest.raises(ValueError, match="share"):
        dynamic_threshold(x0, 99.5)
