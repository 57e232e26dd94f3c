"""A space-time U-Net with factorised attention (arXiv:2204.03458, §3).

Each frame goes through the class-conditional U-Net of notebook 5; after each of its blocks every place of the picture looks
along time, and at the coarsest size, where there are few places, a few blocks look around each frame and along time by turns.
The new layers start at zero, so a new network draws 16 pictures that know nothing of each other. A film is kept as
(B, frames, H, W): the frames stand where a picture has its channels, and every sampler of the course works as it is.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_network
from helpers.conditional import ConditionalUnet
from helpers.unet import SelfAttention, normalisation
from helpers.video.moving import FRAMES, SIDE
from helpers.video.temporal import temporal_attention

Mix = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]  # (attend, x (B, C, F, H, W)) → like x


class AlongTime(nn.Module):
    """Features (B·frames, C, H, W) → the same, plus what each place has learnt from itself in the other frames."""

    def __init__(self, channels: int, frames: int = FRAMES, heads: int = 4, mix: Mix = temporal_attention):
        super().__init__()
        self.frames, self.mix = frames, mix
        self.norm = nn.LayerNorm(channels)
        self.when = nn.Parameter(torch.randn(frames, channels) * 0.02)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        nn.init.zeros_(self.attention.out_proj.weight)
        nn.init.zeros_(self.attention.out_proj.bias)

    def forward(self, h: Tensor) -> Tensor:
        film = h.unflatten(0, (-1, self.frames)).transpose(1, 2)  # (B, C, frames, H, W)
        return h + self.mix(self._attend, film).transpose(1, 2).flatten(0, 1)

    def _attend(self, sequences: Tensor) -> Tensor:
        seen = self.norm(sequences) + self.when
        return self.attention(seen, seen, seen, need_weights=False)[0]


class SpaceTimeBlock(nn.Module):
    """Features (B·frames, C, H, W) → the same: each place looks around its frame, then along time, and works both in."""

    def __init__(self, channels: int, frames: int = FRAMES, mix: Mix = temporal_attention):
        super().__init__()
        self.around, self.along = SelfAttention(channels), AlongTime(channels, frames, mix=mix)
        widen, narrow = nn.Conv2d(channels, 4 * channels, 1), nn.Conv2d(4 * channels, channels, 1)
        self.work = nn.Sequential(normalisation("group", channels), widen, nn.GELU(), narrow)
        for last in (self.around.out, narrow):
            nn.init.zeros_(last.weight)
            if last.bias is not None:
                nn.init.zeros_(last.bias)

    def forward(self, h: Tensor, along: bool = True) -> Tensor:
        h = self.around(h)
        if along:
            h = self.along(h)
        return h + self.work(h)


class VideoUnet(nn.Module):
    """Noisy films x (B, frames, H, W), t, labels (B,) in 0..10 → the shape of x; label 10 is “no label”.

    t is one time a film, (B,), or one a frame, (B, frames): frames at time 0 are known, and the others can be drawn to fit them.

    Args:
        frames: in a film.
        blocks: the number of space-time blocks at the coarsest size.
        mix: how attention is applied along time, the course's or a student's own.
        network: arguments of `ConditionalUnet`.
    """

    def __init__(self, frames: int = FRAMES, blocks: int = 3, mix: Mix = temporal_attention, **network: Any):
        super().__init__()
        self.space = ConditionalUnet(**network)
        self.config = {"frames": frames, "blocks": blocks, **self.space.config}
        *levels, bottom = self.space.config["widths"]
        side = SIDE // self.space.config["patch"] // 2 ** len(levels)
        self.where = nn.Parameter(torch.zeros(bottom, side, side))
        self.down = nn.ModuleList(AlongTime(width, frames, mix=mix) for width in levels)
        self.middle = nn.ModuleList(SpaceTimeBlock(bottom, frames, mix) for _ in range(blocks))
        self.up = nn.ModuleList(AlongTime(width, frames, mix=mix) for width in levels[::-1])

    @property
    def null(self) -> int:
        """The label that means “no label”."""
        return self.space.null

    def forward(self, x: Tensor, t: Tensor, labels: Tensor, along: bool = True) -> Tensor:
        """Predict; raises ValueError for another shape, or labels that there are not.

        Without `along` the space-time blocks look around each frame only: frames then know less of each other, and a film can
        be guided away from that.
        """
        space, frames = self.space, self.config["frames"]
        if x.shape[1:] != (frames, SIDE, SIDE):
            raise ValueError(f"x must be (batch, {frames} frames, {SIDE}, {SIDE}); got {tuple(x.shape)}")
        if t.shape not in (x.shape[:1], x.shape[:2]):
            raise ValueError(f"t must hold one time a film, ({len(x)},), or a frame, ({len(x)}, {frames}); got {tuple(t.shape)}")
        times = t if t.ndim == 2 else t[:, None].expand(-1, frames)
        embedding = space.time_mlp(times.flatten()) + space.embedded(labels, len(x)).repeat_interleave(frames, dim=0)
        h = space.fold(x.reshape(-1, 1, *x.shape[2:]))
        skips = []
        for block, look in zip(space.encoder, self.down):
            skip, h = block(h, embedding)
            skips.append(skip)
            h = look(h)
        h = space.bottleneck(h, embedding) + self.where
        for block in self.middle:
            h = block(h, along)
        for block, look in zip(space.decoder, self.up):
            h = look(block(h, skips.pop(), embedding))
        return space.unfold(space.head(h)).reshape(x.shape)


def load_video(mix: Mix = temporal_attention) -> VideoUnet:
    """The video model that ships with the course, in eval mode; it predicts the velocity on `helpers.video.noise.film_schedule`.

    Args:
        mix: as in `VideoUnet`.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("video_digits", partial(VideoUnet, mix=mix))
