"""The forward process and its posterior against diffusers, and the three parameterisations against each other."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers import diffusion


@pytest.fixture
def batch(rng):
    x0 = torch.rand(4, 1, 8, 8, generator=rng) * 2 - 1
    noise = torch.randn(4, 1, 8, 8, generator=rng)
    return x0, torch.tensor([0, 10, 500, 999]), noise


def test_forward_diffusion_and_velocity_equal_diffusers(linear, batch):
    x0, t, noise = batch
    theirs = DDPMScheduler(1000, 1e-4, 0.02, "linear")
    torch.testing.assert_close(diffusion.diffuse(x0, t, noise, linear), theirs.add_noise(x0, noise, t))
    torch.testing.assert_close(diffusion.velocity(x0, t, noise, linear), theirs.get_velocity(x0, noise, t))


def test_one_jump_has_the_statistics_of_many_steps(linear, rng):
    x = torch.full((20_000, 1, 1, 1), 0.7)
    for t in range(300):
        x = linear.alphas[t].sqrt() * x + linear.betas[t].sqrt() * torch.randn(x.shape, generator=rng)
    assert x.mean().item() == pytest.approx(0.7 * linear.sqrt_alphas_cumprod[299].item(), abs=0.02)
    assert x.std().item() == pytest.approx(linear.sqrt_one_minus_alphas_cumprod[299].item(), rel=0.02)


@pytest.mark.parametrize("prediction", diffusion.PREDICTIONS)
def test_every_target_splits_back_into_image_and_noise(linear, batch, prediction):
    x0, t, noise = batch
    t = t.clamp(max=800)
    x_t = diffusion.diffuse(x0, t, noise, linear)
    output = diffusion.target(x0, t, noise, linear, prediction)
    found_x0, found_noise = diffusion.split(output, x_t, t, linear, prediction)
    torch.testing.assert_close(found_x0, x0, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found_noise, noise, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(diffusion.noise_from_x0(x0, x_t, t, linear), noise, rtol=1e-3, atol=1e-3)


def test_the_posterior_is_bayes_rule_on_two_gaussians(linear, batch):
    x0, t, noise = batch
    t = t.clamp(min=1)
    x_t = diffusion.diffuse(x0, t, noise, linear)
    mean, variance = diffusion.posterior(x0, x_t, t, linear)
    betas = linear.betas.double()
    beta, a_bar_prev = (v[t].reshape(-1, 1, 1, 1) for v in (betas, (1 - betas).cumprod(0) / (1 - betas)))
    precision = (1 - beta) / beta + 1 / (1 - a_bar_prev)
    expected = ((1 - beta).sqrt() * x_t / beta + a_bar_prev.sqrt() * x0 / (1 - a_bar_prev)) / precision
    torch.testing.assert_close(variance.double(), 1 / precision, rtol=1e-6, atol=0)
    torch.testing.assert_close(mean.double(), expected, rtol=1e-5, atol=1e-6)


def test_the_posterior_of_the_first_step_is_x0_and_certain(linear, batch):
    x0, _, noise = batch
    mean, variance = diffusion.posterior(x0, noise, torch.zeros(len(x0), dtype=torch.long), linear)
    torch.testing.assert_close(mean, x0)
    assert not variance.any()


def test_the_score_is_the_gradient_of_the_exact_log_density(linear):
    x0 = torch.tensor([0.3]).reshape(1, 1, 1, 1)
    t = torch.tensor([400])
    x_t = torch.tensor([0.9], requires_grad=True)
    a = linear.alphas_cumprod[400]
    torch.distributions.Normal(a.sqrt() * 0.3, (1 - a).sqrt()).log_prob(x_t).backward()
    noise = diffusion.noise_from_x0(x0, x_t.detach().reshape(1, 1, 1, 1), t, linear)
    torch.testing.assert_close(diffusion.score(noise, t, linear).flatten(), x_t.grad)


def test_mismatched_batches_and_unknown_predictions_are_refused(linear, batch):
    x0, t, noise = batch
    with pytest.raises(ValueError, match="one t per image"):
        diffusion.diffuse(x0, t[:2], noise, linear)
    with pytest.raises(ValueError, match="noise must have the shape"):
        diffusion.diffuse(x0, t, noise[:1], linear)
    with pytest.raises(ValueError, match="noise, velocity, x0"):
        diffusion.target(x0, t, noise, linear, "epsilon")
