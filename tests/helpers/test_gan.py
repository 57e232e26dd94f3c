"""The GAN: shapes, a game in which both sides move, and an average that is what comes back."""

import torch

from helpers.gan import Discriminator, Generator, draw, train_gan


def test_shapes_range_and_configuration(rng):
    network = Generator().eval()
    pictures = draw(network, 6, torch.Generator().manual_seed(0))
    assert pictures.shape == (6, 1, 32, 32)
    assert pictures.abs().max() <= 1
    assert not pictures.requires_grad
    assert torch.equal(pictures, draw(network, 6, torch.Generator().manual_seed(0)))
    assert Discriminator()(pictures).shape == (6,)
    Generator(**network.config).load_state_dict(network.state_dict())


def test_the_critics_layers_have_a_largest_singular_value_of_one(rng):
    critic = Discriminator().train()
    pictures = torch.randn(4, 1, 32, 32, generator=rng)
    for _ in range(60):
        critic(10 * pictures)  # one power iteration each
    layers = [layer for layer in critic.modules() if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 4
    for layer in layers:
        assert abs(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2).item() - 1) < 0.05


def test_both_sides_play_and_the_game_follows_its_seed():
    images = torch.rand(64, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def play():
        torch.manual_seed(0)
        losses = []
        made = train_gan(images, 3, torch.Generator().manual_seed(1), batch_size=8, on_step=lambda *now: losses.append(now))
        assert [step for step, _, _ in losses] == [1, 2, 3]
        assert not made.training
        return losses, made.state_dict()

    (losses, weights), (same_losses, same_weights) = play(), play()
    assert losses == same_losses
    assert all(torch.equal(weights[key], same_weights[key]) for key in weights)


def test_the_painter_moves_towards_what_the_critic_has_seen():
    """Data of one grey: after a short game the painter's pictures are nearer to it than at the start."""
    images = torch.full((64, 1, 32, 32), 0.8)
    distance = []
    for steps in (1, 150):
        torch.manual_seed(0)
        made = train_gan(images, steps, torch.Generator().manual_seed(0), batch_size=16)
        distance.append((draw(made, 16, torch.Generator().manual_seed(2)) - 0.8).square().mean().item())
    assert distance[1] < 0.7 * distance[0]
