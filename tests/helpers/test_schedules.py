"""Schedules against diffusers, closed forms and the figures that the course quotes."""

import math

import pytest
import torch
from diffusers import DDPMScheduler

from helpers.schedules import (
    Schedule,
    cosine_beta_schedule,
    extract,
    linear_beta_schedule,
    noisier,
    scaled_linear_beta_schedule,
)

KINDS = {
    "linear": (linear_beta_schedule(1000), DDPMScheduler(1000, 1e-4, 0.02, "linear")),
    "scaled linear": (scaled_linear_beta_schedule(1000), DDPMScheduler(1000, 0.00085, 0.012, "scaled_linear")),
    "cosine": (cosine_beta_schedule(1000), DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_betas_and_their_product_equal_diffusers(kind):
    betas, theirs = KINDS[kind]
    torch.testing.assert_close(betas, theirs.betas, rtol=1e-4, atol=1e-8)
    torch.testing.assert_close(Schedule(betas).alphas_cumprod[:-1], theirs.alphas_cumprod[:-1], rtol=2e-4, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_only_ever_grows(kind):
    schedule = Schedule(KINDS[kind][0])
    assert bool((schedule.alphas_cumprod.diff() < 0).all())
    assert bool((schedule.betas > 0).all())
    assert bool((schedule.betas <= 0.999).all())
    assert schedule.alphas_cumprod_prev[0] == 1


@pytest.mark.parametrize(("T", "signal"), [(1000, 0.0064), (300, 0.219), (200, 0.364), (100, 0.603)])
def test_the_linear_schedule_reaches_noise_only_in_a_thousand_steps(T, signal):
    assert Schedule(linear_beta_schedule(T)).sqrt_alphas_cumprod[-1] == pytest.approx(signal, rel=0.01)


@pytest.mark.parametrize("T", [10, 100, 1000])
def test_the_cosine_schedule_follows_its_closed_form_and_clips_the_last_beta_alone(T):
    schedule = Schedule(cosine_beta_schedule(T))
    for t in range(T - 1):
        f = [math.cos((k / T + 0.008) / 1.008 * math.pi / 2) ** 2 for k in (t + 1, 0)]
        assert schedule.alphas_cumprod[t].item() == pytest.approx(f[0] / f[1], rel=1e-4)
    assert (cosine_beta_schedule(T) == torch.tensor(0.999)).sum() == 1
    assert cosine_beta_schedule(T)[-1] == torch.tensor(0.999)


def test_derived_terms_are_what_their_names_say(linear):
    torch.testing.assert_close(linear.alphas, 1 - linear.betas)
    torch.testing.assert_close(linear.sqrt_alphas_cumprod.square(), linear.alphas_cumprod)
    torch.testing.assert_close(linear.sqrt_one_minus_alphas_cumprod.square(), 1 - linear.alphas_cumprod)
    assert linear.posterior_variance[0] == 0
    assert bool((linear.posterior_variance[1:] < linear.betas[1:]).all())
    assert linear.T == 1000


def test_extract_gives_each_image_its_own_value(linear):
    picked = extract(linear.betas, torch.tensor([0, 999, 5]), "cpu")
    assert picked.shape == (3, 1, 1, 1)
    assert torch.equal(picked.flatten(), linear.betas[[0, 999, 5]])


@pytest.mark.parametrize(
    ("t", "message"),
    [
        (torch.tensor([1000]), "0..999"),
        (torch.tensor([-1]), "0..999"),
        (torch.tensor([0.5]), "integer"),
        (torch.tensor([[1]]), r"shape \(B,\)"),
    ],
)
def test_a_t_outside_the_schedule_is_refused(linear, t, message):
    with pytest.raises(ValueError, match=message):
        extract(linear.betas, t, "cpu")


@pytest.mark.parametrize("make", [linear_beta_schedule, scaled_linear_beta_schedule, cosine_beta_schedule])
@pytest.mark.parametrize("T", [0, -3, 10.0])
def test_a_step_count_that_is_none_is_refused(make, T):
    with pytest.raises(ValueError, match="number of steps"):
        make(T)


def test_other_impossible_schedules_are_refused():
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        Schedule(torch.tensor([0.1, 1.0]))
    with pytest.raises(ValueError, match="1-D"):
        Schedule(torch.full((2, 2), 0.1))
    with pytest.raises(ValueError, match="rise within"):
        linear_beta_schedule(10, 0.02, 1e-4)
    with pytest.raises(ValueError, match="offset"):
        cosine_beta_schedule(10, s=-1)


def test_a_schedule_moves_between_devices_whole(linear):
    moved = linear.to("meta")
    assert all(getattr(moved, term).device.type == "meta" for term in Schedule.TERMS)
    assert linear.betas.device.type == "cpu"


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_noisier_multiplies_the_noise_against_the_picture_at_every_step(factor):
    betas = cosine_beta_schedule(1000)

    def ratio(betas):
        a_bar = (1 - betas.double()).cumprod(0)
        return ((1 - a_bar) / a_bar).sqrt()

    times = ratio(noisier(betas, factor)) / ratio(betas)
    assert times[:-1] == pytest.approx(factor, rel=2e-3)
    assert torch.equal(Schedule(noisier(betas, factor)).betas, noisier(betas, factor))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_noise_is_not_multiplied_by_nothing(factor):
    with pytest.raises(ValueError, match="above 0"):
        noisier(linear_beta_schedule(10), factor)
