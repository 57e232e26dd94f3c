"""A space-time U-Net with factorised attention (arXiv:2204.03458, §3).

Each frame goes through the class-conditional U-Net of notebook 5; after each of its blocks every place of the picture looks
along time. The new layers start at zero, so a new network draws 16 pictures that know nothing of each other. A film is kept as
(B, frames, H, W): the frames stand where a picture has its channels, and every sampler of the course works as it is.
"""

from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_network
from helpers.conditional import ConditionalUnet
from helpers.unet import SelfAttention
from helpers.video.moving import FRAMES
from helpers.video.temporal import temporal_attention


class AlongTime(nn.Module):
    """Features (B·frames, C, H, W) → the same, plus what each place has learnt from itself in the other frames."""

    def __init__(self, channels: int, frames: int = FRAMES, heads: int = 4):
        super().__init__()
        self.frames = frames
        self.norm = nn.LayerNorm(channels)
        self.when = nn.Parameter(torch.randn(frames, channels) * 0.02)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        nn.init.zeros_(self.attention.out_proj.weight)
        nn.init.zeros_(self.attention.out_proj.bias)

    def forward(self, h: Tensor) -> Tensor:
        film = h.unflatten(0, (-1, self.frames)).transpose(1, 2)  # (B, C, frames, H, W)
        return h + temporal_attention(self._attend, film).transpose(1, 2).flatten(0, 1)

    def _attend(self, sequences: Tensor) -> Tensor:
        seen = self.norm(sequences) + self.when
        return self.attention(seen, seen, seen, need_weights=False)[0]


class VideoUnet(nn.Module):
    """Noisy films x (B, frames, H, W), t (B,), labels (B,) in 0..10 → the shape of x; label 10 is “no label”."""

    def __init__(self, frames: int = FRAMES, **network: Any):
        super().__init__()
        self.space = ConditionalUnet(**network)
        self.config = {"frames": frames, **self.space.config}
        *levels, bottom = self.space.config["widths"]
        self.look_around = SelfAttention(bottom)
        self.down = nn.ModuleList(AlongTime(width, frames) for width in levels)
        self.middle = nn.ModuleList(AlongTime(bottom, frames) for _ in range(2))
        self.up = nn.ModuleList(AlongTime(width, frames) for width in levels[::-1])

    @property
    def null(self) -> int:
        """The label that means “no label”."""
        return self.space.null

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """Predict; raises ValueError for another shape."""
        if x.ndim != 4 or x.shape[1] != self.config["frames"]:
            raise ValueError(f"x must be (batch, {self.config['frames']} frames, height, width); got {tuple(x.shape)}")
        space, frames = self.space, x.shape[1]
        embedding = (space.time_mlp(t) + space.label(labels)).repeat_interleave(frames, dim=0)
        h = space.fold(x.reshape(-1, 1, *x.shape[2:]))
        skips = []
        for block, along in zip(space.encoder, self.down):
            skip, h = block(h, embedding)
            skips.append(skip)
            h = along(h)
        h = self.middle[0](space.bottleneck(h, embedding))
        h = self.middle[1](self.look_around(h))
        for block, along in zip(space.decoder, self.up):
            h = along(block(h, skips.pop(), embedding))
        return space.unfold(space.head(h)).reshape(x.shape)


def load_video() -> VideoUnet:
    """The video model that ships with the course, in eval mode; it predicts the velocity on notebook 3's cosine schedule.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("video_digits", VideoUnet)
