"""Both stages have the shapes they say, use what they are given, and the thresholds do what they are called."""

import pytest
import torch

from helpers import recipe
from helpers.cascade.base import Base
from helpers.cascade.conditioning import augment_low_resolution
from helpers.cascade.drawing import enlarge, thresholded
from helpers.cascade.upsampler import Upsampler, shrink, spread, stretched, upsampler_loss
from helpers.diffusion import diffuse
from helpers.text_to_image import parts
from helpers.weights.text_to_image import pictures

SMALL = {"widths": (8, 16), "embed_dim": 16}


def test_the_base_takes_over_all_but_the_ends_of_the_text_to_image_model(rng):
    start = parts.unet()
    base = Base(start)
    x, t, words = torch.randn(2, 3, 16, 16, generator=rng), torch.tensor([0, 999]), torch.randn(2, 16, 96, generator=rng)
    assert base(x, t, words).shape == x.shape
    mine, theirs = base.unet.state_dict(), start.state_dict()
    same = {name for name in mine if mine[name].shape == theirs[name].shape and torch.equal(mine[name], theirs[name])}
    assert {name.split(".")[0] for name in mine if name not in same} <= {"conv_in", "conv_out"}
    assert not torch.equal(base(x, t, words), base(x, t, 0 * words))


def test_the_upsampler_sees_the_small_picture_and_its_level(rng):
    torch.manual_seed(0)
    network = Upsampler(**SMALL).eval()
    x, t, low = torch.randn(2, 3, 32, 32, generator=rng), torch.tensor([10, 500]), torch.randn(2, 3, 16, 16, generator=rng)
    level = torch.tensor([0.0, 0.3])
    out = network(x, t, low, level)
    assert out.shape == x.shape
    assert not torch.equal(out, network(x, t, -low, level))
    assert not torch.equal(out, network(x, t, low, level + 0.2))
    upsampler_loss(lambda generator: torch.randn(2, 3, 32, 32, generator=generator))(network, 0, rng).backward()
    assert all(p.grad is not None for p in network.parameters())


def test_enlarging_is_repeatable_and_stays_in_range(rng):
    torch.manual_seed(0)
    network, small = Upsampler(**SMALL).eval(), shrink(torch.rand(2, 3, 32, 32, generator=rng))
    first, again = (enlarge(network, small, torch.Generator().manual_seed(3), steps=2) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (2, 3, 32, 32)
    assert first.abs().max() <= 1


@pytest.mark.parametrize("threshold", ["static", "dynamic"])
def test_thresholds_keep_x0_in_range_each_in_its_way(threshold, rng):
    noising, t = recipe.schedule(), torch.tensor([400])
    x0, noise = 3 * torch.randn(1, 3, 16, 16, generator=rng), torch.randn(1, 3, 16, 16, generator=rng)
    x, a = diffuse(x0, t, noise, noising), noising.alphas_cumprod[400]
    predicted = thresholded(lambda x, t: a.sqrt() * noise - (1 - a).sqrt() * x0, noising, threshold)(x, t)
    assert predicted.abs().max() <= 1 + 1e-5
    at_border = (predicted.abs() > 0.999).double().mean().item()
    assert (at_border > 0.6) if threshold == "static" else (at_border < 0.2)
    with pytest.raises(ValueError, match="'dynamic' or 'static'"):
        thresholded(lambda x, t: x, noising, "none")  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_enlarging_adds_the_difference_that_the_network_finds(level, rng):
    large = 2 * torch.rand(2, 3, 32, 32, generator=rng) - 1

    def knows(x, t, low, levels):  # the velocity √ᾱ ε - √(1-ᾱ) x_0 of x = √ᾱ x_0 + √(1-ᾱ) ε, with the true x_0
        a = recipe.schedule().alphas_cumprod[t].reshape(-1, 1, 1, 1)
        return (a.sqrt() * x - (large - stretched(low, levels)) / spread(levels)) / (1 - a).sqrt()

    drawn = enlarge(knows, shrink(large), torch.Generator().manual_seed(1), level, steps=4)
    torch.testing.assert_close(drawn, large, atol=1e-4, rtol=0)


@pytest.mark.parametrize("level", [0.0, 0.1, 0.3, 0.6])
def test_the_spread_is_that_of_painted_pictures(level, rng):
    _, painted = pictures(200, rng)
    levels, small = torch.full((200,), level), shrink(painted)
    low = augment_low_resolution(small, levels, torch.randn(small.shape, generator=rng))
    measured = (painted - stretched(low, levels)).std().item()
    assert spread(levels)[0].item() == pytest.approx(measured, rel=0.2)
