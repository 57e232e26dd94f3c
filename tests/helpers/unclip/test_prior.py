"""The prior learns p(features | caption), and is not the mean; editing walks on the sphere."""

import pytest
import torch
import torch.nn.functional as F

from helpers.fit import FitConfig, fit
from helpers.unclip.clip import retrieved
from helpers.unclip.editing import interpolate, text_difference
from helpers.unclip.prior import Prior, draw_features, prior_loss, scaled


def test_it_draws_both_of_two_directions_that_one_caption_allows():
    torch.manual_seed(0)
    caption, ends = scaled(torch.randn(1, 8)), scaled(torch.randn(2, 8))
    images = ends[torch.arange(200) % 2]
    result = fit(
        Prior(8, 64, 2),
        prior_loss(images, caption.expand(200, 8), 64),
        FitConfig(steps=250, lr=3e-3, ema_decay=0.9),
        progress=False,
    )
    drawn = draw_features(result.model, caption.expand(60, 8), torch.Generator().manual_seed(1), steps=20, draws=1)
    torch.testing.assert_close(drawn.norm(dim=1), torch.full((60,), 8**0.5))
    cosines = F.normalize(drawn, dim=1) @ F.normalize(ends, dim=1).T
    assert (cosines.max(1).values > 0.95).double().mean() > 0.8
    assert 0.2 < (cosines[:, 0] > cosines[:, 1]).double().mean() < 0.8


def test_of_several_drawn_the_nearest_to_its_own_caption_is_kept(rng):
    torch.manual_seed(0)
    prior, captions = Prior(8, 16, 1), torch.randn(6, 8, generator=rng)
    every = draw_features(prior, captions.repeat_interleave(3, 0), torch.Generator().manual_seed(4), steps=3, draws=1)
    kept = draw_features(prior, captions, torch.Generator().manual_seed(4), steps=3, draws=3)
    near = F.cosine_similarity(every.unflatten(0, (6, 3)), captions[:, None], dim=2)
    torch.testing.assert_close(F.cosine_similarity(kept, captions, dim=1), near.max(1).values)
    with pytest.raises(ValueError, match="1 or more; got 0"):
        draw_features(prior, captions, rng, draws=0)


def test_interpolation_keeps_its_ends_and_the_length(rng):
    a, b = torch.randn(2, 16, generator=rng)
    way = interpolate(a, b, 5)
    torch.testing.assert_close(way[[0, -1]], scaled(torch.stack([a, b])))
    torch.testing.assert_close(way.norm(dim=1), torch.full((5,), 4.0))
    steps = F.cosine_similarity(way[1:], way[:-1])
    torch.testing.assert_close(steps, steps[0].expand(4), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="at least 2"):
        interpolate(a, b, 1)


def test_text_difference_of_nothing_changes_nothing_and_of_all_is_the_difference(rng):
    images, was, becomes = torch.randn(3, 4, 16, generator=rng)
    torch.testing.assert_close(text_difference(images, was, becomes, 0.0), scaled(images))
    torch.testing.assert_close(text_difference(images, was, becomes, 1.0), scaled(scaled(becomes) - scaled(was)))
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        text_difference(images, was, becomes, 1.5)


def test_retrieval_is_by_direction(rng):
    features = torch.randn(5, 8, generator=rng)
    assert retrieved(features, 7 * features).all()
    assert not retrieved(features, features.roll(1, 0)).any()
