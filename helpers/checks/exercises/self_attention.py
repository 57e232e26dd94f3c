"""Check of SelfAttention over the pixels of an image: Vaswani et al. 2017 (arXiv:1706.03762), used in DDPM (appendix B).

Attention knows no positions, so shuffling the pixels shuffles the output. With or without a norm, a residual connection
or a bias; with nn.MultiheadAttention, einsum or loops: any of these passes.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..modules import awake, image, same

check = Check(
    "SelfAttention",
    home="helpers.unet",
    mistakes={
        "sequence_returned": "The output still has shape (B, H·W, C) or (B, C, H·W): bring it back to (B, C, H, W).",
        "transposed": "Height and width are exchanged on the way back.",
        "pixels_alone": "A pixel's output depends on itself alone: each query has to meet the keys of all pixels.",
        "sees_only_neighbours": "A pixel sees only some of the others: attention runs over all pixels of the sample.",
        "reshaped_not_transposed": "Channels and pixels get mixed: (B, C, H·W) becomes (B, H·W, C) by .transpose(1, 2), "
        "not by reshape.",
        "mixes_samples": "Samples attend to each other: nn.MultiheadAttention wants batch_first=True for (B, H·W, C).",
        "no_softmax": "The weights of a pixel don't sum to 1: apply softmax over the keys.",
        "content_ignored": "The weights don't depend on the content: they should be softmax(q·k/√d).",
    },
    hints=(
        "Make a sequence of pixels: (B, C, H, W) → (B, H·W, C). Each pixel is a token.",
        "x.flatten(2).transpose(1, 2) is that sequence; nn.MultiheadAttention(channels, heads, batch_first=True) does the rest.",
        "h = x.flatten(2).transpose(1, 2); h, _ = self.attention(h, h, h); return x + h.transpose(1, 2).reshape(x.shape).",
    ),
)

CHANNELS = 32


class _Attention:
    """A SelfAttention block, and one input to try it on."""

    def __init__(self, bench, batch=2, height=4, width=6):
        self.module = awake(bench.subject, CHANNELS, seed=bench.seed)
        self.x = 2 * bench.randn("x", batch, CHANNELS, height, width)
        self.order = torch.randperm(height * width, generator=bench.random("order"))

    def __call__(self, x):
        return image(self.module.forward(x), tuple(x.shape))

    def shuffled(self, x):
        return x.flatten(2)[:, :, self.order].reshape(x.shape)


@check.property(0.5, "keeps the shape (B, C, H, W)")
def shape(bench):
    block = _Attention(bench)
    received = tuple(image(block.module.forward(block.x)).shape)
    if received != (2, CHANNELS, 4, 6):
        known = {(2, 24, CHANNELS): "sequence_returned", (2, CHANNELS, 24): "sequence_returned"}
        known[(2, CHANNELS, 6, 4)] = "transposed"
        raise Wrong(known.get(received, ""), f"shape (2, {CHANNELS}, 4, 6)", f"shape {received}")


@check.property(0.5, "each pixel sees every other pixel of its sample")
def reach(bench):
    block = _Attention(bench)
    before = block(block.x)
    reached = []
    for i, j in ((0, 0), (3, 5), (1, 2)):
        changed = block.x.clone()
        changed[0, :, i, j] += bench.randn(f"change {i}", CHANNELS) * 3
        moved = (block(changed) - before)[0].abs().amax(0) > 1e-6
        moved[i, j] = False
        reached.append(int(moved.sum()))
    if min(reached) < 23:
        alone = "mixes_samples" if _mixes(block) else "pixels_alone"
        raise Wrong(
            alone if max(reached) == 0 else "sees_only_neighbours",
            "a change of one pixel to reach the other 23",
            f"it reaches {min(reached)}",
        )


@check.property(0.5, "knows no positions: shuffled pixels give shuffled output")
def no_positions(bench):
    block = _Attention(bench)
    output = block(block.x)
    if not same(block(block.shuffled(block.x)), block.shuffled(output), 1e-3):
        raise Wrong(_position_mistake(block), "shuffled output", "another output")


def _position_mistake(block) -> str:
    """Channels read as pixels show in an image whose pixels are all alike: its output is no longer alike everywhere."""
    alike = block.x[:, :, :1, :1].expand(-1, -1, 4, 6).contiguous()
    output = block(alike)
    return "" if same(output, output[:, :, :1, :1].expand_as(output), 1e-3) else "reshaped_not_transposed"


def _mixes(block) -> bool:
    others = torch.cat([block.x[:1], 3 * block.x[1:] + 1])
    return not same(block(block.x)[:1], block(others)[:1], 1e-3)


@check.property(0.5, "samples don't see each other", needs="reach")
def independent(bench):
    if _mixes(_Attention(bench)):
        raise Wrong("mixes_samples", "the same output for sample 0", "another output when sample 1 changes")


@check.property(0.5, "weights sum to 1: an image beside its own copy gives its output twice", needs="no_positions")
def normalised(bench):
    block = _Attention(bench)
    twice = torch.cat([block.x, block.x], dim=3)
    output = block(block.x)
    if not same(block(twice), torch.cat([output, output], dim=3), 2e-3):
        raise Wrong("no_softmax", "the output twice", "another output")


@check.property(0.5, "the weights depend on the content", needs="reach")
def content(bench):
    block = _Attention(bench)
    # with fixed weights a pixel's change reaches all the others alike; with attention each weighs it for itself.
    # the change keeps the pixel's values, in another order, so that a norm over the whole image notices nothing
    changed = block.x.clone()
    changed[:, :, 0, 0] = changed[:, :, 0, 0].flip(1)
    moved = (block(changed) - block(block.x)).flatten(2)[:, :, 1:]
    if float((moved - moved.mean(2, keepdim=True)).abs().max()) < 1e-3 * float(moved.abs().max()):
        raise Wrong("content_ignored", "each pixel to weigh the others in its own way", "the same weights for every pixel")
