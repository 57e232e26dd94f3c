"""DDPM's three formulas from plain tensors: the library's own spelling, the posterior's mean and autograd as oracles."""

import pytest
import torch
from torch import nn

from helpers import ddpm, diffusion, sampling
from helpers.schedules import Schedule, cosine_beta_schedule, linear_beta_schedule
from helpers.training import denoising_loss


@pytest.fixture(params=[linear_beta_schedule, cosine_beta_schedule], ids=["linear", "cosine"])
def schedule(request):
    return Schedule(request.param(1000))


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(5)
    x0, e, z = (torch.randn(4, 1, 8, 8, generator=generator) for _ in range(3))
    return x0.clamp(-1, 1), e, z, torch.tensor([0, 1, 500, 998])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_jump_is_the_librarys_whatever_the_schedules_precision(schedule, batch, dtype):
    x0, e, _, t = batch
    x_t = ddpm.forward_diffusion(x0, t, e, schedule.alphas_cumprod.to(dtype))
    assert x_t.dtype == torch.float32
    torch.testing.assert_close(x_t, diffusion.diffuse(x0, t, e, schedule), rtol=1e-3, atol=1e-5)


def test_the_loss_is_the_librarys_and_its_gradient_too(schedule, batch):
    x0, e, _, t = batch
    found = []
    for loss in (lambda m: ddpm.ddpm_loss(m, x0, t, e, schedule.alphas_cumprod), lambda m: denoising_loss(m, x0, t, e, schedule)):
        torch.manual_seed(0)
        conv = nn.Conv2d(1, 1, 3, padding=1)
        value = loss(lambda x, t, conv=conv: conv(x))
        value.backward()
        found.append((value.detach(), conv.weight.grad))
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("t", [0, 1, 500, 998])
def test_the_step_is_the_librarys_and_its_mean_the_posteriors(schedule, batch, t):
    x_t, e, z, _ = batch
    step = ddpm.ancestral_step(x_t, e, t, schedule.betas.double(), z)
    torch.testing.assert_close(step.float(), sampling.ancestral_move(x_t, e, t, schedule, z), rtol=1e-3, atol=1e-4)
    times = torch.full((4,), t)
    x0, _ = diffusion.split(e, x_t, times, schedule)
    mean, _ = diffusion.posterior(x0, x_t, times, schedule)  # eq. 7, at the x_0 that e implies
    without = ddpm.ancestral_step(x_t, e, t, schedule.betas, torch.zeros_like(z))
    torch.testing.assert_close(without, mean, rtol=2e-2, atol=5e-3)


@pytest.mark.parametrize("t", [0, 1, 10, 500, 998])
def test_the_weight_of_the_noise_is_exact_where_the_picture_is_nearly_clean(schedule, t):
    beta = schedule.betas.double()
    exact = -beta[t] / (1 - (1 - beta).cumprod(0)[t]).sqrt() / (1 - beta[t]).sqrt()
    none, one = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
    for found in (
        ddpm.ancestral_step(none, one, t, schedule.betas, none),
        sampling.ancestral_move(none, one, t, schedule, none),
    ):
        torch.testing.assert_close(found.double(), exact.expand(1, 1, 1, 1), rtol=1e-6, atol=0)


def test_no_noise_at_the_last_step(schedule, batch):
    x_t, e, z, _ = batch
    torch.testing.assert_close(
        ddpm.ancestral_step(x_t, e, 0, schedule.betas, z), ddpm.ancestral_step(x_t, e, 0, schedule.betas, None)
    )


def test_wrong_arguments_are_explained(schedule, batch):
    x0, e, z, _ = batch
    with pytest.raises(ValueError, match="one t per image"):
        ddpm.forward_diffusion(x0, torch.tensor([1]), e, schedule.alphas_cumprod)
    with pytest.raises(ValueError, match="0..999"):
        ddpm.ancestral_step(x0, e, 1000, schedule.betas, z)
    with pytest.raises(ValueError, match="give z"):
        ddpm.ancestral_step(x0, e, 7, schedule.betas, None)
