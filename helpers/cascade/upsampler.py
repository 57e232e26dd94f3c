"""The cascade's second stage: a picture of 16×16 pixels to one of 32×32 (arXiv:2106.15282; Imagen, arXiv:2205.11487, §2.4).

Most of the large picture is known: it is the small one, stretched. What is drawn from noise is only the difference between the
two (SRDiff, arXiv:2104.14951, §3.2), in units of its own spread, by a U-Net that sees the small picture beside it. The small
picture has been noised as well, and the network is told both levels.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers import recipe
from helpers.assets import load_network
from helpers.cascade.conditioning import augment_low_resolution
from helpers.profile import device_of
from helpers.training import denoising_loss
from helpers.unet import Unet, time_embedding

MOST = 0.6  # the highest level of noise on the small picture in training


class Upsampler(Unet):
    """Noisy difference (B, 3, 32, 32), t (B,), small pictures (B, 3, 16, 16), their level (B,) in [0, 1) → its velocity."""

    def __init__(self, **network):
        super().__init__(**{"n_channels": 6, "widths": (32, 64, 128), "patch": 2, **network})
        self.level_mlp = time_embedding(self.config["embed_dim"])

    def forward(self, x: Tensor, t: Tensor, low: Tensor, level: Tensor) -> Tensor:  # type: ignore[override]  # more than Unet's
        seen = torch.cat([x, F.interpolate(low, scale_factor=2, mode="nearest")], dim=1)
        self._check(seen, t)
        return self.through(seen, self.time_mlp(t) + self.level_mlp(1000 * level))[:, :3]


def stretched(low: Tensor, level: Tensor) -> Tensor:
    """The small pictures (B, 3, 16, 16) at twice the side; the higher their level of noise, the greyer."""
    return F.interpolate(low, scale_factor=2, mode="bilinear") * (1 - level**2).sqrt().reshape(-1, 1, 1, 1)


def spread(level: Tensor) -> Tensor:
    """About how far the large picture lies from `stretched`, as a standard deviation, (B, 1, 1, 1).

    0.07 is measured on painted pictures without noise; of noise of level ℓ, stretching leaves some 0.6 ℓ.
    """
    return (0.07**2 + (0.6 * level) ** 2).sqrt().reshape(-1, 1, 1, 1)


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
        difference = (x0 - stretched(low, level)) / spread(level)
        difference, t, noise, low, level = (each.to(device_of(network)) for each in (difference, t, noise, low, level))
        return denoising_loss(lambda x, t: network(x, t, low, level), difference, t, noise, noising, "velocity")

    return loss


def load_upsampler() -> Upsampler:
    """The second stage that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("cascade_upsampler", Upsampler).to(memory_format=torch.channels_last)
