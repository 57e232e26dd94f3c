"""A DDPM followed as a flow: against Gaussian data, whose noise prediction and whose flow are known."""

import math

import pytest
import torch
from torch import nn

from helpers import densities
from helpers.flow import euler_solve, heun_solve
from helpers.mixture_flow import MixtureFlow
from helpers.probability_flow import DDPMFlow, probability_flow_slope, sde_solve, straight_times
from helpers.sampling import final, sample
from helpers.schedules import Schedule, cosine_beta_schedule, linear_beta_schedule
from tests.chance import generator

MEAN, STD = 0.2, 0.5


class GaussianDDPM(nn.Module):
    """The exact prediction when every pixel of the data is N(MEAN, STD²), also between two steps."""

    def __init__(self, schedule, prediction):
        super().__init__()
        self.log_ratio = (schedule.alphas_cumprod.double() / (1 - schedule.alphas_cumprod.double())).log()
        self.prediction = prediction

    def forward(self, x, k):
        low = k.floor().long().clamp(max=len(self.log_ratio) - 2)
        # where DDPMFlow looks between two steps, the time of the straight path is linear, not the logarithm
        times = (self.log_ratio / 2).sigmoid()
        t = torch.lerp(times[low], times[low + 1], (k - low).double())[:, None, None, None]
        size = (t**2 + (1 - t) ** 2).sqrt()
        a, b = t / size, (1 - t) / size
        noise = b * (x - a * MEAN) / (a**2 * STD**2 + b**2)
        x0 = (x - b * noise) / a
        return {"noise": noise, "x0": x0, "velocity": a * noise - b * x0}[self.prediction].to(x)


def exact(x, t):
    t = t[:, None, None, None]
    return MEAN + (t * STD**2 - (1 - t)) / ((1 - t) ** 2 + t**2 * STD**2) * (x - t * MEAN)


@pytest.mark.parametrize("prediction", ["noise", "velocity", "x0"])
def test_the_velocity_is_that_of_the_straight_path(prediction):
    schedule = Schedule(cosine_beta_schedule(1000))
    flow = DDPMFlow(GaussianDDPM(schedule, prediction), schedule, prediction)
    x = torch.randn(40, 1, 2, 2, generator=generator()).double()
    t = torch.linspace(0.05, 0.97, 40).double()
    torch.testing.assert_close(flow(x, t), exact(x, t), rtol=2e-3, atol=2e-3)


def test_steps_are_those_whose_time_is_asked_for():
    schedule = Schedule(linear_beta_schedule(1000))
    flow = DDPMFlow(nn.Identity(), schedule)
    k = torch.tensor([0, 1, 10, 500, 998, 999])
    torch.testing.assert_close(flow.steps(flow.times[k]), k.float(), atol=2e-2, rtol=0)
    assert (flow.times.diff() < 0).all()
    torch.testing.assert_close(straight_times(torch.tensor([0.5])), torch.tensor([0.5], dtype=torch.float64))


def test_equation_13_is_the_same_curve():
    """A Gaussian's ODE in steps k, by Euler: x of a unit data variance stays, of another goes where the flow takes it."""
    schedule = Schedule(cosine_beta_schedule(1000))
    x = torch.randn(2000, 1, 1, 1, generator=generator()).double()
    y = x.clone()
    for k in reversed(range(1000)):
        a_bar = schedule.alphas_cumprod[k].double()
        score = -(y - a_bar.sqrt() * MEAN) / (a_bar * STD**2 + 1 - a_bar)
        y = y - probability_flow_slope(score, y, -math.log1p(-schedule.betas[k].item()))
    expected = heun_solve(exact, x, 200)
    assert (y - expected).abs().mean() < 0.02
    torch.testing.assert_close(expected, MEAN + STD * x, atol=1e-3, rtol=1e-3)


def test_ddim_without_noise_is_eulers_method_along_the_straight_path():
    schedule = Schedule(cosine_beta_schedule(1000))
    model = GaussianDDPM(schedule, "velocity")
    x = torch.randn(16, 1, 2, 2, generator=generator())
    ddim = final(
        sample(lambda x, k: model(x, k), schedule, x.shape, method="ddim", steps=1000, clip=None, prediction="velocity", x=x)
    )
    flow = euler_solve(DDPMFlow(model, schedule, "velocity"), x, 1000)
    torch.testing.assert_close(ddim, flow, atol=6e-3, rtol=1e-2)


def test_clipping_keeps_the_named_picture_in_range():
    schedule = Schedule(cosine_beta_schedule(1000))
    flow = DDPMFlow(GaussianDDPM(schedule, "velocity"), schedule, "velocity", clip=True)
    x, t = 5 * torch.randn(16, 1, 2, 2, generator=generator()), torch.full((16,), 0.5)
    assert (x + 0.5 * flow(x, t)).abs().max() <= 1 + 1e-4


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_sde_of_any_amount_ends_in_the_same_density(amount):
    flow = MixtureFlow(densities.two_hills())
    made = sde_solve(flow.velocity, torch.randn(50_000, 1, generator=generator()), 300, generator(1), amount)
    assert densities.kl_from_samples(made, flow.mixture, -6, 6) < 5e-3


@pytest.mark.parametrize(
    ("given", "said"), [({"steps": 0}, "steps is a positive"), ({"steps": 4, "amount": -1.0}, "amount is how")]
)
def test_an_sde_without_steps_or_with_less_than_no_noise_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        sde_solve(lambda x, t: x, torch.ones(1, 1), **given)


def test_a_word_that_names_no_prediction_is_refused():
    with pytest.raises(ValueError, match="prediction must be one of noise, velocity, x0; got 'score'"):
        DDPMFlow(nn.Identity(), Schedule(linear_beta_schedule(10)), "score")


def test_sde_forgets_the_noise_it_started_from_and_the_ode_does_not():
    flow = MixtureFlow(densities.mixture([[0.0]], 1.0))
    noise = torch.randn(5000, 1, generator=generator())
    pairs = {amount: sde_solve(flow.velocity, noise, 100, generator(1), amount) for amount in (0.0, 1.0)}
    correlation = {amount: torch.corrcoef(torch.cat([noise, made], 1).T)[0, 1] for amount, made in pairs.items()}
    assert correlation[0.0] > 0.999
    assert correlation[1.0] < 0.9
