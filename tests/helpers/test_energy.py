"""Energy-based models against sums over all states, closed-form Gaussians and finite worlds."""

import pytest
import torch

from helpers import densities
from helpers.densities import grid_2d
from helpers.energy import (
    EnergyConv,
    EnergyMLP,
    EnergyTraining,
    ReplayBuffer,
    boltzmann_density,
    contrastive_divergence_loss,
    load_ebm,
    sample_energy,
    score_from_energy,
    train_energy,
)


@pytest.fixture
def g():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("offset", [0.0, 5000.0, -5000.0])
def test_density_integrates_to_one_for_energies_in_the_thousands(offset, g):
    energy = offset + 3000 * torch.rand(500, generator=g)
    density = boltzmann_density(energy, 0.02)
    assert torch.isfinite(density).all()
    assert (density * 0.02).sum().item() == pytest.approx(1, abs=2e-3)


def test_density_of_a_quadratic_energy_is_the_gaussian():
    x, dx = densities.grid_1d(-8, 8, 4000)
    density = boltzmann_density(x[:, 0] ** 2 / 2 / 0.7**2 + 12, dx)
    torch.testing.assert_close(density, densities.mixture([[0.0]], 0.7).density(x), atol=1e-4, rtol=1e-3)


def test_density_refuses_a_negative_spacing():
    with pytest.raises(ValueError, match="backwards"):
        boltzmann_density(torch.zeros(3), -0.1)


def test_score_of_a_mixture_is_exact_and_leaks_nothing(g):
    rings, x = densities.rings(), 2 * torch.randn(64, 2, generator=g)
    before = x.clone()
    score = score_from_energy(rings.energy, x)
    torch.testing.assert_close(score, rings.score(x), rtol=1e-4, atol=1e-4)
    assert not score.requires_grad
    assert not x.requires_grad
    assert torch.equal(x, before)


def test_score_works_without_gradients_around_it_and_leaves_parameters_alone(g):
    net = EnergyMLP()
    with torch.no_grad():
        score = score_from_energy(net, torch.randn(8, 2, generator=g))
    assert score.abs().sum() > 0
    assert all(p.grad is None for p in net.parameters())


def test_score_refuses_an_energy_summed_over_the_batch():
    with pytest.raises(ValueError, match="one energy a sample"):
        score_from_energy(lambda x: x.square().sum(), torch.zeros(4, 2))


def test_contrastive_gradient_is_the_exact_likelihood_gradient_where_z_is_summed():
    """Fake states in exactly the model's proportions: the two gradients agree to rounding."""
    counts = torch.tensor([1, 2, 3, 4])  # a model whose probabilities are tenths
    energy = (-(counts / 10.0).log()).double().requires_grad_()
    fake = torch.arange(4).repeat_interleave(counts)
    data = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2, 2])
    exact = torch.autograd.grad(energy[data].mean() + torch.logsumexp(-energy, 0), energy)[0]
    contrastive = torch.autograd.grad(contrastive_divergence_loss(energy[data], energy[fake], 0.0), energy)[0]
    torch.testing.assert_close(contrastive, exact)


def test_contrastive_loss_by_hand():
    loss = contrastive_divergence_loss(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 2.0]), 0.1)
    assert loss.item() == pytest.approx(2 - 0.5 + 0.1 * (10 + 5) / 2)


def test_contrastive_loss_refuses_batches_that_differ():
    with pytest.raises(ValueError, match="as many"):
        contrastive_divergence_loss(torch.zeros(3), torch.zeros(4), 0.0)


def test_sampling_an_energy_gives_its_gaussian_at_each_temperature(g):
    for temperature in (1.0, 0.25):
        x = sample_energy(lambda x: (x**2).sum(1) / 2, torch.zeros(20_000, 1), 300, 0.02, temperature, generator=g)
        assert x.var().item() == pytest.approx(temperature / (1 - 0.01), rel=0.04)


def test_bounds_are_kept(g):
    x = sample_energy(lambda x: -10 * x.sum(1), torch.zeros(10, 2), 20, 0.1, bounds=(-1, 1), generator=g)
    assert x.max() == 1


def test_buffer_keeps_chains_and_restarts_some(g):
    buffer = ReplayBuffer((2,), size=1000, scale=1.0, generator=g)
    x, places = buffer.draw(1000, restart=0.0)
    assert places.unique().numel() == 1000
    buffer.put(x + 10, places)
    again, _ = buffer.draw(1000, restart=0.0)
    assert again.min() > 8
    fresh, _ = buffer.draw(1000, restart=0.3)
    assert (fresh.max(1).values < 2).float().mean().item() == pytest.approx(0.3, abs=0.05)


def test_each_image_has_its_own_energy(g):
    net, x = EnergyConv(size=16, width=4), torch.randn(5, 1, 16, 16, generator=g)
    together = net(x)
    alone = torch.cat([net(image[None]) for image in x])
    assert together.shape == (5,)
    torch.testing.assert_close(together, alone)
    with pytest.raises(ValueError, match="multiple of 8"):
        EnergyConv(size=28)


def test_training_brings_the_model_near_the_data(g):
    """From an energy that knows nothing, in the plane, where KL can be summed."""
    blobs, (points, dx) = densities.eight_blobs(radius=1.5, std=0.4), grid_2d(3, 60)
    p = blobs.density(points) * dx

    def kl(model):
        with torch.no_grad():
            q = boltzmann_density(model(points), dx) * dx
        return (p * (p.clamp(min=1e-30) / q.clamp(min=1e-30)).log()).sum().item()

    torch.manual_seed(0)
    model = EnergyMLP(width=32)
    before = kl(model)
    config = EnergyTraining(
        steps=150, lr=1e-2, lr_decay=True, alpha=1e-3, step_size=0.02, langevin_steps=10, start_scale=3.0, buffer=512
    )
    result = train_energy(model, blobs.sample(2000, g), config)
    assert kl(result.model) < 0.4 * before
    assert len(result.real) == 150


def test_training_is_reproducible(g):
    data = densities.moons().sample(200, g)

    def run():
        torch.manual_seed(1)
        return train_energy(EnergyMLP(width=8), data, EnergyTraining(steps=3)).real

    assert run() == run()


def test_the_penalty_holds_a_run_that_diverges_without_it(g):
    data = densities.rings().sample(1000, g)

    def last_energy(alpha):
        torch.manual_seed(0)
        config = EnergyTraining(steps=150, lr=2e-2, alpha=alpha, langevin_steps=10, step_size=0.05, restart=0.5, start_scale=3.2)
        result = train_energy(EnergyMLP(), data, config)
        return abs(result.fake[-1])

    assert last_energy(0.0) > 1e3
    assert last_energy(0.05) < 50


def test_shipped_model_prefers_digits_to_noise_and_to_shuffled_pixels(g):
    from helpers.data import load_digits

    model, sampling = load_ebm()
    digits, _ = load_digits("test", size=16)
    digits = digits[:200] + 0.03 * torch.randn(200, 1, 16, 16, generator=g)
    shuffled = digits.flatten(1)[:, torch.randperm(256, generator=g)].view_as(digits)
    noise = 2 * torch.rand(200, 1, 16, 16, generator=g) - 1
    assert model(digits).median() < model(shuffled).min()
    assert model(digits).median() < model(noise).min()
    assert set(sampling) == {"step_size", "bounds", "steps"}
