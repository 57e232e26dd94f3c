"""The samplers against diffusers step by step, and against a Gaussian whose exact denoiser is known."""

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler

from helpers import sampling
from helpers.diffusion import split
from helpers.sampling import Sampling, ancestral_move, ddim_step, final, sample
from helpers.schedules import Schedule, cosine_beta_schedule

LINEAR = dict(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear")


@pytest.fixture
def pair(rng):
    return torch.randn(2, 1, 4, 4, generator=rng), torch.randn(2, 1, 4, 4, generator=rng)


@pytest.mark.parametrize(("variance", "theirs"), [("beta", "fixed_large"), ("posterior", "fixed_small")])
@pytest.mark.parametrize("t", [999, 500, 1, 0])
def test_ancestral_steps_equal_diffusers(linear, pair, t, variance, theirs):
    x, e = pair
    scheduler = DDPMScheduler(**LINEAR, clip_sample=False, variance_type=theirs)
    step = scheduler.step(e, t, x, generator=torch.Generator().manual_seed(5))
    z = torch.randn(x.shape, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(ancestral_move(x, e, t, linear, z, variance), step.prev_sample, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_steps_equal_diffusers_with_clipped_x0(linear, pair, eta):
    x, e = pair
    scheduler = DDIMScheduler(**LINEAR, clip_sample=True, set_alpha_to_one=True)
    scheduler.set_timesteps(20)
    for t in (950, 500, 0):
        z = torch.randn(x.shape, generator=torch.Generator().manual_seed(t))
        theirs = scheduler.step(e, t, x, eta=eta, use_clipped_model_output=True, variance_noise=z).prev_sample
        torch.testing.assert_close(ddim_step(x, e, t, t - 50, linear.alphas_cumprod, eta, z), theirs, rtol=1e-4, atol=1e-4)


def test_the_dpm_sampler_follows_diffusers_path(linear, rng):
    noise = torch.randn(2, 1, 4, 4, generator=rng)
    scheduler = DPMSolverMultistepScheduler(**LINEAR, final_sigmas_type="zero", lower_order_final=True)
    times = sampling.timesteps(1000, 12)
    scheduler.set_timesteps(timesteps=times)
    model = gaussian_denoiser(linear, 0.3, 0.4)
    x = noise
    for t in times:
        x = scheduler.step(model(x, torch.full((2,), t)), t, x).prev_sample
    ours = final(sample(model, linear, noise.shape, method="dpm", steps=12, clip=None, x=noise))
    torch.testing.assert_close(ours, x, rtol=1e-3, atol=1e-3)


def gaussian_denoiser(schedule, mean, std):
    """The exact ε-prediction when every pixel of the data is N(mean, std²)."""

    def model(x, t):
        a = schedule.alphas_cumprod[t].reshape(-1, 1, 1, 1)
        return (1 - a).sqrt() * (x - a.sqrt() * mean) / (a * std**2 + 1 - a)

    return model


@pytest.mark.parametrize(
    ("method", "steps", "eta", "variance"),
    [
        ("ancestral", None, 0.0, "beta"),
        ("ancestral", None, 0.0, "posterior"),
        ("ddim", 200, 0.0, "beta"),
        ("ddim", 1000, 1.0, "beta"),
        ("dpm", 150, 0.0, "beta"),
    ],
)
@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_samplers_with_the_exact_denoiser_reach_the_mean_and_variance(linear, rng, name, method, steps, eta, variance):
    schedule = linear if name == "linear" else Schedule(cosine_beta_schedule(1000))
    model = gaussian_denoiser(schedule, 0.2, 0.15)
    x = final(sample(model, schedule, (64, 1, 16, 16), method=method, steps=steps, eta=eta, variance=variance, generator=rng))
    assert x.mean().item() == pytest.approx(0.2, abs=0.01)
    assert x.std().item() == pytest.approx(0.15, rel=0.06)


def test_clamping_x_t_spoils_even_the_exact_denoiser(linear, rng):
    model = gaussian_denoiser(linear, 0.8, 0.2)
    spoilt = final(sample(model, linear, (32, 1, 16, 16), clip="xt", generator=rng))
    assert abs(spoilt.mean().item() - 0.8) > 0.05


@pytest.mark.parametrize("prediction", ["noise", "velocity", "x0"])
def test_the_three_predictions_sample_the_same_image(linear, prediction):
    noise_model = gaussian_denoiser(linear, 0.2, 0.15)

    def model(x, t):
        e = noise_model(x, t)
        a = linear.alphas_cumprod[t].reshape(-1, 1, 1, 1)
        x0, _ = split(e, x, t, linear)
        return {"noise": e, "velocity": a.sqrt() * e - (1 - a).sqrt() * x0, "x0": x0}[prediction]

    def run(m, p):
        return final(
            sample(m, linear, (4, 1, 8, 8), method="ddim", steps=50, prediction=p, generator=torch.Generator().manual_seed(1))
        )

    torch.testing.assert_close(run(model, prediction), run(noise_model, "noise"), rtol=1e-2, atol=2e-3)


def test_every_step_is_yielded_from_noise_to_image_and_the_seed_decides(linear):
    model = gaussian_denoiser(linear, 0.0, 0.3)

    def run():
        return list(
            sample(model, linear, (1, 1, 4, 4), method="ddim", steps=10, eta=1.0, generator=torch.Generator().manual_seed(2))
        )

    first, second = run(), run()
    assert [step.t for step in first] == [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]
    assert all(torch.equal(a.x, b.x) for a, b in zip(first, second))
    assert all(step.x0.abs().max() <= 1 for step in first)


def test_the_last_step_adds_no_noise(linear, pair):
    x, e = pair
    assert torch.equal(ancestral_move(x, e, 0, linear, x), ancestral_move(x, e, 0, linear, 5 * x))


def test_a_module_is_put_into_eval_mode_only_while_sampling(linear):
    seen = []

    class Net(torch.nn.Conv2d):
        def forward(self, x, t):
            seen.append(self.training)
            return super().forward(x)

    net = Net(1, 1, 1).train()
    final(sample(net, linear, (1, 1, 4, 4), method="ddim", steps=3))
    assert seen == [False] * 3
    assert net.training


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(method="euler"), "ancestral, ddim, dpm"),
        (dict(method="ancestral", steps=50), "every step"),
        (dict(method="ddim", steps=1001), "between 1 and"),
        (dict(clip="x"), "'x0', 'xt' or None"),
        (dict(prediction="score", method="ddim", steps=2), "prediction must be"),
        (dict(variance="betta"), "beta, posterior"),
        (dict(method="ddim", steps=0), "1 or more"),
        (dict(method="ddim", steps=5, eta=1.5), r"\[0, 1\]"),
        (dict(method="ddim", steps=5, x=torch.zeros(1, 1, 8, 8)), r"the samples' shape \(.*; got \(1, 1, 8, 8\)"),
    ],
)
def test_impossible_requests_are_refused(linear, change, message):
    with pytest.raises(ValueError, match=message):
        final(sample(gaussian_denoiser(linear, 0, 1), linear, (1, 1, 4, 4), **change))


def test_a_misspelt_setting_is_refused(linear):
    with pytest.raises(TypeError, match="metod"):
        sample(gaussian_denoiser(linear, 0, 1), linear, (1, 1, 4, 4), metod="ddim")


def test_one_object_or_its_fields_by_name_are_the_same(linear):
    model, how = gaussian_denoiser(linear, 0, 1), Sampling("ddim", steps=5, eta=1.0)

    def drawn(*given, **settings):
        return final(sample(model, linear, (2, 1, 4, 4), *given, generator=torch.Generator().manual_seed(3), **settings))

    assert torch.equal(drawn(how), drawn(method="ddim", steps=5, eta=1.0))
    assert not torch.equal(drawn(how), drawn(how, eta=0.0))


def test_the_ancestral_step_names_a_wrong_variance_and_a_missing_z(linear):
    x = torch.zeros(1, 1, 2, 2)
    with pytest.raises(ValueError, match="beta, posterior"):
        ancestral_move(x, x, 5, linear, x, "betta")
    with pytest.raises(ValueError, match="t = 0 only"):
        ancestral_move(x, x, 5, linear, None)
