"""Langevin dynamics and score matching against closed forms: Gaussians, mixtures, data at one point."""

import math

import pytest
import torch
from torch import nn

from helpers import densities
from helpers.langevin import (
    annealed_langevin,
    annealed_langevin_steps,
    dsm_errors,
    dsm_loss,
    langevin,
    langevin_step,
    sigma_levels,
)
from helpers.score_model import ConditionalMLP, ScoreModel, ScoreTraining, load_ncsn, train_score


@pytest.fixture
def g():
    return torch.Generator().manual_seed(0)


def last(iterator):
    *_, x = iterator
    return x


def settled_variance(std, alpha, generator, step_fn=langevin_step):
    start = std * torch.randn(40_000, 1, generator=generator)
    return last(langevin(lambda x: -x / std**2, start, 300, alpha, generator=generator, step_fn=step_fn)).var().item()


@pytest.mark.parametrize(("std", "alpha"), [(1.0, 0.02), (1.0, 0.5), (0.5, 0.05), (3.0, 2.0)])
def test_stationary_variance_is_that_of_the_discretised_chain(std, alpha, g):
    assert settled_variance(std, alpha, g) == pytest.approx(std**2 / (1 - alpha / (2 * std**2)), rel=0.03)


def test_wrong_pairings_settle_at_wrong_variances(g):
    """Noise of std c instead of √(2α) on a standard normal: variance c²/(2α - α²)."""
    alpha = 0.1
    for std, expected in ((1.0, 1 / 0.19), (math.sqrt(alpha), 0.1 / 0.19), (0.0, 0.0)):
        variance = settled_variance(1.0, alpha, g, lambda x, score, a, z, std=std: x + a * score + std * z)
        assert variance == pytest.approx(expected, rel=0.03, abs=1e-3)


def test_both_spellings_of_the_pairing_are_one(g):
    x, score, z = torch.randn(3, 10, 2, generator=g)
    epsilon = 0.3
    torch.testing.assert_close(langevin_step(x, score, epsilon / 2, z), x + epsilon / 2 * score + math.sqrt(epsilon) * z)


def test_chains_sample_a_mixture_with_its_weights_when_modes_are_joined(g):
    hills = densities.two_hills()
    x = last(langevin(hills.score, torch.zeros(10_000, 1), 800, 0.05, generator=g))
    assert densities.kl_from_samples(x, hills, -7, 7) < 0.02


def test_temperature_sharpens_as_a_power_of_the_density(g):
    x = last(langevin(lambda x: -x, torch.randn(40_000, 1, generator=g), 300, 0.02, temperature=0.25, generator=g))
    assert x.var().item() == pytest.approx(0.25 / (1 - 0.01), rel=0.03)


def test_separated_modes_keep_the_weights_of_the_start_even_with_the_exact_score(g):
    blobs = densities.two_blobs(share=0.8)
    start = 16 * torch.rand(1000, 2, generator=g) - 8
    x = last(langevin(blobs.score, start, 300, 0.05, generator=g))
    assert (blobs.component(x) == 0).float().mean().item() == pytest.approx(0.5, abs=0.07)


def test_steps_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="positive"):
        langevin_step(torch.zeros(2), torch.zeros(2), 0.0, torch.zeros(2))
    with pytest.raises(ValueError, match="one shape"):
        langevin_step(torch.zeros(2, 1), torch.zeros(2), 0.1, torch.zeros(2, 1))
    with pytest.raises(ValueError, match="temperature scales the noise by its root"):
        last(langevin(lambda x: x, torch.zeros(2, 1), 1, 0.1, temperature=-1.0))


def test_levels_are_geometric_from_large_to_small():
    sigmas = sigma_levels(10, 0.1, 5)
    torch.testing.assert_close(sigmas[1:] / sigmas[:-1], torch.full((4,), 0.01**0.25))
    assert (sigmas[0].item(), sigmas[-1].item()) == pytest.approx((10, 0.1))
    with pytest.raises(ValueError, match="fall"):
        sigma_levels(0.1, 10, 5)


@pytest.mark.parametrize("shape", [(16, 2), (16, 1, 8, 8)])
def test_dsm_of_data_at_one_point_is_zero_for_the_analytic_score(shape, g):
    point, noise = torch.randn(shape[1:], generator=g), torch.randn(shape, generator=g)
    sigma = 0.1 + torch.rand(16, generator=g)

    def score(x, s):
        return -(x - point) / s.reshape(-1, *[1] * (x.ndim - 1)) ** 2

    assert dsm_loss(score, point.expand(shape), sigma, noise).item() == pytest.approx(0, abs=1e-4)


def test_dsm_by_hand_and_per_sample(g):
    x, noise = torch.randn(2, 6, 3, generator=g)
    sigma = torch.linspace(0.5, 2, 6)
    errors = dsm_errors(lambda x, s: torch.ones_like(x), x, sigma, noise)
    torch.testing.assert_close(errors, torch.stack([((s + z) ** 2).sum() for s, z in zip(sigma, noise)]))
    assert dsm_loss(lambda x, s: torch.ones_like(x), x, sigma, noise).item() == pytest.approx(errors.mean().item())
    one = dsm_loss(lambda x, s: torch.zeros_like(x), x, 0.5, noise)
    assert one.item() == pytest.approx(noise.square().sum(1).mean().item())


