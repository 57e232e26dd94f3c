"""A trained copy of a U-Net's encoder that sees an outline, joined to the frozen U-Net by convolutions that start at zero.

As in ControlNet (arXiv:2302.05543, §3.1), what the copy has seen is added to the skips and to the middle of the U-Net. The
joints start at zero, so at first the controlled U-Net is the U-Net. The paper copies the middle, too; without it the copy has
less than a fifth of the U-Net's parameters, and an outline needs no more.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_trained
from helpers.control.outlines import outline
from helpers.text_to_image import loop
from helpers.text_to_image.captions import CANVAS
from helpers.text_to_image.guided import paint_guided


def zero_conv(channels: int) -> nn.Conv2d:
    """A 1×1 convolution of zeros (§3.1): it adds nothing until it is trained, and its weight has a gradient at once."""
    conv = nn.Conv2d(channels, channels, 1)
    for parameter in conv.parameters():
        nn.init.zeros_(parameter)
    return conv


class Controlled(nn.Module):
    """Noisy latents (B, 8, 8, 8), t (B,), words (B, L, width), outlines (B, 1, 32, 32) → the velocity, like the latents.

    Args:
        unet: the text-to-image model's U-Net; it is frozen, and not changed otherwise.
    """

    def __init__(self, unet: Any):
        super().__init__()
        self.unet = unet.requires_grad_(False)
        width, *_ = channels = unet.config.block_out_channels
        self.look = nn.Sequential(  # 32×32 pixels → the latents' 8×8
            *(nn.Conv2d(1, 16, 3, padding=1), nn.SiLU()),
            *(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.SiLU()),
            *(nn.Conv2d(32, width, 3, stride=2, padding=1), nn.SiLU()),
            zero_conv(width),
        )
        self.enter, self.blocks = (copy.deepcopy(part).requires_grad_(True) for part in (unet.conv_in, unet.down_blocks))
        self.joints = nn.ModuleList(zero_conv(size) for size in self._skip_sizes(channels))
        self.middle = zero_conv(channels[-1])

    def _skip_sizes(self, channels: tuple[int, ...]) -> list[int]:
        """The channels of each skip: what enters, then each block's layers and its way down."""
        sizes = [channels[0]]
        for size, block in zip(channels, self.blocks):
            sizes += [size] * (len(block.resnets) + len(block.downsamplers or ()))
        return sizes

    def forward(self, latents: Tensor, t: Tensor, words: Tensor, outlines: Tensor) -> Tensor:
        embedding = self.unet.time_embedding(self.unet.time_proj(t.expand(len(latents))).to(latents.dtype))
        h = self.enter(latents) + self.look(outlines)
        skips = [h]
        for block in self.blocks:
            reads = getattr(block, "has_cross_attention", False)
            h, seen = block(h, embedding, encoder_hidden_states=words) if reads else block(h, embedding)
            skips += seen
        added = [joint(skip) for joint, skip in zip(self.joints, skips, strict=True)]
        more = {"down_block_additional_residuals": added, "mid_block_additional_residual": self.middle(h)}
        return self.unet(latents, t, words, **more).sample


@torch.no_grad()
def paint_inside(
    pipe: Any,
    control: Controlled,
    prompts: list[str],
    ink: Tensor,
    generator: torch.Generator,
    steps: int = 25,
    scale: float = 3.0,
) -> Tensor:
    """Pictures (B, 3, 32, 32) in [0, 1] of the prompts, whose ink keeps to the outline of a given one.

    Args:
        pipe: the text-to-image pipeline.
        control: trained on that pipeline's U-Net.
        prompts: one a picture.
        ink: (B, 1, 32, 32) in [0, 1], only its outline is seen.
        generator: of the starting noise.
        steps, scale: of sampling, and of guidance towards the prompts; the outline is seen with and without them.

    Raises:
        ValueError: ink of another shape, or not one for each prompt.
    """
    wanted = (len(prompts), 1, CANVAS, CANVAS)
    if ink.shape != wanted:
        raise ValueError(f"one sheet of ink a prompt: expected shape {wanted}, values in [0, 1]; got {tuple(ink.shape)}")
    words = torch.cat([loop.embed(pipe, prompts), loop.embed(pipe, [""] * len(prompts))])
    lines = torch.cat([outline(ink)] * 2)
    return paint_guided(pipe, lambda x, t: control(x, t, words, lines), len(prompts), generator, steps, scale)


def load_control(unet: Any) -> Controlled:
    """The control by outlines that ships with the course, in eval mode, around the text-to-image model's U-Net, which it freezes.

    Raises:
        ValueError: the asset is missing, damaged or made for another U-Net.
    """
    return load_trained("outline_control", lambda: Controlled(unet))
