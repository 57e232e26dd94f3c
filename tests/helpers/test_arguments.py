"""Arguments that torch would take, and make nonsense of in silence, are refused by name; what is odd and right is taken."""

import math

import numpy as np
import pytest
import torch

from helpers import (
    arguments,
    conditional,
    data,
    ddpm,
    densities,
    dit,
    energy,
    evaluate,
    fit,
    flow,
    gan,
    langevin,
    noisy_classifier,
    sampling,
    schedules,
    score_model,
    sdedit,
    training,
    unet,
    vae,
)

X = torch.zeros(2, 1, 8, 8)
T = torch.zeros(2, dtype=torch.long)
ONE_PIXEL = torch.zeros(2, 1, 1, 1)  # stretches over any picture, if nobody looks
SCHEDULE = schedules.Schedule(schedules.linear_beta_schedule(10))
NAN = math.nan


@pytest.mark.parametrize(
    ("value", "least", "counts"),
    [(1, 1, True), (np.int64(3), 1, True), (0, 0, True), (0, 1, False), (2.0, 1, False), (True, 0, False), (None, 0, False)],
)
def test_a_count_is_a_whole_number_of_python_or_numpy(value, least, counts):
    assert arguments.is_count(value, least) == counts


@pytest.mark.parametrize("steps", [np.int64(3), np.int32(3)])
def test_numpys_whole_numbers_count_steps(steps):
    assert len(schedules.cosine_beta_schedule(steps)) == 3
    assert torch.equal(flow.euler_solve(lambda x, t: -x, X + 1, steps), flow.euler_solve(lambda x, t: -x, X + 1, 3))
    assert sampling.Sampling(method="ddim", steps=steps).times(10) == sampling.timesteps(10, 3)


STRETCHED = {
    "the picture's noise": lambda: training.denoising_loss(lambda x, t: x, X, T, ONE_PIXEL, SCHEDULE),
    "the network's output": lambda: training.denoising_loss(lambda x, t: ONE_PIXEL, X, T, X, SCHEDULE),
    "e": lambda: ddpm.forward_diffusion(X, T, ONE_PIXEL, SCHEDULE.alphas_cumprod),
    "the model's ε": lambda: ddpm.ddpm_loss(lambda x, t: ONE_PIXEL, X, T, X, SCHEDULE.alphas_cumprod),
    "the model's velocity": lambda: flow.flow_matching_loss(lambda x, t: ONE_PIXEL, X, X, T.float()),
    "the noise of a score": lambda: langevin.dsm_loss(lambda x, sigma: x, X, 1.0, ONE_PIXEL),
    "the score": lambda: langevin.dsm_loss(lambda x, sigma: ONE_PIXEL, X, 1.0, X),
}  # fmt: skip


@pytest.mark.parametrize("name", STRETCHED)
def test_what_would_be_stretched_over_the_pictures_is_refused(name):
    with pytest.raises(ValueError, match=r"must have the shape \(2, 1, 8, 8\); got \(2, 1, 1, 1\)"):
        STRETCHED[name]()