def test_dsm_is_smallest_at_the_score_of_the_noised_density(g):
    hills, sigma = densities.two_hills(), 0.8
    x, noise = hills.sample(100_000, g), torch.randn(100_000, 1, generator=g)

    def loss(factor, density):
        return dsm_loss(lambda x, s: factor * density.score(x), x, sigma, noise).item()

    best = loss(1.0, hills.noised(sigma))
    assert best < loss(0.9, hills.noised(sigma))
    assert best < loss(1.1, hills.noised(sigma))
    assert best < loss(1.0, hills)


def test_dsm_refuses_a_sigma_of_another_batch():
    with pytest.raises(ValueError, match="one per sample"):
        dsm_loss(lambda x, s: x, torch.zeros(4, 2), torch.ones(3), torch.zeros(4, 2))


def test_annealed_langevin_is_algorithm_1_line_by_line():
    sigmas, epsilon, steps = [4.0, 1.0, 0.5], 0.02, 3

    def score(x, sigma):
        return -x / (1 + sigma[:, None] ** 2)

    start = torch.randn(7, 2, generator=torch.Generator().manual_seed(1))
    g, x = torch.Generator().manual_seed(2), start
    for sigma in sigmas:
        alpha = epsilon * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps):
            x = x + alpha / 2 * score(x, torch.full((7,), sigma)) + alpha**0.5 * torch.randn(7, 2, generator=g)
    mine = annealed_langevin(score, start, torch.tensor(sigmas), steps, epsilon, torch.Generator().manual_seed(2))
    torch.testing.assert_close(mine, x)
    levels = list(annealed_langevin_steps(score, start, sigmas, steps, epsilon, torch.Generator().manual_seed(2)))
    assert [level.number for level in levels] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    torch.testing.assert_close(levels[-1].x, x)


def test_annealing_gets_the_weights_right_that_plain_langevin_gets_wrong(g):
    blobs = densities.two_blobs(share=0.8)
    x = annealed_langevin(
        lambda x, sigma: blobs.noised(sigma[0].item()).score(x),
        8 * torch.randn(2000, 2, generator=g),
        sigma_levels(8, 0.3, 10),
        60,
        0.2 * 0.3**2,
        g,
    )
    assert (blobs.component(x) == 0).float().mean().item() == pytest.approx(0.8, abs=0.05)


def test_levels_that_rise_are_refused():
    with pytest.raises(ValueError, match="fall"):
        annealed_langevin(lambda x, s: x, torch.zeros(1, 1), [0.1, 1.0], 1, 0.1)
    with pytest.raises(ValueError, match=r"got \[\]"):
        annealed_langevin(lambda x, s: x, torch.zeros(1, 1), [], 1, 0.1)


class Nothing(nn.Module):
    def forward(self, x, c):
        return torch.zeros_like(x)


def test_score_model_is_exact_for_gaussian_data_before_it_learns(g):
    model, data = ScoreModel(Nothing(), data_mean=0.7, data_std=1.5), densities.mixture([[0.7, 0.7]], 1.5)
    x = 3 * torch.randn(50, 2, generator=g)
    for sigma in (0.1, 2.0):
        torch.testing.assert_close(model(x, sigma), data.noised(sigma).score(x))
    torch.testing.assert_close(model(x, torch.full((50,), 2.0)), model(x, 2.0))


def test_learned_score_matches_the_exact_one_where_the_data_lies(g):
    blobs, sigmas = densities.two_blobs(), sigma_levels(8, 0.5, 6)
    torch.manual_seed(0)
    model = train_score(
        ScoreModel(ConditionalMLP(width=64), data_std=4.0), blobs.sample(4000, g), sigmas, ScoreTraining(500, 256, lr=8e-3)
    ).model
    with torch.no_grad():
        for sigma in sigmas[::2].tolist():
            noised = blobs.noised(sigma)
            x = noised.sample(4000, g)
            error = (model(x, sigma) - noised.score(x)).square().sum().sqrt() / noised.score(x).norm()
            assert error < 0.25, f"σ = {sigma}: {error:.2f}"


def test_training_is_reproducible(g):
    data = densities.moons().sample(100, g)

    def run():
        torch.manual_seed(1)
        return train_score(ScoreModel(ConditionalMLP(width=8)), data, sigma_levels(1, 0.1, 3), ScoreTraining(3)).losses

    assert run() == run()


@pytest.mark.slow
def test_shipped_score_model_draws_digits_that_the_classifier_reads(g):
    from helpers.evaluate import class_balance, confident_share

    model, sigmas, sampling = load_ncsn()
    start = model.data_mean + 10 * torch.randn(40, 1, 32, 32, generator=g)
    with torch.no_grad():
        x = annealed_langevin(model, start, sigmas, sampling["steps_per_level"], sampling["step_size"], g)
        x = x + sigmas[-1] ** 2 * model(x, sigmas[-1])
    assert confident_share(x) > 0.5
    assert (class_balance(x) > 0).sum() >= 6
