"""Reflow straightens, consistency tuning shortens: on flows whose right answer is known."""

import pytest
import torch
from torch import nn

from helpers import densities, few_steps
from helpers.few_steps import consistency_loss, consistency_sample, draw_pairs, draw_paths, jump_loss, path_end, pseudo_huber
from helpers.flow import adaptive_solve, euler_solve, flow_matching_loss, heun_solve
from helpers.mixture_flow import MixtureFlow
from tests.chance import generator


class PointModel(nn.Module):
    """The exact velocity of data at one point, but for one number that is to be learnt."""

    def __init__(self, point=0.5):
        super().__init__()
        self.point = nn.Parameter(torch.tensor(point))

    def forward(self, x, t):
        return (self.point - x) / (1 - t[:, None]).clamp(min=1e-6)


def test_pairs_are_where_the_flow_takes_the_noise():
    exact = MixtureFlow(densities.eight_blobs())
    noise = torch.randn(40, 2, generator=generator())
    given, made = draw_pairs(exact.velocity, noise, steps=200, batch_size=16)
    assert torch.equal(given, noise)
    assert (made - adaptive_solve(exact.velocity, noise, 1e-7, 1e-7)[0]).abs().max() < 0.02
    torch.testing.assert_close(draw_pairs(exact.velocity, noise, 3, heun=False)[1], euler_solve(exact.velocity, noise, 3))


def test_reflow_on_gaussian_pairs_is_straight_in_one_step():
    # the flow N(0, 1) → N(1, 3²) pairs noise z with 1 + 3 z; on those pairs the velocity 1 + 2 z is exact along the straight path
    noise = torch.randn(500, 1, generator=generator())
    _, data = draw_pairs(MixtureFlow(densities.mixture([[1.0]], 3.0)).velocity, noise, steps=200)

    def straight(x, t):
        z = (x - t[:, None]) / (1 + 2 * t[:, None])
        return 1 + 2 * z

    assert flow_matching_loss(straight, data, noise, torch.rand(500, generator=generator(1))) < 1e-3
    torch.testing.assert_close(euler_solve(straight, noise, 1), 1 + 3 * noise)
    curved = euler_solve(MixtureFlow(densities.mixture([[1.0]], 3.0)).velocity, noise, 1)
    assert (curved - (1 + 3 * noise)).abs().max() > 1


def test_paths_pass_where_the_flow_is_at_each_of_the_times():
    exact = MixtureFlow(densities.eight_blobs())
    noise = torch.randn(40, 2, generator=generator())
    paths = draw_paths(exact.velocity, noise, jumps=3, steps=100, batch_size=16)
    assert paths.shape == (4, 40, 2)
    assert torch.equal(paths[0], noise)
    torch.testing.assert_close(paths[-1], euler_solve(exact.velocity, noise, 300))
    for k in (1, 2):  # the rest of the way from there, in time of its own
        rest = euler_solve(lambda x, s, t=k / 3: (1 - t) * exact.velocity(x, t + (1 - t) * s), paths[k], 2000)
        assert (rest - paths[-1]).abs().max() < 0.05


def test_jump_loss_is_zero_for_jumps_that_end_where_the_path_does_and_four_of_them_are_the_whole_way():
    exact = MixtureFlow(densities.eight_blobs())
    noise = torch.randn(40, 2, generator=generator())
    paths = draw_paths(exact.velocity, noise, jumps=4, steps=5)

    def jump(x, t):
        """The velocity of the straight line to where five small steps lead."""
        return 4 * (euler_solve(lambda y, s: exact.velocity(y, t + s / 4) / 4, x, 5) - x)

    def loss(model, k, length=0.25):
        return jump_loss(model, paths[k], paths[k + 1], torch.full((40,), k / 4), length).item()

    assert max(loss(jump, k) for k in range(4)) < 1e-6
    assert (euler_solve(jump, noise, 4) - paths[-1]).abs().max() < 1e-5
    assert max(loss(exact.velocity, k) for k in range(4)) > 0.05  # the slope at the start alone is not enough
    assert loss(jump, 1, length=0.5) > 0.05


def test_pseudo_huber_is_a_square_near_zero_and_a_distance_far_away():
    small, large = 1e-3 * torch.ones(3, 1, 2, 2), torch.tensor([3.0, 5.0]).reshape(2, 1).expand(2, 4)
    assert pseudo_huber(small, 0.1).item() == pytest.approx(1e-6 / 0.2, rel=1e-2)
    assert pseudo_huber(large, 1e-4).item() == pytest.approx(4.0, rel=1e-3)


def test_end_of_the_path_is_the_mean_of_the_data_that_may_have_led_there():
    mixture, t = densities.two_hills(), 0.5
    data, noise = mixture.sample(1_000_000, generator(1)), torch.randn(1_000_000, 1, generator=generator(2))
    x = (t * data + (1 - t) * noise)[:, 0]
    near = (x - 0.3).abs() < 0.02
    end = path_end(MixtureFlow(mixture).velocity, torch.tensor([[0.3]]), torch.tensor([t]))
    assert end.item() == pytest.approx(data[near].mean().item(), abs=4 * (data[near].std() / near.sum().sqrt()).item())


