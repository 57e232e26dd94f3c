"""unCLIP's decoder (arXiv:2204.06125, §2.1): paint a picture that has given CLIP features.

The text-to-image model already knows how to paint; its cross-attention reads sixteen vectors, one a word. The decoder hands it
sixteen made from a picture's features in their place (the paper's adds four to the words'), and trains these and the
cross-attention. All other weights stay the text-to-image model's, so what has to be stored is small.
"""

from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_weights
from helpers.sampling import Sampling, final, sample
from helpers.text_to_image import loop
from helpers.text_to_image.denoiser import latent_schedule
from helpers.text_to_image.parts import MAX_TOKENS
from helpers.unclip.clip import Clip
from helpers.unclip.prior import nearest, scaled


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
    pipe: Any, decoder: Decoder, features: Tensor, generator: torch.Generator, steps: int = 25, scale: float = 5.0
) -> Tensor:
    """Pictures (B, 3, 32, 32) in [0, 1] that have the given features (B, D), by DPM-Solver++ with guidance.

    Args:
        pipe: the text-to-image pipeline, for its autoencoder.
        decoder: trained.
        features: picture features; scaled here. A direction without length is “no picture”.
        generator: of the starting noise.
        steps, scale: of sampling and guidance.
    """
    told = torch.cat([scaled(features), torch.zeros_like(features)])

    def predict(x: Tensor, t: Tensor) -> Tensor:
        with_features, without = decoder(torch.cat([x, x]), torch.cat([t, t]), told).chunk(2)
        return loop.classifier_free_guidance(without, with_features, scale)

    shape = (len(features), pipe.unet.config.in_channels, pipe.unet.config.sample_size, pipe.unet.config.sample_size)
    how = Sampling(method="dpm", steps=steps, prediction="velocity", clip=None)
    return loop.decode(pipe, final(sample(predict, latent_schedule(), shape, how, generator=generator)))


@torch.no_grad()
def vary(
    pipe: Any, decoder: Decoder, clip: Clip, features: Tensor, generator: torch.Generator, draws: int = 4, **how: Any
) -> Tensor:
    """Pictures (B, 3, 32, 32) in [0, 1] that CLIP sees as it saw the ones whose features (B, D) are given.

    The decoder does not hit the features it is given exactly. So it paints several pictures for each, and the one whose own
    features are nearest is kept, as DALL·E ranks its samples by CLIP (arXiv:2102.12092, §2.6).

    Args:
        pipe, decoder, features, generator: as in `paint`.
        clip: trained; the features are its own.
        draws: pictures painted for each that is kept.
        how: `paint`'s steps and scale.

    Raises:
        ValueError: `draws` below 1.
    """
    if draws < 1:
        raise ValueError(f"draws is how many pictures are painted for each that is kept, 1 or more; got {draws}")
    painted = paint(pipe, decoder, features.repeat_interleave(draws, dim=0), generator, **how)
    return nearest(painted, clip.image_features(painted * 2 - 1), features)


def load_decoder(unet: Any) -> Decoder:
    """The decoder that ships with the course, in eval mode, made from the text-to-image model's U-Net, which it changes.

    Raises:
        ValueError: the asset is missing, damaged or made for another U-Net.
    """
    config, weights = load_weights("unclip_decoder")
    network = Decoder(unet, **config["network"])
    if set(weights) != {name for name, parameter in network.named_parameters() if parameter.requires_grad}:
        raise ValueError("unclip_decoder holds other layers than this U-Net has: load both from the same copy of the course")
    network.load_state_dict(weights, strict=False)
    return network.eval().requires_grad_(False)
