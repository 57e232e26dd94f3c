"""A transformer in the U-Net's place: DiT (arXiv:2212.09748), with adaLN-Zero.

A picture is cut into patches, each patch is a token, and all tokens look at each other in every block. What a U-Net knows by
its make (neighbours matter, at several scales) a transformer has to learn.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.arguments import is_count
from helpers.unet import SinusoidalPositionEmbeddings


def patchify(x: Tensor, patch: int) -> Tensor:
    """(B, C, H, W) → (B, H/p · W/p, C p²): one token a patch, row by row.

    Raises:
        ValueError: x is not (B, C, H, W), patch no positive whole number, or height or width no multiple of it.
    """
    if x.ndim != 4 or not is_count(patch):
        raise ValueError(f"x must be (batch, channels, height, width) and patch 1 or more; got {tuple(x.shape)} and {patch}")
    height, width = x.shape[2:]
    if height % patch or width % patch:
        raise ValueError(f"height and width must be multiples of the patch {patch}; got {height}×{width}")
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def unpatchify(tokens: Tensor, patch: int, channels: int, height: int, width: int) -> Tensor:
    """(B, H/p · W/p, C p²) → (B, C, H, W), the inverse of `patchify`.

    Raises:
        ValueError: the tokens are not those of such a picture.
    """
    rows, columns = height // patch, width // patch
    if tokens.shape[1:] != (rows * columns, channels * patch**2):
        raise ValueError(
            f"a {channels}×{height}×{width} picture has {rows * columns} tokens of {channels * patch**2} numbers; "
            f"got {tuple(tokens.shape[1:])}"
        )
    return F.pixel_shuffle(tokens.transpose(1, 2).unflatten(2, (rows, columns)), patch)


class DiTBlock(nn.Module):
    """Attention and an MLP, each with shift, scale and gate made from c: x (B, N, dim), c (B, embed_dim) → (B, N, dim).

    adaLN-Zero (arXiv:2212.09748, §3.2): the layer that makes the six vectors starts at zero, so the gates do, and a new
    block is the identity.

    Raises:
        ValueError: heads do not divide dim.
    """

    def __init__(self, dim: int, heads: int, embed_dim: int):
        super().__init__()
        if dim % heads:
            raise ValueError(f"heads must divide dim; got {dim} and {heads} heads")
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)

    def attend(self, x: Tensor) -> Tensor:
        """Each token looks at all tokens of its sample: (B, N, dim) → (B, N, dim)."""
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # 3, B, heads, N, dim/heads
        return self.out(F.scaled_dot_product_attention(*qkv).transpose(1, 2).flatten(2))


class DiT(nn.Module):
    """x (B, C, size, size), t (B,) in 0..1000 → like x, as `helpers.unet.Unet`; 0.8 M parameters as it stands.

    Args:
        n_channels, size: of the picture.
        patch: side of a patch; the cost of attention falls with its fourth power.
        dim, depth, heads: of the blocks.

    Raises:
        ValueError: size is no multiple of the patch, or x is of another size.
    """

    def __init__(self, n_channels: int = 1, size: int = 32, patch: int = 4, dim: int = 96, depth: int = 5, heads: int = 4):
        super().__init__()
        if not is_count(patch) or size % patch:
            raise ValueError(f"size must be a multiple of the patch, which is 1 or more; got size {size} and patch {patch}")
        self.config = dict(n_channels=n_channels, size=size, patch=patch, dim=dim, depth=depth, heads=heads)
        self.patch = patch
        self.time = nn.Sequential(SinusoidalPositionEmbeddings(dim), nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.embed = nn.Linear(n_channels * patch**2, dim)
        self.register_buffer("places", grid_positions(size // patch, dim), persistent=False)
        self.blocks = nn.ModuleList(DiTBlock(dim, heads, dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.modulation = nn.Linear(dim, 2 * dim)
        self.head = nn.Linear(dim, n_channels * patch**2)
        for layer in (self.modulation, self.head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        wanted = tuple(self.config[name] for name in ("n_channels", "size", "size"))
        if x.shape[1:] != wanted:
            raise ValueError(
                f"x must be (batch, {', '.join(map(str, wanted))}), as each patch has its place; got {tuple(x.shape)}"
            )
        c = self.time(t)
        h = self.embed(patchify(x, self.patch)) + self.places
        for block in self.blocks:
            h = block(h, c)
        shift, scale = self.modulation(F.silu(c))[:, None].chunk(2, dim=-1)
        return unpatchify(self.head(self.norm(h) * (1 + scale) + shift), self.patch, *x.shape[1:])


def grid_positions(side: int, dim: int) -> Tensor:
    """Where a token is, in sines and cosines, half of them for its row and half for its column: (side², dim).

    Raises ValueError unless dim is a multiple of 4.
    """
    if dim % 4:
        raise ValueError(f"dim must be a multiple of 4, sines and cosines of two coordinates; got {dim}")
    frequencies = torch.exp(-math.log(10_000) * torch.arange(dim // 4) / (dim // 4))
    angles = torch.arange(side)[:, None] * frequencies
    one = torch.cat([angles.sin(), angles.cos()], dim=1)
    rows, columns = one[:, None].expand(-1, side, -1), one[None].expand(side, -1, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)