def test_consistency_loss_is_zero_when_every_place_names_one_end():
    model, noise = PointModel(), torch.randn(6, 2, generator=generator())
    data, t = torch.full((6, 2), 0.5), 0.9 * torch.rand(6, generator=generator(1))
    for share in (0.0, 0.5, 0.9):
        assert consistency_loss(model, data, noise, t, share).item() == pytest.approx(0, abs=1e-3)
    assert consistency_loss(model, data + 1, noise, t, 0.0) > 0.1  # only the data says that the end is wrong


def test_consistency_loss_with_nothing_left_is_flow_matching_with_another_norm():
    model, noise = PointModel(0.1), torch.randn(6, 2, generator=generator())
    data, t = torch.randn(6, 2, generator=generator(1)), 0.9 * torch.rand(6, generator=generator(2))
    wide = 1e3  # a pseudo-Huber norm that wide is the square over twice its width
    found = 2 * wide * consistency_loss(model.double(), data.double(), noise.double(), t.double(), 0.0, wide)
    torch.testing.assert_close(found, flow_matching_loss(model, data.double(), noise.double(), t.double()), rtol=1e-3, atol=1e-4)


def test_the_target_carries_no_gradient():
    model, data, noise = PointModel(0.1), torch.randn(6, 2, generator=generator()), torch.randn(6, 2, generator=generator(1))
    t = torch.full((6,), 0.25)
    (found,) = torch.autograd.grad(consistency_loss(model, data, noise, t, 0.5, 1e3), model.point)
    # both ends are the point, so the loss is zero whatever it is; its gradient through the first end alone is zero as well
    assert found.abs() < 1e-6
    (through_data,) = torch.autograd.grad(consistency_loss(model, data, noise, t, 0.0, 1e3), model.point)
    assert through_data.abs() > 1e-5


def test_tightening_goes_from_the_data_to_the_neighbour():
    shares = [few_steps.tightening(step, 600, halvings=5) for step in range(600)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert sorted(set(shares)) == [1 - 0.5**k for k in range(6)]
    assert all(shares.count(share) == 100 for share in set(shares))
    with pytest.raises(ValueError, match="share is the part"):
        consistency_loss(PointModel(), torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1), 1.0)


def test_sampling_in_one_step_is_eulers_and_in_more_goes_through_fresh_noise():
    exact = MixtureFlow(densities.eight_blobs())
    noise = torch.randn(4000, 2, generator=generator())
    torch.testing.assert_close(consistency_sample(exact.velocity, noise, 1), euler_solve(exact.velocity, noise, 1))
    ends = list(few_steps.consistency_walk(PointModel(), noise, 3, generator(1)))
    assert len(ends) == 3
    assert all(torch.allclose(end, torch.tensor(0.5), atol=1e-4) for end in ends)
    seen = []

    def watched(x, t):
        seen.append((t[0].item(), x.std().item()))
        return torch.zeros_like(x) - x / (1 - t[:, None])  # the end is always zero, so x is the fresh noise alone

    consistency_sample(watched, noise, 4, generator(1))
    assert [round(t, 3) for t, _ in seen] == [0, 0.25, 0.5, 0.75]
    assert all(std == pytest.approx(1 - t, rel=0.05) for t, std in seen)


@pytest.mark.parametrize(
    "asked",
    [
        lambda x: consistency_sample(still, x, 0),
        lambda x: draw_paths(still, x, jumps=0),
        lambda x: draw_paths(still, x, steps=-1),
    ],
)
def test_no_steps_at_all_are_refused(asked):
    with pytest.raises(ValueError, match=r"(jumps|steps) is a positive whole number; got (0|-1)"):
        asked(torch.zeros(2, 1))


def still(x, t):
    return torch.zeros_like(x)


def test_without_fresh_noise_the_walk_is_eulers_and_a_share_outside_0_to_1_is_refused():
    exact, noise = MixtureFlow(densities.eight_blobs()).velocity, torch.randn(50, 2, generator=generator())
    walked = consistency_sample(exact, noise, 7, generator(1), fresh=0.0)
    assert torch.allclose(walked, euler_solve(exact, noise, 7), atol=1e-4)
    with pytest.raises(ValueError, match="share of new noise"):
        consistency_sample(exact, noise, 7, generator(1), fresh=1.5)


def test_some_fresh_noise_at_each_step_leaves_a_gaussians_law_nearly_as_it_is():
    """For data N(0, 1) in one dimension the exact velocity is linear: (2t - 1) x/(t² + (1-t)²)."""

    def exact(x, t):
        t = t[:, None]
        return (2 * t - 1) * x / (t**2 + (1 - t) ** 2)

    noise = torch.randn(40_000, 1, generator=generator())
    made = consistency_sample(exact, noise, 100, generator(1), fresh=0.3)
    assert made.mean().item() == pytest.approx(0, abs=0.03)
    assert made.std().item() == pytest.approx(1, abs=0.05)
    assert abs(torch.corrcoef(torch.cat([made, noise], dim=1).T)[0, 1].item()) < 0.5  # Euler's is 1


def test_a_consistency_model_samples_the_mixture_in_one_step():
    # the exact consistency function of a flow is its own end point: a straight line there is a consistency model
    exact = MixtureFlow(densities.two_hills())

    def jump(x, t):
        return heun_solve(exact.velocity, x, 50) - x

    made = consistency_sample(jump, torch.randn(50_000, 1, generator=generator()), 1)
    assert densities.kl_from_samples(made, exact.mixture, -6, 6) < 5e-3
