"""The cascade's second stage: a picture of 16×16 pixels to one of 32×32 (arXiv:2106.15282; Imagen, arXiv:2205.11487, §2.4).

A U-Net that sees the noisy large picture beside the small one, which has been noised as well, and is told both levels. What it
has to find is only how the large picture differs from the small one, stretched: the stretched one is taken out of its input and
put back into its output.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers import recipe
from helpers.assets import load_network
from helpers.cascade.conditioning import augment_low_resolution
from helpers.profile import device_of
from helpers.training import denoising_loss
from helpers.unet import SinusoidalPositionEmbeddings, Unet

MOST = 0.6  # the highest level of noise on the small picture in training


class Upsampler(Unet):
    """Noisy x (B, 3, 32, 32), t (B,), small pictures (B, 3, 16, 16), their level (B,) in [0, 1) → the velocity, like x."""

    def __init__(self, **network):
        super().__init__(**{"n_channels": 6, "widths": (32, 64, 128), "patch": 2, **network})
        size = self.config["embed_dim"]
        self.alphas_cumprod: Tensor
        self.register_buffer("alphas_cumprod", recipe.schedule().alphas_cumprod, persistent=False)
        self.level_mlp = nn.Sequential(
            SinusoidalPositionEmbeddings(size), nn.Linear(size, size), nn.GELU(), nn.Linear(size, size)
        )

    def forward(self, x: Tensor, t: Tensor, low: Tensor, level: Tensor) -> Tensor:  # type: ignore[override]  # more than Unet's
        signal = self.alphas_cumprod[t].sqrt().reshape(-1, 1, 1, 1)
        stretched = F.interpolate(low, scale_factor=2, mode="bilinear") * (1 - level**2).sqrt().reshape(-1, 1, 1, 1)
        seen = torch.cat([x - signal * stretched, F.interpolate(low, scale_factor=2, mode="nearest")], dim=1)
        self._check(seen, t)
        out = self.through(seen, self.time_mlp(t) + self.level_mlp(1000 * level))[:, :3]
        return out - (1 - signal**2).sqrt() * stretched  # v = √ᾱ ε - √(1-ᾱ) x_0, and x_0 = stretched + the difference


def shrink(pictures: Tensor) -> Tensor:
    """Pictures (B, C, H, W) at half the side: the mean of each 2×2 pixels."""
    return F.avg_pool2d(pictures, 2)


def upsampler_loss(
    pictures: Callable[[torch.Generator], Tensor], most: float = MOST
) -> Callable[[Upsampler, int, torch.Generator], Tensor]:
    """Eq. 14 of arXiv:2006.11239 given the small picture, noised at a random level up to `most`, as `helpers.fit` calls it.

    Args:
        pictures: generator → a batch (B, 3, 32, 32) in [-1, 1].
        most: 0 trains without noise on the small picture.
    """
    noising = recipe.schedule()

    def loss(network: Upsampler, step: int, generator: torch.Generator) -> Tensor:
        x0 = pictures(generator)
        t = torch.randint(noising.T, (len(x0),), generator=generator)
        noise = torch.randn(x0.shape, generator=generator)
        level = most * torch.rand(len(x0), generator=generator)
        small = shrink(x0)
        low = augment_low_resolution(small, level, torch.randn(small.shape, generator=generator))
        x0, t, noise, low, level = (each.to(device_of(network)) for each in (x0, t, noise, low, level))
        return denoising_loss(lambda x, t: network(x, t, low, level), x0, t, noise, noising, "velocity")

    return loss


def load_upsampler() -> Upsampler:
    """The second stage as `python -m helpers.weights.cascade upsampler` has trained it, in eval mode. It does not ship.

    Raises:
        ValueError: it has not been trained here, or is damaged.
    """
    return load_network("cascade_upsampler", Upsampler).to(memory_format=torch.channels_last)
