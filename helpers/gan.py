"""A generative adversarial network (arXiv:1406.2661): one pass from noise to a picture, sharp, and free to leave some out."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from tqdm.auto import tqdm

from helpers.arguments import check_batch_size
from helpers.assets import load_network
from helpers.ema import EMA
from helpers.profile import device_of

LATENT, WIDTHS = 64, (32, 64, 128)


class Generator(nn.Module):
    """Noise (B, 64) → pictures (B, 1, 32, 32) in [-1, 1] (the layers of arXiv:1511.06434, narrower)."""

    def __init__(self, latent: int = LATENT, widths: tuple[int, ...] = WIDTHS):
        super().__init__()
        self.config: dict[str, Any] = {"latent": latent, "widths": tuple(widths)}
        layers: list[nn.Module] = [nn.Linear(latent, 16 * widths[-1]), nn.Unflatten(1, (widths[-1], 4, 4))]
        for a, b in zip(widths[::-1], (*widths[-2::-1], 1)):
            layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)]
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class Discriminator(nn.Module):
    """Pictures (B, 1, 32, 32) → one number each, high for real ones; spectral norms keep it smooth (arXiv:1802.05957)."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS):
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in zip((1, *widths), widths):
            layers += [spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), spectral_norm(nn.Linear(16 * widths[-1], 1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)[:, 0]


def train_gan(
    images: Tensor,
    steps: int,
    generator: torch.Generator,
    batch_size: int = 64,
    lr: float = 2e-4,
    on_step: Callable[[int, float, float], None] | None = None,
) -> Generator:
    """Play the game of arXiv:1406.2661, Algorithm 1, with the hinge loss (arXiv:1802.05957): a step of each side in turn.

    Args:
        images: (N, 1, 32, 32) in [-1, 1].
        steps: of each side.
        generator: of all that is drawn; the networks start from torch's own.
        batch_size: real digits a step, and as many made ones.
        lr: the learning rate of both sides.
        on_step: called with the steps done, the discriminator's and the generator's loss.

    Returns:
        the running average of the generator, in eval mode.

    Raises:
        ValueError: a batch of none.
    """
    check_batch_size(batch_size)
    painter, critic = Generator(), Discriminator()
    of_painter, of_critic = (torch.optim.Adam(net.parameters(), lr=lr, betas=(0.5, 0.999)) for net in (painter, critic))
    average = EMA(painter, 0.995)

    def noise() -> Tensor:
        return torch.randn(batch_size, painter.config["latent"], generator=generator)

    for step in tqdm(range(steps), desc="GAN", unit="step"):
        real = images[torch.randint(len(images), (batch_size,), generator=generator)]
        with torch.no_grad():
            fake = painter(noise())
        loss_critic = F.relu(1 - critic(real)).mean() + F.relu(1 + critic(fake)).mean()
        of_critic.zero_grad()
        loss_critic.backward()
        of_critic.step()
        loss_painter = -critic(painter(noise())).mean()
        of_painter.zero_grad()
        loss_painter.backward()
        of_painter.step()
        average.update(painter)
        if on_step:
            on_step(step + 1, loss_critic.item(), loss_painter.item())
    return average.model.eval()


@torch.no_grad()
def draw(network: Generator, n: int, generator: torch.Generator) -> Tensor:
    """n pictures (n, 1, 32, 32) in [-1, 1], in one pass each."""
    return network(torch.randn(n, network.config["latent"], generator=generator).to(device_of(network)))


def load_gan() -> Generator:
    """The generator that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("gan_digits", Generator)
