"""unCLIP's decoder (arXiv:2204.06125, §2.1): paint a picture that has given CLIP features.

The text-to-image model already knows how to paint; its cross-attention reads sixteen vectors, one a word. The decoder hands it
sixteen made from a picture's features in their place (the paper's adds four to the words'), and trains these and the
cross-attention. All other weights stay the text-to-image model's, so what has to be stored is small.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_trained
from helpers.inversion import invert
from helpers.text_to_image import loop
from helpers.text_to_image.denoiser import latent_schedule
from helpers.text_to_image.guided import paint_guided
from helpers.text_to_image.parts import MAX_TOKENS
from helpers.unclip.prior import scaled


class Decoder(nn.Module):
    """Noisy latents (B, 8, 8, 8), t (B,), picture features (B, D) → the velocity, like the latents.

    Features of zeros mean “no picture”. Only the vectors' layers and the cross-attention train.

    Args:
        unet: the text-to-image model's U-Net; it is changed in place.
        dim: D.
    """

    def __init__(self, unet: Any, dim: int = 64):
        super().__init__()
        self.config = {"dim": dim}
        width = unet.config.cross_attention_dim
        self.vectors = nn.Sequential(
            nn.Linear(dim, 2 * width), nn.GELU(), nn.Linear(2 * width, MAX_TOKENS * width), nn.Unflatten(1, (MAX_TOKENS, width))
        )
        self.unet = unet.requires_grad_(False)
        for name, layer in unet.named_modules():
            if name.endswith("attn2"):
                layer.requires_grad_(True)

    def forward(self, latents: Tensor, t: Tensor, features: Tensor) -> Tensor:
        return self.unet(latents, t, self.vectors(features)).sample


@torch.no_grad()
def paint(
    pipe: Any, decoder: Decoder, features: Tensor, generator: torch.Generator, steps: int = 25, scale: float = 5.0, **how: Any
) -> Tensor:
    """Pictures (B, 3, 32, 32) in [0, 1] that have the given features (B, D).

    Args:
        pipe: the text-to-image pipeline, for its autoencoder.
        decoder: trained.
        features: picture features; scaled here. A direction without length is “no picture”.
        generator: of all noise.
        steps, scale: of sampling and guidance.
        how: as in `paint_guided`, such as the noise to start from.
    """
    told = torch.cat([scaled(features), torch.zeros_like(features)])
    return paint_guided(pipe, lambda x, t: decoder(x, t, told), len(features), generator, steps, scale, **how)


def noise_of(pipe: Any, decoder: Decoder, pictures: Tensor, features: Tensor, steps: int = 25) -> Tensor:
    """What the features (B, D) of pictures (B, 3, 32, 32) in [0, 1] don't say: latents of noise (B, 8, 8, 8), by DDIM upwards.

    Features and noise together are the picture (§3): from both, the deterministic sampler paints it again.
    """
    told = scaled(features)
    return invert(lambda x, t: decoder(x, t, told), latent_schedule(), loop.encode(pipe, pictures), steps, "velocity")


def vary(
    pipe: Any,
    decoder: Decoder,
    features: Tensor,
    noise: Tensor,
    generator: torch.Generator,
    steps: int = 25,
    eta: float = 0.6,
    scale: float = 3.0,
) -> Tensor:
    """Other pictures (B, 3, 32, 32) in [0, 1] of what CLIP sees in some: from their features and noise (§3.1).

    Args:
        pipe, decoder: as in `paint`.
        features: of the pictures, (B, D).
        noise: theirs, by `noise_of`, (B, 8, 8, 8).
        generator: of the new noise.
        steps: on the way down.
        eta: how much new noise each step adds, in [0, 1]; none paints the pictures again.
        scale: of guidance.

    Raises:
        ValueError: `eta` outside [0, 1].
    """
    return paint(pipe, decoder, features, generator, steps, scale, x=noise, method="ddim", eta=eta)


def load_decoder(unet: Any) -> Decoder:
    """The decoder that ships with the course, in eval mode, made from the text-to-image model's U-Net, which it changes.

    Raises:
        ValueError: the asset is missing, damaged or made for another U-Net.
    """
    return load_trained("unclip_decoder", partial(Decoder, unet))