REFUSED = {
    "times without a name": (lambda: training.TrainConfig(times="cosine"), "one of even, logit-normal; got 'cosine'"),
    "negative epochs": (lambda: training.TrainConfig(epochs=-1), "epochs .* 0 or more; got -1"),
    "half a step": (lambda: fit.FitConfig(steps=10.5), "steps .* got 10.5"),
    "no rate": (lambda: fit.FitConfig(lr=NAN), "learning rate.*got nan"),
    "rate upwards": (lambda: fit.FitConfig(lr=-1e-3), "learning rate.*got -0.001"),
    "warm-up": (lambda: fit.FitConfig(warmup=-5), "warmup .* got -5"),
    "no gradient": (lambda: fit.FitConfig(clip_grad=0.0), "clip_grad .* got 0.0"),
    "half an evaluation": (lambda: sampling.Sampling(method="ddim", steps=2.5), "steps .* got 2.5"),
    "edit in no steps": (lambda: next(sdedit.sdedit(lambda x, t: x, X, 0.5, SCHEDULE, steps=0)), "steps .* got 0"),
    "edit with too much noise": (lambda: next(sdedit.sdedit(lambda x, t: x, X, 0.5, SCHEDULE, eta=3.0)), "eta .* got 3.0"),
    "a mask for t": (lambda: schedules.extract(SCHEDULE.betas, T.bool()), "integer per image.*bool"),
    "Langevin's step": (lambda: langevin.langevin_step(X, X, NAN, X), "positive; got nan"),
    "temperature": (lambda: next(langevin.langevin(lambda x: x, X, 1, 0.1, temperature=NAN)), "temperature .* got nan"),
    "cell": (lambda: energy.boltzmann_density(X, NAN), "positive; got nan"),
    "width of a hill": (lambda: densities.GaussianMixture(torch.zeros(1, 2), torch.tensor([NAN]), torch.ones(1)), "positive"),
    "no samples": (lambda: densities.kl_from_samples(torch.zeros(0), densities.two_hills(), -5, 5), "there are none"),
    "more chains than kept": (lambda: energy.ReplayBuffer((2,), size=4).draw(5), "keeps 4 chains, and 5"),
    "no pictures": (lambda: data.check_range(X[:0]), "no image"),
    "no numbers": (lambda: data.check_range(X * NAN), "not a number"),
    "diverged samples": (lambda: evaluate.confident_share(torch.cat([X, X * NAN])), "2 of 4 pictures.*not a number"),
    "one sample": (lambda: evaluate.kid(torch.zeros(1, 4), torch.zeros(9, 4)), "two samples at least; got 1 and 9"),
    "patch of nothing": (lambda: dit.patchify(X, 0), "patch 1 or more; got .* and 0"),
    "one picture alone": (lambda: dit.patchify(X[0], 2), r"got \(1, 8, 8\)"),
    "half a patch": (lambda: dit.DiT(size=30, patch=4), "multiple of the patch.*size 30 and patch 4"),
    "another picture": (lambda: dit.DiT(size=16, patch=4, dim=16, depth=1)(X, T), r"\(batch, 1, 16, 16\).*got \(2, 1, 8, 8\)"),
    "a U-Net's patch": (lambda: unet.Unet(widths=(8, 16), patch=0), "patch .* 1 or more pixels; got 0"),
}  # fmt: skip


BATCHES = {
    "a DDPM": lambda size: training.TrainConfig(batch_size=size),
    "an energy": lambda size: energy.EnergyTraining(batch_size=size),
    "a score": lambda size: score_model.ScoreTraining(batch_size=size),
    "told the digit": lambda size: conditional.conditional_loss(X, T, SCHEDULE, batch_size=size),
    "noisy digits": lambda size: noisy_classifier.noisy_classifier_loss(X, T, SCHEDULE, batch_size=size),
    "a VAE": lambda size: vae.train_vae(X, steps=1, batch_size=size),
    "a GAN": lambda size: gan.train_gan(X, 1, torch.Generator(), batch_size=size),
}


@pytest.mark.parametrize("size", [0, -2, 2.5])
@pytest.mark.parametrize("name", BATCHES)
def test_every_training_refuses_a_batch_of_none(name, size):
    with pytest.raises(ValueError, match=f"batch_size .* 1 or more; got {size}"):
        BATCHES[name](size)


@pytest.mark.parametrize("name", REFUSED)
def test_nonsense_is_refused_with_what_came(name):
    call, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        call()


def test_half_precision_pictures_are_measured_as_others():
    digits, _ = data.load_digits("test")
    assert evaluate.confident_share(digits[:50].half()) == pytest.approx(evaluate.confident_share(digits[:50]), abs=0.021)


def test_a_byte_is_a_place_in_the_schedule_and_no_mask():
    assert torch.equal(schedules.extract(SCHEDULE.betas, T.byte() + 3), schedules.extract(SCHEDULE.betas, T + 3))
