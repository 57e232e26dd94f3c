"""unCLIP's prior (arXiv:2204.06125, §2.2): draw a picture's CLIP features, given a caption's.

A diffusion model on 64 numbers. As in the paper it predicts the clean features themselves, not the noise; the features are
scaled to the length √64, so that each number has a variance near 1, as the schedule expects.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers import recipe
from helpers.assets import load_network
from helpers.diffusion import diffuse
from helpers.profile import device_of
from helpers.sampling import Sampling, final, sample
from helpers.text_to_image.loop import classifier_free_guidance
from helpers.unet import SinusoidalPositionEmbeddings

DROP = 0.1  # the share of captions that training hides, for guidance


def scaled(features: Tensor) -> Tensor:
    """Features (B, D) on the sphere of radius √D: only the direction of CLIP's features means anything."""
    return F.normalize(features, dim=1) * features.shape[1] ** 0.5


def nearest(drawn: Tensor, features: Tensor, asked: Tensor) -> Tensor:
    """Of several drawn for each of B, (B·draws, …), the one whose features (B·draws, D) are nearest to `asked` (B, D): (B, …)."""
    near = F.cosine_similarity(features.unflatten(0, (len(asked), -1)), asked[:, None], dim=2)
    return drawn.unflatten(0, near.shape)[torch.arange(len(asked)), near.argmax(dim=1)]


class Prior(nn.Module):
    """Noisy picture features z (B, D), t (B,), caption features (B, D) → the clean picture features (B, D).

    A caption of zeros means “no caption”.
    """

    def __init__(self, dim: int = 64, width: int = 256, blocks: int = 4):
        super().__init__()
        self.config = {"dim": dim, "width": width, "blocks": blocks}
        self.time = SinusoidalPositionEmbeddings(width)
        self.enter = nn.Linear(2 * dim, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(blocks)
        )
        self.leave = nn.Linear(width, dim)

    def forward(self, z: Tensor, t: Tensor, caption: Tensor) -> Tensor:
        h = self.enter(torch.cat([z, caption], dim=1))
        embedding = self.time(t)
        for block in self.blocks:
            h = h + block(h + embedding)
        return self.leave(h)


def prior_loss(images: Tensor, texts: Tensor, batch_size: int = 256) -> Callable[[Prior, int, torch.Generator], Tensor]:
    """‖f(z_t, t, caption) - z_0‖² (eq. 2), as `helpers.fit` calls it; images and texts are pairs of scaled features (N, D)."""
    noising = recipe.schedule()

    def loss(network: Prior, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(images), (batch_size,), generator=generator)
        t = torch.randint(noising.T, (batch_size,), generator=generator)
        z0 = images[rows]
        noise = torch.randn(z0.shape, generator=generator)
        z_t = diffuse(z0[..., None, None], t, noise[..., None, None], noising)[..., 0, 0]
        kept = torch.rand(batch_size, 1, generator=generator) >= DROP
        place = device_of(network)
        return F.mse_loss(network(z_t.to(place), t.to(place), (texts[rows] * kept).to(place)), z0.to(place))

    return loss


@torch.no_grad()
def draw_features(
    prior: Prior, texts: Tensor, generator: torch.Generator, steps: int = 50, scale: float = 1.0, draws: int = 2
) -> Tensor:
    """Picture features (B, D) for caption features (B, D), by DDIM with η = 1, of length √D.

    Args:
        prior: trained.
        texts: caption features; scaled here.
        generator: of all random numbers.
        steps: network evaluations.
        scale: of guidance, 1 for none.
        draws: for each caption; the one nearest to it is kept. The paper draws two.

    Raises:
        ValueError: `draws` below 1.
    """
    if draws < 1:
        raise ValueError(f"draws is how many features are drawn for a caption, 1 or more; got {draws}")
    captions = scaled(texts).repeat_interleave(draws, dim=0)

    def predict(z: Tensor, t: Tensor) -> Tensor:
        z = z[..., 0, 0]
        with_caption = prior(z, t, captions)
        if scale != 1:
            without = prior(z, t, torch.zeros_like(captions))
            with_caption = classifier_free_guidance(without, with_caption, scale)
        return with_caption[..., None, None]

    how = Sampling(method="ddim", eta=1.0, steps=steps, prediction="x0", clip=None)
    z = final(sample(predict, recipe.schedule(), (*captions.shape, 1, 1), how, generator=generator))
    drawn = scaled(z[..., 0, 0])
    return nearest(drawn, drawn, texts)


def load_prior() -> Prior:
    """The prior that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("unclip_prior", Prior)
