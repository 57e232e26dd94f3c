"""A classifier of noisy digits: what is it, if x_t is all there is to see (arXiv:2105.05233, §4.1)?

The encoder of the U-Net with a linear layer on top. It is told t, since what a stroke looks like depends on it, and sees
√ᾱ_t x_t, the picture as far as it is signal: so it is sure of nothing in pure noise, and its gradient vanishes there.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.arguments import check_batch_size
from helpers.diffusion import diffuse
from helpers.profile import device_of
from helpers.schedules import Schedule, extract
from helpers.unet import EncBlock, time_embedding


class NoisyClassifier(nn.Module):
    """x_t (B, 1, 32, 32), t (B,) → logits (B, n_classes), of digits at any noise level of `schedule`."""

    def __init__(self, schedule: Schedule, widths=(32, 64, 128), n_classes: int = 10, embed_dim: int = 64, patch: int = 2):
        super().__init__()
        self.config = {"widths": tuple(widths), "n_classes": n_classes, "embed_dim": embed_dim, "patch": patch}
        self.schedule = schedule
        self.time_mlp = time_embedding(embed_dim)
        channels = (patch**2, *widths)
        self.fold = nn.PixelUnshuffle(patch)
        self.blocks = nn.ModuleList(EncBlock(a, b, embed_dim) for a, b in zip(channels, widths))
        side = 32 // patch // 2 ** len(widths)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(widths[-1] * side**2, n_classes))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = self.fold(extract(self.schedule.sqrt_alphas_cumprod, t, x.device) * x)
        embedding = self.time_mlp(t)
        for block in self.blocks:
            _, h = block(h, embedding)
        return self.head(h)


def noisy_classifier_loss(
    images: Tensor, labels: Tensor, schedule: Schedule, batch_size: int = 64, augment: Callable[..., Tensor] | None = None
) -> Callable[[NoisyClassifier, int, torch.Generator], Tensor]:
    """Cross-entropy on images at random t, as `helpers.fit` calls it; augment(images, generator) varies them before.

    Raises ValueError for a batch of none.
    """
    check_batch_size(batch_size)

    def loss(network: NoisyClassifier, step: int, generator: torch.Generator) -> Tensor:
        rows, place = torch.randint(len(images), (batch_size,), generator=generator), device_of(network)
        x0 = augment(images[rows], generator) if augment else images[rows]
        t = torch.randint(schedule.T, (batch_size,), generator=generator)
        x_t = diffuse(x0, t, torch.randn(x0.shape, generator=generator), schedule)
        return F.cross_entropy(network(x_t.to(place), t.to(place)).float(), labels[rows].to(place))

    return loss
