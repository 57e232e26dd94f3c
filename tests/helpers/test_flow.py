"""Flow matching against closed forms, its solvers against their orders and against scipy's adaptive one."""

import math

import pytest
import torch

from helpers import densities, flow
from helpers.flow import euler_solve, flow_matching_loss, heun_solve, interpolate, logit_normal
from helpers.mixture_flow import MixtureFlow
from tests.chance import generator

MIXTURES = [densities.moons(), densities.eight_blobs(), densities.rings(), densities.two_blobs()]


def gaussian_flow(m, s):
    """The velocity of the flow from N(0, 1) to N(m, s²), and where it takes x: m + s x, since flows keep quantiles."""

    def velocity(x, t):
        t = t[:, None].to(x)
        c2 = (1 - t) ** 2 + t**2 * s**2
        return m + (t * s**2 - (1 - t)) / c2 * (x - t * m)

    return velocity, lambda x: m + s * x


def test_path_starts_at_the_noise_and_ends_at_the_data():
    data, noise = torch.randn(2, 5, 1, 4, 4, generator=generator()).unbind(0)
    assert torch.equal(interpolate(data, noise, torch.zeros(5)), noise)
    assert torch.equal(interpolate(data, noise, torch.ones(5)), data)
    step = 1e-3
    slope = (interpolate(data, noise, torch.full((5,), 0.5 + step)) - interpolate(data, noise, torch.full((5,), 0.5))) / step
    torch.testing.assert_close(slope, data - noise, atol=2e-3, rtol=0)


@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize("t", [0.02, 0.3, 0.7, 0.98, 1.0])
def test_velocity_from_the_score_is_the_closed_form(mixture, t):
    exact = MixtureFlow(mixture)
    x = (2 * torch.randn(64, 2, generator=generator())).double()
    times = torch.full((64,), t, dtype=torch.float64)
    found = flow.velocity_from_score(exact.score(x, t), x, times)
    torch.testing.assert_close(found, exact.velocity(x, t), rtol=1e-5, atol=1e-5)
    if t < 1:
        torch.testing.assert_close(flow.score_from_velocity(found, x, times), exact.score(x, t), rtol=1e-5, atol=1e-5)


def test_closed_form_velocity_is_the_mean_over_pairs_that_cross_there():
    exact, t = MixtureFlow(densities.two_hills()), 0.6
    data, noise = exact.mixture.sample(2_000_000, generator(1)), torch.randn(2_000_000, 1, generator=generator(2))
    x = interpolate(data, noise, torch.full((len(data),), t))[:, 0]
    for place in (-1.0, 0.2, 1.2):
        near = (x - place).abs() < 0.02
        mean = (data - noise)[near].mean()
        error = (data - noise)[near].std() / near.sum().sqrt()
        assert abs(mean - exact.velocity(torch.tensor([[place]]), t)) < 4 * error


def test_loss_is_the_mean_over_batch_and_dimensions_of_the_squared_error():
    data, noise = torch.randn(2, 6, 3, generator=generator()).unbind(0)
    t = torch.rand(6, generator=generator())
    assert flow_matching_loss(lambda x, t: data - noise, data, noise, t) == 0
    off = flow_matching_loss(lambda x, t: data - noise + 2, data, noise, t)
    torch.testing.assert_close(off, torch.tensor(4.0))


def test_the_best_constant_velocity_is_the_mean_of_data_minus_noise():
    data, noise = torch.randn(2, 4000, 2, generator=generator()).unbind(0)
    constant = torch.zeros(2, requires_grad=True)
    flow_matching_loss(lambda x, t: constant.expand_as(x), data + 3, noise, torch.rand(4000)).backward()
    torch.testing.assert_close(constant.grad, -(data + 3 - noise).mean(0))


