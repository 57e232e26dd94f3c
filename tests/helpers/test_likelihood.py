"""Likelihoods of flows against mixtures whose density is known, and the divergence against the trace."""

import math

import pytest
import torch

from helpers import densities, likelihood
from helpers.likelihood import bits_per_dim, dequantise, exact_divergence, hutchinson_divergence, log_likelihood, rademacher
from helpers.mixture_flow import MixtureFlow
from tests.chance import generator


def curved(x, t):
    """A field of 6 dimensions that no one would mistake for a linear one."""
    weight = torch.randn(6, 6, generator=generator(7)).to(x)
    return torch.tanh(x @ weight) * (1 + t[:, None].to(x)) + x**2


def jacobians(x, t):
    return torch.stack([torch.func.jacrev(lambda one, i=i: curved(one[None], t[i : i + 1])[0])(x[i]) for i in range(len(x))])


def test_exact_divergence_is_the_trace_of_the_jacobian():
    x, t = torch.randn(5, 6, generator=generator()).double(), torch.rand(5, generator=generator()).double()
    torch.testing.assert_close(exact_divergence(curved, x, t), jacobians(x, t).diagonal(dim1=1, dim2=2).sum(1))


def test_hutchinson_is_the_quadratic_form_of_the_jacobian():
    x, t = torch.randn(5, 6, generator=generator()).double(), torch.rand(5, generator=generator()).double()
    probe = torch.randn(5, 6, generator=generator(3)).double()
    expected = torch.einsum("bi,bij,bj->b", probe, jacobians(x, t), probe)
    with torch.no_grad():
        torch.testing.assert_close(hutchinson_divergence(curved, x, t, probe), expected)
    assert not x.requires_grad


def test_hutchinson_is_right_on_average_and_its_error_is_that_of_a_mean():
    x, t = torch.randn(1, 6, generator=generator()).double().expand(20_000, 6), torch.full((20_000,), 0.3).double()
    found = hutchinson_divergence(curved, x, t, rademacher((20_000, 6), generator(5)).double())
    error = found.std() / math.sqrt(len(found))
    assert abs(found.mean() - exact_divergence(curved, x[:1], t[:1])) < 4 * error
    assert error < 0.1


def test_a_biased_probe_is_biased():
    x, t = torch.randn(1, 6, generator=generator()).double().expand(20_000, 6), torch.full((20_000,), 0.3).double()
    uniform = torch.rand(20_000, 6, generator=generator(5)).double()  # second moment 1/3, and a mean
    found = hutchinson_divergence(curved, x, t, uniform)
    assert abs(found.mean() - exact_divergence(curved, x[:1], t[:1])) > 10 * found.std() / math.sqrt(len(found))


@pytest.mark.parametrize("mixture", [densities.moons(), densities.eight_blobs(), densities.rings()])
def test_likelihood_of_a_mixture_is_exact_within_a_hundredth_of_a_nat(mixture):
    x = mixture.sample(200, generator()).double()
    found = log_likelihood(MixtureFlow(mixture).velocity, x, steps=100)
    assert (found - mixture.log_density(x)).abs().max() < 0.01


@pytest.mark.parametrize(
    ("given", "said"), [({"steps": 0}, "steps is a positive"), ({"steps": 9, "end": 1.5}, "end is the time")]
)
def test_times_that_lead_nowhere_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        likelihood.data_times(**given)


def test_likelihood_with_probes_is_right_on_average():
    mixture = densities.moons()
    x = mixture.sample(1, generator()).double().expand(4000, 2)
    found = log_likelihood(MixtureFlow(mixture).velocity, x, 60, probe=rademacher((4000, 2), generator(1)).double())
    error = found.std() / math.sqrt(4000)
    assert abs(found.mean() - mixture.log_density(x[:1])) < 4 * error + 0.01


def test_likelihood_of_a_gaussian_picture_is_the_closed_form():
    mean, std = 0.3, 0.5

    def velocity(x, t):
        t = t.reshape(-1, 1, 1, 1).to(x)
        return mean + (t * std**2 - (1 - t)) / ((1 - t) ** 2 + t**2 * std**2) * (x - t * mean)

    x = mean + std * torch.randn(4, 1, 4, 4, generator=generator()).double()
    expected = torch.distributions.Normal(mean, std).log_prob(x).flatten(1).sum(1)
    # the Jacobian is a multiple of the identity, so that one probe of signs is exact
    probe = rademacher(x.shape, generator()).double()
    torch.testing.assert_close(log_likelihood(velocity, x, 200, probe), expected, atol=1e-3, rtol=1e-4)


def test_bits_of_a_uniform_density_are_eight():
    dims = 12
    uniform = torch.full((3,), -dims * math.log(2), dtype=torch.float64)  # 1/2 on [-1, 1) in each dimension
    torch.testing.assert_close(bits_per_dim(uniform, dims), torch.full((3,), 8.0, dtype=torch.float64))


def test_bits_of_a_density_that_knows_the_level_are_none():
    dims = 5
    sure = torch.full((2,), dims * math.log(128), dtype=torch.float64)  # 128 on the cell of one level, 1/128 wide
    torch.testing.assert_close(bits_per_dim(sure, dims), torch.zeros(2, dtype=torch.float64))


def test_dequantised_levels_stay_in_their_cells():
    levels = torch.randint(0, 256, (50, 4), generator=generator()).float()
    y = dequantise(levels, generator(1))
    assert ((y >= -1) & (y < 1)).all()
    assert torch.equal(((y + 1) * 128).floor(), levels)
    share = (y + 1) * 128 - levels
    assert share.mean().item() == pytest.approx(0.5, abs=0.05)


def test_levels_of_real_pictures_are_those_that_made_them():
    levels = torch.arange(256.0)
    assert torch.equal(likelihood.to_levels(levels / 127.5 - 1), levels)
