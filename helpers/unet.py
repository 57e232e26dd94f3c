"""The time-conditioned U-Net (arXiv:1505.04597) that predicts the noise, with each ablation one argument away.

Blocks are the ones students write in notebook 3; `norm`, `residual` and `attention` choose their variants.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.arguments import is_count

NORMS = ("group", "batch")


class SinusoidalPositionEmbeddings(nn.Module):
    """t (B,) → (B, dim): sines and cosines of geometrically spaced frequencies (arXiv:1706.03762, §3.5).

    The paper puts sines and cosines by turns and divides by dim / 2; half beside half, with half - 1 below, is what the authors
    of DDPM do in their code. Raises ValueError unless dim is even and at least 4.
    """

    def __init__(self, dim: int):
        super().__init__()
        if dim < 4 or dim % 2:
            raise ValueError(f"dim must be even and at least 4, half sines and half cosines; got {dim}")
        self.dim = dim

    def forward(self, t: Tensor) -> Tensor:
        half = self.dim // 2
        frequencies = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / (half - 1))
        angles = t[:, None] * frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


def time_embedding(dim: int) -> nn.Sequential:
    """t (B,) → (B, dim): sines and cosines, and two layers that learn what the blocks need of them."""
    return nn.Sequential(SinusoidalPositionEmbeddings(dim), nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))


def normalisation(kind: str, channels: int, groups: int = 8) -> nn.Module:
    """BatchNorm, or GroupNorm (arXiv:1803.08494) with the most groups, up to `groups`, that divide the channels.

    Raises ValueError for an unknown kind.
    """
    if kind not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {kind!r}")
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(math.gcd(groups, channels), channels)


class ConvBlock(nn.Module):
    """3×3 convolution, time shift, normalisation, SiLU: x (B, in_c, H, W), t (B, embed_dim) → (B, out_c, H, W)."""

    def __init__(self, in_c: int, out_c: int, embed_dim: int, norm: str = "group"):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = normalisation(norm, out_c)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


class TwoConvs(nn.Module):
    """Two ConvBlocks, with a residual connection around both (arXiv:1512.03385) unless `residual` is False."""

    def __init__(self, in_c: int, out_c: int, embed_dim: int, norm: str = "group", residual: bool = True):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim, norm)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim, norm)
        self.skip = None
        if residual:
            self.skip = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = self.conv2(self.conv1(x, t), t)
        return h if self.skip is None else h + self.skip(x)


class EncBlock(nn.Module):
    """One step down: x (B, in_c, H, W) → the features for the skip (B, out_c, H, W) and their pooled half size."""

    def __init__(self, in_c: int, out_c: int, embed_dim: int, norm: str = "group", residual: bool = True):
        super().__init__()
        self.convs = TwoConvs(in_c, out_c, embed_dim, norm, residual)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        h = self.convs(x, t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    """One step up: x (B, in_c, H, W) and skip (B, out_c, 2H, 2W) → (B, out_c, 2H, 2W)."""

    def __init__(self, in_c: int, out_c: int, embed_dim: int, norm: str = "group", residual: bool = True):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.convs = TwoConvs(2 * out_c, out_c, embed_dim, norm, residual)

    def forward(self, x: Tensor, skip: Tensor, t: Tensor) -> Tensor:
        return self.convs(torch.cat([self.up(x), skip], dim=1), t)


class SelfAttention(nn.Module):
    """Every pixel looks at every other: (B, channels, H, W) → the same shape, added to the input (§B of 2006.11239).

    Raises ValueError unless heads divide the channels.
    """

    def __init__(self, channels: int, heads: int = 4):
        super().__init__()
        if channels % heads:
            raise ValueError(f"heads must divide the channels; got {channels} channels and {heads} heads")
        self.heads = heads
        self.norm = normalisation("group", channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        h = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(h.transpose(-1, -2).reshape(b, c, height, width))


class Unet(nn.Module):
    """A U-Net that sees x_t and t and predicts an image of the same shape.

    Args:
        n_channels: channels of the image.
        embed_dim: size of the time embedding, which the paper does not give.
        widths: channels at each resolution, the last one at the bottleneck. The default has 31.8 M parameters.
        norm: "group" or "batch".
        residual: residual connections around each pair of convolutions.
        attention: self-attention at the bottleneck.
        patch: fold patch×patch pixels into channels first, so that everything runs at a patch times smaller size.

    Raises:
        ValueError: fewer than two widths, a patch below 1, an unknown norm, an image whose side does not survive the halvings,
            or t that is not (B,).
    """

    def __init__(
        self,
        n_channels: int = 1,
        embed_dim: int = 128,
        widths: tuple[int, ...] = (64, 128, 256, 512, 1024),
        norm: str = "group",
        residual: bool = True,
        attention: bool = False,
        patch: int = 1,
    ):
        super().__init__()
        if not is_count(patch):
            raise ValueError(f"patch is the side of what is folded into channels, 1 or more pixels; got {patch}")
        if len(widths) < 2:
            raise ValueError(f"widths needs a level and a bottleneck at least; got {tuple(widths)}")
        self.config: dict[str, Any] = dict(
            n_channels=n_channels,
            embed_dim=embed_dim,
            widths=tuple(widths),
            norm=norm,
            residual=residual,
            attention=attention,
            patch=patch,
        )
        self.time_mlp = time_embedding(embed_dim)
        in_c = n_channels * patch**2
        self.fold = nn.PixelUnshuffle(patch)
        self.unfold = nn.PixelShuffle(patch)
        *levels, bottom = widths
        self.encoder = nn.ModuleList(EncBlock(a, b, embed_dim, norm, residual) for a, b in zip([in_c, *levels[:-1]], levels))
        self.bottleneck = TwoConvs(levels[-1], bottom, embed_dim, norm, residual)
        self.attention = SelfAttention(bottom) if attention else nn.Identity()
        self.decoder = nn.ModuleList(
            DecBlock(a, b, embed_dim, norm, residual) for a, b in zip([bottom, *levels[:0:-1]], levels[::-1])
        )
        self.head = nn.Conv2d(levels[0], in_c, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        self._check(x, t)
        return self.through(x, self.time_mlp(t))

    def through(self, x: Tensor, embedding: Tensor) -> Tensor:
        """x (B, C, H, W) → the same shape, each block shifted by the embedding (B, embed_dim)."""
        h = self.fold(x)
        skips = []
        for block in self.encoder:
            skip, h = block(h, embedding)
            skips.append(skip)
        h = self.attention(self.bottleneck(h, embedding))
        for block in self.decoder:
            h = block(h, skips.pop(), embedding)
        return self.unfold(self.head(h))

    def _check(self, x: Tensor, t: Tensor) -> None:
        channels, factor = self.config["n_channels"], self.config["patch"] * 2 ** len(self.encoder)
        if x.ndim != 4 or x.shape[1] != channels:
            raise ValueError(f"x must be (batch, {channels}, height, width); got {tuple(x.shape)}")
        if x.shape[2] % factor or x.shape[3] % factor:
            raise ValueError(
                f"this U-Net halves the image {len(self.encoder)} times: height and width must be multiples of "
                f"{factor}; got {x.shape[2]}×{x.shape[3]}"
            )
        if t.shape != x.shape[:1]:
            raise ValueError(f"t must hold one step per image, shape ({len(x)},); got {tuple(t.shape)}")
