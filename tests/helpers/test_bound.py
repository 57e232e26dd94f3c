"""The variational bound against Gaussian data, where every term and the likelihood itself are known."""

import math

import pytest
import torch

from helpers import bound
from helpers.schedules import Schedule, cosine_beta_schedule, extract, linear_beta_schedule
from tests.chance import generator


def oracle(schedule, mean, std):
    """The exact prediction of x_0 for pixels N(mean, std²)."""

    def model(x, t):
        a_bar = extract(schedule.alphas_cumprod, t)
        gain = a_bar.sqrt() * std**2 / (a_bar * std**2 + 1 - a_bar)
        return mean + gain * (x - a_bar.sqrt() * mean)

    return model


def test_prior_term_is_the_divergence_of_two_gaussians():
    schedule = Schedule(linear_beta_schedule(100))
    x0 = torch.rand(3, 1, 4, 4, generator=generator()) * 2 - 1
    a_bar = schedule.alphas_cumprod[-1]
    q = torch.distributions.Normal(a_bar.sqrt() * x0, (1 - a_bar).sqrt())
    expected = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).flatten(1).sum(1)
    torch.testing.assert_close(bound.prior_term(x0, schedule).float(), expected, rtol=1e-4, atol=1e-4)


def test_middle_term_is_half_the_gain_in_signal_to_noise_times_the_error():
    schedule = Schedule(cosine_beta_schedule(1000))
    x0, guess = torch.randn(2, 3, 1, 4, 4, generator=generator()).unbind(0)
    t = torch.tensor([5, 400, 900])
    ratio = schedule.alphas_cumprod.double() / (1 - schedule.alphas_cumprod.double())
    expected = 0.5 * (ratio[t - 1] - ratio[t]) * (x0 - guess).square().flatten(1).sum(1)  # arXiv:2107.00630, eq. 13
    torch.testing.assert_close(bound.middle_terms(x0, guess, t, schedule).double(), expected, rtol=1e-2, atol=0)


def test_decoder_is_a_distribution_over_the_levels():
    levels = torch.arange(256.0).reshape(256, 1, 1, 1) / 127.5 - 1
    mean, std = torch.full_like(levels, 0.3), torch.tensor(0.1)
    assert (-bound.decoder_term(levels, mean, std)).exp().sum().item() == pytest.approx(1, abs=1e-6)


def test_importance_is_a_distribution_that_favours_the_large_terms():
    p = bound.importance(lambda t: 1.0 / t.double(), 7, 1000)
    assert p.shape == (999,)
    assert p.sum().item() == pytest.approx(1)
    assert p[0] / p[99] == pytest.approx(100, rel=0.1)


def test_middle_terms_of_gaussian_data_are_the_closed_form_and_the_bound_is_above_the_entropy():
    schedule = Schedule(cosine_beta_schedule(1000))
    mean, std = 0.1, 0.2
    x0 = (((mean + std * torch.randn(64, 1, 8, 8, generator=generator())).clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1
    found = bound.variational_bound(oracle(schedule, mean, std), schedule, x0, "x0", draws=40, generator=generator(1))
    ratio = schedule.alphas_cumprod.double() / (1 - schedule.alphas_cumprod.double())
    spread = 1 / (1 / std**2 + ratio[1:])  # Var(x_0 | x_t)
    expected = (0.5 * (ratio[:-1] - ratio[1:]) * spread).sum().item() / math.log(2)
    assert found.middle.mean().item() == pytest.approx(expected, abs=4 * found.middle.std().item() / 8)
    entropy = 0.5 * math.log2(2 * math.pi * math.e * std**2) + math.log2(127.5)
    assert entropy < found.total.mean().item() < entropy + 1
    worse = bound.variational_bound(oracle(schedule, mean, 2 * std), schedule, x0, "x0", draws=40, generator=generator(1))
    assert worse.total.mean() > found.total.mean() + 0.05


def test_drawing_a_few_terms_is_right_on_average():
    schedule = Schedule(cosine_beta_schedule(60))
    x0 = (torch.rand(16, 1, 4, 4, generator=generator()) * 255).round() / 127.5 - 1
    model = oracle(schedule, 0.0, 0.6)
    few = torch.stack(
        [bound.variational_bound(model, schedule, x0, "x0", 20, generator(seed)).middle.mean() for seed in range(20)]
    )
    x = x0.repeat(40, 1, 1, 1)
    total = 0.0
    for t in range(1, 60):
        at = torch.full((len(x),), t)
        noisy = extract(schedule.sqrt_alphas_cumprod, at) * x
        noisy = noisy + extract(schedule.sqrt_one_minus_alphas_cumprod, at) * torch.randn(x.shape, generator=generator(t))
        total += bound.middle_terms(x, model(noisy, at).clamp(-1, 1), at, schedule).mean().item()
    expected = total / (16 * math.log(2))
    assert few.mean().item() == pytest.approx(expected, abs=4 * few.std().item() / math.sqrt(20) + 0.01 * expected)
