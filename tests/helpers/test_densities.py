"""The toy densities against numerical integration, automatic differentiation and their own samples."""

import math

import pytest
import torch

from helpers import densities
from helpers.densities import GaussianMixture, grid_1d, grid_2d, kl_from_samples, mixture

PLANAR = [densities.two_blobs(), densities.moons(), densities.rings(), densities.eight_blobs()]


def test_densities_in_the_plane_integrate_to_one():
    points, dx = grid_2d(8, 400)
    for density in PLANAR:
        assert (density.density(points) * dx).sum().item() == pytest.approx(1, abs=2e-3)


def test_density_on_the_line_integrates_to_one():
    x, dx = grid_1d(-10, 10, 2000)
    assert (densities.two_hills().density(x) * dx).sum().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("density", [densities.two_hills(), *PLANAR])
def test_score_is_the_gradient_of_the_log_density(density):
    x = (3 * torch.randn(50, density.dim, generator=torch.Generator().manual_seed(0))).double().requires_grad_()
    (gradient,) = torch.autograd.grad(density.log_density(x).sum(), x)
    torch.testing.assert_close(density.score(x.detach()), gradient, rtol=1e-6, atol=1e-6)


def test_a_single_gaussian_is_the_textbook_one():
    x = torch.tensor([[1.0, 2.0], [-3.0, 0.5]])
    density = mixture([[0.5, -1.0]], 2.0)
    square = (x - torch.tensor([0.5, -1.0])).square().sum(1) / 4
    torch.testing.assert_close(density.log_density(x), -square / 2 - math.log(2 * math.pi * 4))


def test_samples_have_the_moments_of_the_mixture():
    density = densities.two_hills()
    x = density.sample(200_000, torch.Generator().manual_seed(0))
    assert x.mean().item() == pytest.approx(0.3 * -2 + 0.7 * 1.5, abs=0.02)
    second = 0.3 * (4 + 0.25) + 0.7 * (2.25 + 0.81)
    assert x.square().mean().item() == pytest.approx(second, abs=0.05)


def test_noised_density_is_that_of_data_plus_noise():
    density, g = densities.two_hills(), torch.Generator().manual_seed(0)
    x = density.sample(100_000, g) + 0.7 * torch.randn(100_000, 1, generator=g)
    assert kl_from_samples(x, density.noised(0.7), -8, 8) < 1e-3
    assert kl_from_samples(x, density, -8, 8) > 0.05


def test_component_finds_where_a_sample_came_from():
    blobs = densities.two_blobs(share=0.8)
    x = blobs.sample(20_000, torch.Generator().manual_seed(0))
    assert (blobs.component(x) == 0).float().mean().item() == pytest.approx(0.8, abs=0.02)


def test_kl_of_exact_samples_is_chance_and_of_a_gaussian_is_the_closed_form():
    g = torch.Generator().manual_seed(0)
    standard, shifted = mixture([[0.0]], 1.0), mixture([[1.0]], 1.0)
    x = standard.sample(100_000, g)
    assert kl_from_samples(x, standard, -6, 6) == pytest.approx(59 / 2 / 100_000, abs=5e-4)
    assert kl_from_samples(x, shifted, -6, 7, bins=200) == pytest.approx(0.5, abs=0.03)


def test_grid_cells_tile_the_square():
    points, area = grid_2d(3, 10)
    assert len(points) * area == pytest.approx(36)
    assert points.abs().max().item() == pytest.approx(2.7)


def test_shapes_and_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="means"):
        GaussianMixture(torch.zeros(2, 1), torch.ones(3), torch.ones(2) / 2)
    with pytest.raises(ValueError, match="sum 1"):
        GaussianMixture(torch.zeros(2, 1), torch.ones(2), torch.ones(2))
    with pytest.raises(ValueError, match="batch"):
        densities.two_blobs().score(torch.zeros(5, 1))
    with pytest.raises(ValueError, match="one dimension"):
        kl_from_samples(torch.zeros(5), densities.two_blobs(), -1, 1)
