"""Check of SelfAttention over the pixels of an image: Vaswani et al. 2017 (arXiv:1706.03762), used in DDPM (appendix B).

Attention knows no positions, so shuffling the pixels shuffles the output. With or without a norm, a residual connection
or a bias; with nn.MultiheadAttention, einsum or loops: any of these passes.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..modules import awake, image, same
from ..plain import SubjectError
from ..scores import MISTAKES as OTHER_WEIGHTS
from ..scores import NO_SOFTMAX, expect_softmax_of_scores
from ..trainable import MISTAKES as UNTRAINABLE
from ..trainable import drawn, expect_trainable

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
        "positions_added": "The output depends on where a pixel is: leave the position encoding out; convolutions know places.",
        "mixes_samples": "Samples attend to each other: nn.MultiheadAttention wants batch_first=True for (B, H·W, C).",
        "other_default": "Left out, heads should be 4, as in the stub.",
        "causal": "A pixel sees only those before it, as words do in a language model: leave is_causal and the mask out.",
        "content_ignored": "The weights don't depend on the content: they should be softmax(q·k/√d).",
    }
    | OTHER_WEIGHTS
    | UNTRAINABLE,
    hints=(
        "If each pixel is a token, what shape has the sequence, and how does (B, C, H, W) become it?",
        "x.flatten(2).transpose(1, 2) is that sequence; nn.MultiheadAttention(channels, heads, batch_first=True) does the rest.",
        "After the attention, h is (B, H·W, C) again: .transpose(1, 2) and .reshape(x.shape) undo the first "
        "step. What does a residual layer do last?",
    ),
)

CHANNELS = 32
HEADS = (1, 2, 4)  # that answers have
CHANGED = ((0, 0), (3, 5), (1, 2))  # pixels that leave a row and a column of the 4×6 image without any
LAST = ((3, 3), (3, 4), (3, 5))


class _Attention:
    """A SelfAttention block, and one input to try it on."""

    def __init__(self, bench, batch=2, height=4, width=6, channels=CHANNELS):
        self.x = bench.randn("x", batch, channels, height, width)
        self.module = awake(bench.subject, channels, seed=bench.seed, inputs=(self.x,))
        self.order = torch.randperm(height * width, generator=bench.random("order"))

    def __call__(self, x):
        output = image(self.module.forward(x))
        if tuple(output.shape) == (len(x), x[0, 0].numel(), x.shape[1]):
            output = output.transpose(1, 2)
        # a wrong shape is the business of the first property: the others look at the pixels in order
        return output.reshape(x.shape) if output.numel() == x.numel() else image(self.module.forward(x), tuple(x.shape))

    def shuffled(self, x):
        return x.flatten(2)[:, :, self.order].reshape(x.shape)


def _turned(x, pixels=CHANGED):
    """The image with three pixels changed so that each channel's mean and variance stay: a norm notices nothing.

    In each channel the three values are turned about the axis (1, 1, 1), by an angle of its own; that keeps their sum and the
    sum of their squares.
    """
    x, (i, j) = x.clone(), zip(*pixels)
    values = x[0, :, i, j]
    mean = values.mean(1, keepdim=True)
    across = torch.linalg.cross(torch.full_like(values, 3**-0.5), values - mean)
    angle = torch.linspace(1, 5, CHANNELS)[:, None]
    x[0, :, i, j] = mean + angle.cos() * (values - mean) + angle.sin() * across
    return x


def _replaced(x):
    """The image with the same three pixels replaced by others."""
    x, (i, j) = x.clone(), zip(*CHANGED)
    x[0, :, i, j] = 1 - x[0, :, i, j].flip(0)
    return x


def _moved(block, change):
    """How the output of sample 0 changes, (C, pixels), at the pixels that were left alone when three others change."""
    others = torch.ones(4, 6, dtype=torch.bool)
    for i, j in CHANGED:
        others[i, j] = False
    return (block(change(block.x)) - block(block.x))[0][:, others]


def _alike(moved) -> bool:
    """Whether all pixels move alike, if at all."""
    return float((moved - moved.mean(1, keepdim=True)).abs().max()) < max(1e-6, 1e-3 * float(moved.abs().max()))


def _averages(block) -> bool:
    """Whether each pixel is given one and the same mean of all: turning pixels leaves the mean, replacing them moves it."""
    replaced = _moved(block, _replaced)
    return _alike(_moved(block, _turned)) and _alike(replaced) and float(replaced.abs().max()) > 1e-6


@check.property(0.5, "each pixel sees every other pixel of its sample")
def reach(bench):
    block = _Attention(bench)
    noticed = _moved(block, _turned).abs().amax(0) > 1e-6
    for key in ("x 2", "x 3", "x 4"):  # weights that may be zero, as without a softmax, are so for other pixels in another image
        block.x = bench.randn(key, *block.x.shape)
        noticed |= _moved(block, _turned).abs().amax(0) > 1e-6
    reached = int(noticed.sum())
    if reached < 21 and not _averages(block):
        alone = "mixes_samples" if _mixes(block) else "pixels_alone"
        raise Wrong(alone if reached == 0 else "sees_only_neighbours", "all other pixels to notice", f"{reached} of 21 notice")


@check.property(0.25, "keeps the shape (B, C, H, W)", needs="reach")
def shape(bench):
    block = _Attention(bench)
    received = tuple(image(block.module.forward(block.x)).shape)
    if received != (2, CHANNELS, 4, 6):
        known: dict[tuple, str] = {(2, 24, CHANNELS): "sequence_returned", (2, CHANNELS, 24): "sequence_returned"}
        known[(2, CHANNELS, 6, 4)] = "transposed"
        raise Wrong(known.get(received, ""), f"shape (2, {CHANNELS}, 4, 6)", f"shape {received}")


@check.property(0.5, "knows no positions: shuffled pixels give shuffled output", needs="reach")
def no_positions(bench):
    block = _Attention(bench)
    output = block(block.x)
    if not same(block(block.shuffled(block.x)), block.shuffled(output), 1e-3):
        raise Wrong(_position_mistake(block), "shuffled output", "another output")


def _position_mistake(block) -> str:
    """Channels read as pixels show in an image whose pixels are all alike; positions show even if all channels are, too."""
    if drawn(block.module, block.x):
        return "random_in_forward"
    if _looks_back(block):
        return "causal"
    one_colour = block.x[:, :, :1, :1].expand(-1, -1, 4, 6).contiguous()
    all_ones, all_alike = block(torch.ones_like(one_colour))[0], block(one_colour)[0]
    if not _alike(all_ones[:, 1:3, 1:5].flatten(1)):
        # misread, the one value of each channel turns up elsewhere; positions make new values
        values = torch.unique((1e3 * all_ones / all_ones.abs().max()).round())
        misread = len(values) <= CHANNELS or _runs(block) or _repeats(block)
        return "reshaped_not_transposed" if misread else "positions_added"
    return "" if _alike(all_alike[:, 1:3, 1:5].flatten(1)) else "reshaped_not_transposed"


def _looks_back(block) -> bool:
    """Whether no pixel notices those that come after it: a causal mask, as in language models."""
    change = (block(_turned(block.x, LAST)) - block(block.x))[0].flatten(1).abs().amax(0)
    return float(change[:-3].max()) < 1e-6 < float(change.max())


def _runs(block) -> bool:
    """Whether pixels of one colour come out alike in runs that do not end where rows do: heads merged without a permute."""
    tokens = block(torch.ones(1, CHANNELS, 5, 8))[0].flatten(1).T
    breaks = [i for i in range(1, len(tokens)) if not same(tokens[i], tokens[i - 1], 1e-3)]
    return 0 < len(breaks) < len(tokens) / 2 and any(i % 8 for i in breaks)


def _repeats(block) -> bool:
    """Whether a few colours come round again in an image of one colour, not by row or column: heads split without a permute."""
    output = block(torch.ones(1, CHANNELS, 5, 7))[0]
    by_place = same(output, output[:, :1].expand_as(output), 1e-3) or same(output, output[:, :, :1].expand_as(output), 1e-3)
    size = float(output.abs().max())
    return not by_place and len(torch.unique((1e3 * output.flatten(1).T / size).round(), dim=0)) <= 35 // 2


def _mixes(block) -> bool:
    others = torch.cat([block.x[:1], block.x[1:].flip(1).square()])
    return not same(block(block.x)[:1], block(others)[:1], 1e-3)


@check.property(0.25, "samples don't see each other", needs="reach")
def independent(bench):
    if _mixes(_Attention(bench)):
        raise Wrong("mixes_samples", "the same output for sample 0", "another output when sample 1 changes")


@check.property(0.5, "a pixel's weights are a softmax of q·k/√d: exponentials, divided by their sum", needs="no_positions")
def normalised(bench):
    block = _Attention(bench)
    twice = torch.cat([block.x, block.x], dim=3)
    output = block(block.x)
    if not same(block(twice), torch.cat([output, output], dim=3), 2e-3):
        raise Wrong(NO_SOFTMAX if _grows(block) else "", "the output twice for an image beside its copy", "another output")
    if _averages(block) or _mixes(block):
        return  # which other properties say
    expect_softmax_of_scores(_Tokens(bench), HEADS, wider=lambda: _Tokens(bench, 2 * _Tokens.channels))


def _grows(block) -> bool:
    """Whether what attention adds doubles each time the image is doubled: sums without a softmax do that."""
    one, two, four = (block(torch.cat([block.x] * copies, dim=3))[..., :6] for copies in (1, 2, 4))
    return same(four - two, 2 * (two - one), 0.05) and not same(four, two, 1e-3)


class _Tokens:
    """The block as a function of tokens, with so many channels that GroupNorm(32, channels) has two of them in a group."""

    channels = 64

    def __init__(self, bench, channels=channels):
        self.channels = channels
        self.block = _Attention(bench, channels=self.channels)
        self.state, self.load_state = self.block.module.state, self.block.module.load_state

    def attend(self, tokens):
        return self.block(_as_image(tokens)).flatten(2).transpose(1, 2)

    def gradients(self, tokens):
        return self.block.module.forward(_as_image(tokens), param_grads=True).param_grads


def _as_image(tokens):
    return tokens.transpose(1, 2).unflatten(2, (-1, 2 if tokens.shape[1] % 8 else 8)).contiguous()


@check.property(0.25, "the weights depend on the content", needs="reach")
def content(bench):
    if _averages(_Attention(bench)):
        raise Wrong("content_ignored", "each pixel to weigh the others in its own way", "the same weights for every pixel")


@check.property(
    0.5, "trains: its parameters are registered, the same from call to call, and a gradient reaches each", needs="reach"
)
def trained(bench):
    block = _Attention(bench)
    expect_trainable(block.module, block.x, least=CHANNELS**2)


def _four_heads(bench):
    """Left out, heads is 4: the same parameters give what they give with 4 written out."""
    left_out, written = _Attention(bench), _Attention(bench)
    try:
        written.module = awake(bench.subject, CHANNELS, 4, seed=bench.seed, inputs=(written.x,))
    except SubjectError:  # one head, whatever is asked: the signature has none to give
        return
    try:
        written.module.load_state(left_out.module.state())
        alike = same(left_out(left_out.x), written(written.x))
    except SubjectError:  # their parameters differ already
        alike = False
    if not alike:
        raise Wrong("other_default", "heads=4", "another number where it is left out")


check.defaults(0.25, "the number of heads may be left out, and is 4 then", needs="reach", same=_four_heads)
