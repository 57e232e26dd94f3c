"""A variational autoencoder (arXiv:1312.6114): one pass from a Gaussian to a picture, and the price of it, blur."""

from typing import Any

import torch
from torch import Tensor, nn

from helpers.arguments import check_batch_size
from helpers.assets import load_network
from helpers.fit import FitConfig, FitResult, fit
from helpers.profile import device_of

LATENT, WIDTHS = 16, (16, 32, 64)
SIGMA = 0.35  # the decoder's fixed standard deviation: how much of a picture is left to noise


class VAE(nn.Module):
    """Pictures (B, 1, 32, 32) in [-1, 1] ↔ latents (B, 16).

    Args:
        latent: numbers a picture is squeezed into.
        widths: channels at 16×16, 8×8 and 4×4.
    """

    def __init__(self, latent: int = LATENT, widths: tuple[int, ...] = WIDTHS):
        super().__init__()
        self.config: dict[str, Any] = {"latent": latent, "widths": tuple(widths)}
        down: list[nn.Module] = []
        for a, b in zip((1, *widths), widths):
            down += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.GroupNorm(8, b), nn.GELU()]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(16 * widths[-1], 2 * latent))
        up: list[nn.Module] = []
        for a, b in zip(widths[::-1], (*widths[-2::-1], 1)):
            up += [nn.GroupNorm(8, a), nn.GELU(), nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)]
        self.decoder = nn.Sequential(nn.Linear(latent, 16 * widths[-1]), nn.Unflatten(1, (widths[-1], 4, 4)), *up, nn.Tanh())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), (B, latent) each."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-10, 10)

    def decode(self, z: Tensor) -> Tensor:
        """The mean picture of p(x | z), (B, 1, 32, 32)."""
        return self.decoder(z)


def vae_loss(network: VAE, x: Tensor, noise: Tensor, sigma: float = SIGMA) -> Tensor:
    """-ELBO (eq. 10 of arXiv:1312.6114) up to a constant, a picture: ‖x - x̂‖²/2σ² + KL(q(z | x) ‖ N(0, I)); a scalar."""
    mean, log_variance = network.encode(x)
    z = mean + (log_variance / 2).exp() * noise
    error = (x - network.decode(z)).square().sum((1, 2, 3)) / (2 * sigma**2)
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
    return (error + kl).mean()


def train_vae(images: Tensor, steps: int, batch_size: int = 64) -> FitResult:
    """Train a new VAE on images (N, 1, 32, 32) in [-1, 1]; it starts from torch's own generator.

    Returns:
        the run, whose `model` is the running average.

    Raises:
        ValueError: a batch of none.
    """
    check_batch_size(batch_size)

    def loss(network: VAE, step: int, generator: torch.Generator) -> Tensor:
        x = images[torch.randint(len(images), (batch_size,), generator=generator)]
        return vae_loss(network, x, torch.randn(batch_size, network.config["latent"], generator=generator))

    return fit(VAE(), loss, FitConfig(steps=steps, lr=1e-3, lr_decay="cosine", warmup=50, ema_decay=0.99))


@torch.no_grad()
def draw(network: VAE, n: int, generator: torch.Generator) -> Tensor:
    """n pictures (n, 1, 32, 32) in [-1, 1], in one pass each."""
    return network.decode(torch.randn(n, network.config["latent"], generator=generator).to(device_of(network)))


def load_vae() -> VAE:
    """The VAE that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("vae_digits", VAE)