def test_logit_normal_times_are_the_sigmoid_of_normal_ones():
    t = logit_normal(100_000, generator(), mean=0.5, std=0.8)
    z = t.log() - (-t).log1p()
    assert z.mean().item() == pytest.approx(0.5, abs=0.01)
    assert z.std().item() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("solve", "order"), [(euler_solve, 1), (heun_solve, 2)])
def test_solvers_have_their_order(solve, order):
    velocity, exact = gaussian_flow(1.5, 0.3)
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    errors = [(solve(velocity, x, n) - exact(x)).abs().max().item() for n in (80, 160, 320)]
    slopes = [math.log2(a / b) for a, b in zip(errors, errors[1:])]
    assert all(abs(slope - order) < 0.1 for slope in slopes), slopes


def test_solvers_agree_with_the_adaptive_one():
    exact = MixtureFlow(densities.moons())
    x = torch.randn(50, 2, generator=generator()).double()
    best, calls = flow.adaptive_solve(exact.velocity, x, rtol=1e-9, atol=1e-9)
    assert calls > 50
    assert (heun_solve(exact.velocity, x, 400) - best).abs().max() < 2e-3
    assert (euler_solve(exact.velocity, x, 400) - best).abs().max() > (heun_solve(exact.velocity, x, 400) - best).abs().max()


def test_flow_of_a_gaussian_to_a_gaussian_is_the_affine_map():
    velocity, exact = gaussian_flow(-0.7, 2.0)
    x = torch.randn(20, 1, generator=generator()).double()
    torch.testing.assert_close(flow.adaptive_solve(velocity, x, 1e-8, 1e-8)[0], exact(x), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(
        MixtureFlow(densities.mixture([[-0.7]], 2.0)).velocity(x, 0.4), velocity(x, torch.full((20,), 0.4))
    )


def test_the_flow_carries_noise_to_the_mixture():
    exact = MixtureFlow(densities.two_hills())
    x = heun_solve(exact.velocity, torch.randn(100_000, 1, generator=generator()), 100)
    assert densities.kl_from_samples(x, exact.mixture, -6, 6) < 2e-3


def test_walk_goes_backwards_to_where_it_came_from():
    velocity, _ = gaussian_flow(1.0, 0.5)
    x = torch.randn(8, 1, generator=generator()).double()
    there = heun_solve(velocity, x, 200)
    back = [x for _, x in flow.walk(velocity, there, torch.linspace(1, 0, 201, dtype=torch.float64), heun=True)][-1]
    torch.testing.assert_close(back, x, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("blows_up", [lambda x, t: x / (x - x), lambda x, t: 10 * x**3 + 100])
def test_a_solver_that_gives_up_on_the_way_says_so_and_returns_no_place_from_there(blows_up):
    with pytest.raises(ValueError, match=r"gave up at t = 0.*is the velocity a number everywhere"):
        flow.adaptive_solve(blows_up, torch.ones(2, 1, dtype=torch.float64))


def test_bad_input_is_named():
    data = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        interpolate(data, data, torch.zeros(2))
    with pytest.raises(ValueError, match="noise must have"):
        interpolate(data, torch.zeros(3, 1), torch.zeros(3))
    with pytest.raises(ValueError, match="positive whole number"):
        euler_solve(lambda x, t: x, data, 0)
    with pytest.raises(ValueError, match="one time for the whole batch"):
        MixtureFlow(densities.moons()).velocity(torch.zeros(2, 2), torch.tensor([0.1, 0.2]))


def test_bend_is_the_largest_distance_from_the_straight_line_in_parts_of_its_length():
    times = torch.linspace(0, 1, 101)
    line = torch.stack([times, torch.zeros_like(times)], 1)[:, None]
    assert flow.bend(2 * line + 1, times) == pytest.approx(0, abs=1e-6)
    half_circle = torch.stack([-(math.pi * times).cos(), (math.pi * times).sin()], 1)[:, None]
    assert flow.bend(half_circle, times) == pytest.approx(0.5, abs=0.05)  # the radius, of a chord of two
