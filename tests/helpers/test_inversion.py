"""DDIM upwards on Gaussian data, where the way from a picture to its noise is known exactly."""

import pytest
import torch

from helpers.inversion import invert
from helpers.recipe import schedule
from helpers.sampling import Sampling, final, sample

SPREAD = 0.3


def predictor(cosine):
    """The best prediction of ε for data N(0, 0.3²): E[ε | x_t] = √(1-ᾱ) x / (ᾱ 0.3² + 1-ᾱ)."""

    def noise(x, t):
        a = cosine.alphas_cumprod[t][:, None, None, None]
        return (1 - a).sqrt() * x / (a * SPREAD**2 + 1 - a)

    return noise


def test_the_noise_is_the_one_that_the_probability_flow_leads_to():
    cosine = schedule()
    x = SPREAD * torch.randn(4, 1, 5, 5, generator=torch.Generator().manual_seed(0))
    first, last = ((a * SPREAD**2 + 1 - a).sqrt() for a in cosine.alphas_cumprod[[0, -1]])
    torch.testing.assert_close(invert(predictor(cosine), cosine, x, steps=1000), x * last / first, rtol=0.02, atol=1e-3)


@pytest.mark.parametrize("prediction", ["noise", "velocity", "x0"])
def test_the_sampler_takes_the_noise_back_to_the_picture(prediction):
    cosine, x = schedule(), SPREAD * torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(1))

    def model(x, t):
        e = predictor(cosine)(x, t)
        a = cosine.alphas_cumprod[t][:, None, None, None]
        x0 = (x - (1 - a).sqrt() * e) / a.sqrt()
        return {"noise": e, "velocity": a.sqrt() * e - (1 - a).sqrt() * x0, "x0": x0}[prediction]

    noise = invert(model, cosine, x, steps=300, prediction=prediction)
    how = Sampling(method="ddim", steps=300, prediction=prediction, clip=None)
    torch.testing.assert_close(final(sample(model, cosine, tuple(x.shape), how, x=noise)), x, rtol=0.05, atol=0.01)


@pytest.mark.parametrize(("steps", "said"), [(1, "2 or more; got 1"), (1001, "between 1 and the schedule's 1000")])
def test_a_way_without_a_step_is_refused(steps, said):
    with pytest.raises(ValueError, match=said):
        invert(predictor(schedule()), schedule(), torch.zeros(1, 1, 2, 2), steps=steps)
