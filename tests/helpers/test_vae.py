"""The VAE: its bound in closed form, its shapes, and a short run that learns."""

import pytest
import torch

from helpers.data import load_digits
from helpers.vae import SIGMA, VAE, draw, train_vae, vae_loss


class Fixed(VAE):
    """A VAE whose encoder answers one mean and variance and whose decoder answers one grey."""

    def __init__(self, mean, variance, grey):
        super().__init__()
        self.answer = torch.tensor([mean]), torch.tensor([variance]).log()
        self.grey = grey

    def encode(self, x):
        return tuple(value.expand(len(x), 4) for value in self.answer)

    def decode(self, z):
        return torch.full((len(z), 1, 32, 32), self.grey)


@pytest.mark.parametrize(("mean", "variance", "grey"), [(0.0, 1.0, 0.0), (1.5, 0.3, 0.0), (-2.0, 4.0, 0.5)])
def test_the_loss_is_the_squared_error_and_the_divergence_in_closed_form(mean, variance, grey):
    x = torch.zeros(3, 1, 32, 32)
    q = torch.distributions.Normal(mean, variance**0.5)
    kl = 4 * torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    expected = 1024 * grey**2 / (2 * SIGMA**2) + kl
    loss = vae_loss(Fixed(mean, variance, grey), x, torch.zeros(3, 4))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-4)


def test_the_latent_is_the_mean_moved_by_the_noise_times_the_deviation(rng):
    seen = []

    class Listening(Fixed):
        def decode(self, z):
            seen.append(z)
            return super().decode(z)

    noise = torch.randn(3, 4, generator=rng)
    vae_loss(Listening(1.0, 0.25, 0.0), torch.zeros(3, 1, 32, 32), noise)
    assert torch.allclose(seen[0], 1 + 0.5 * noise)


def test_shapes_range_and_configuration(rng):
    network = VAE()
    mean, log_variance = network.encode(torch.randn(5, 1, 32, 32, generator=rng))
    assert mean.shape == log_variance.shape == (5, 16)
    pictures = draw(network, 5, torch.Generator().manual_seed(0))
    assert pictures.shape == (5, 1, 32, 32)
    assert pictures.abs().max() <= 1
    assert not pictures.requires_grad
    assert torch.equal(pictures, draw(network, 5, torch.Generator().manual_seed(0)))
    VAE(**network.config).load_state_dict(network.state_dict())


def test_a_gradient_reaches_every_parameter(rng):
    network = VAE()
    vae_loss(network, torch.rand(4, 1, 32, 32, generator=rng), torch.randn(4, 16, generator=rng)).backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


def test_a_short_run_lowers_the_bound():
    torch.manual_seed(0)
    losses = train_vae(load_digits("train")[0], 60).losses
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
