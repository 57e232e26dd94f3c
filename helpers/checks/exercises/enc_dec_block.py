"""Check of EncBlock and DecBlock with residual connections (He et al. 2015, arXiv:1512.03385).

A residual connection shows when everything else is silent: with all 3×3 kernels, biases and t at zero, the input still reaches
the output, and grows in it as it grows itself. Whether it is added once or round each convolution, as identity or through a
convolution, before or after the activation, doesn't matter.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ..check import Check, Wrong
from ..modules import (
    SHIFT_CANCELLED,
    awake,
    image,
    images,
    one_group_a_channel,
    same,
    silenced,
)
from ..plain import SubjectError
from ..residual import depends, meet, passes_round, survives, what_instead
from ..trainable import MISTAKES as UNTRAINABLE
from ..trainable import expect_trainable

check = Check(
    "EncBlock_DecBlock",
    home="helpers.unet",
    answers=("EncBlock", "DecBlock"),
    mistakes={
        "one_returned": "EncBlock returns one tensor; return two: the features for the skip connection, and the pooled ones.",
        "pair_swapped": "EncBlock returns its two tensors in the wrong order: first the skip, then the pooled half size.",
        "not_pooled": "The second tensor of EncBlock is not pooled: halve it with nn.MaxPool2d(2).",
        "skip_is_pooled": "The skip of EncBlock is already pooled: return the features from before the pooling.",
        "square_only": "The pooled tensor is right for square images only.",
        "average_pooled": "The second tensor is an average; the block pools with nn.MaxPool2d(2).",
        "other_pooling": "The second tensor is not the largest of each 2×2 of the skip: nn.MaxPool2d(2), and nothing after it.",
        "learnt_pooling": "The second tensor goes through a convolution of its own, as one with a stride: pool with "
        "nn.MaxPool2d(2) alone.",
        "pool_before_residual": "The pooled tensor is not the pooled skip: add the residual first, then pool the sum.",
        "enc_no_residual": "EncBlock has no residual connection: with one 3×3 convolution silent, x no longer reaches the "
        "output.",
        "enc_residual_only_same": "The residual of EncBlock is there only when in_c = out_c: otherwise project x, "
        "with nn.Conv2d(in_c, out_c, 1).",
        "enc_residual_only_different": "The residual of EncBlock is missing where in_c = out_c: there x itself can be added.",
        "residual_shape": "The residual does not fit: x has in_c channels, the sum needs out_c. Project x, with "
        "nn.Conv2d(in_c, out_c, 1).",
        "dec_not_upsampled": "DecBlock returns the size of x: upsample x first, with nn.ConvTranspose2d(in_c, out_c, 2, "
        "stride=2).",
        "dec_skip_ignored": "DecBlock does not use the skip: concatenate it with the upsampled x.",
        "skip_added": "DecBlock adds the skip to the upsampled x: concatenate them, so that the convolutions tell the two apart.",
        "dec_x_ignored": "DecBlock does not use x: upsample it and concatenate it with the skip.",
        "dec_no_residual": "DecBlock has no residual connection: with one 3×3 convolution silent, x no longer reaches the "
        "output.",
        "dec_residual_only_skip": "The residual of DecBlock carries the encoder's skip alone: add what goes into the "
        "convolutions (x and skip, concatenated), projected to out_c channels.",
        "past_the_convolutions": "Of x and skip, DecBlock gives one to its convolutions and adds the other to the result: "
        "concatenate them, and give the convolutions both.",
        "enc_time_ignored": "EncBlock does not use t: pass it to both ConvBlocks.",
        "dec_time_ignored": "DecBlock does not use t: pass it to both ConvBlocks.",
        "inner_added": "What is added is an activation from inside the block: add the block's own input, projected where needed.",
        "subtracted": "The input is taken away from what the convolutions make of it: add it.",
        "multiplied": "The input multiplies what the convolutions make of it: add it.",
    }
    | UNTRAINABLE,
    hints=(
        "A residual connection adds a block's input to its output: h = convs(x) + x. What if x has other channels than convs(x)?",
        "A 1×1 convolution changes the channels and nothing else. In DecBlock the input of the convolutions is the "
        "concatenation, with 2·out_c channels.",
        "self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1): add its output to that of the second "
        "ConvBlock, before the pooling. DecBlock does the same with h = torch.cat([self.up(x), skip], dim=1) for x.",
    ),
)

SKIP_LEFT_OUT = (
    "Passed, but note: the residual carries the upsampled x alone. The input of DecBlock's convolutions is the concatenation: "
    "add that, projected to out_c channels, and the skip reaches the output, too."
)
EMBED = 16
SAME, WIDER, NARROWER = (32, 32), (16, 32), (64, 32)


class _Enc:
    """An EncBlock with inputs to try it on; called with keyword changes, it returns (skip, pooled)."""

    def __init__(self, bench, sizes, batch=2, height=8, width=8):
        self.inputs = {"x": bench.randn("x", batch, sizes[0], height, width), "t": bench.randn("t", batch, EMBED)}
        self.module = awake(bench.subjects[0], *sizes, EMBED, seed=bench.seed, inputs=tuple(self.inputs.values()))

    def __call__(self, **changed):
        return images(_named(lambda: self.module.forward(*(self.inputs | changed).values())), 2)

    def features(self, **changed):
        return self(**changed)[0]


class _Dec:
    """A DecBlock with inputs to try it on; called with keyword changes, it returns its output."""

    def __init__(self, bench, sizes, batch=2, height=4, width=4):
        in_c, out_c = sizes
        self.inputs = {
            "x": bench.randn("x", batch, in_c, height, width),
            "skip": bench.randn("skip", batch, out_c, 2 * height, 2 * width),
            "t": bench.randn("t", batch, EMBED),
        }
        self.module = awake(bench.subjects[1], in_c, out_c, EMBED, seed=bench.seed, inputs=tuple(self.inputs.values()))

    def features(self, **changed):
        return image(_named(lambda: self.module.forward(*(self.inputs | changed).values())))


def _named(action):
    """The action's reply; raises Wrong for the error of adding tensors whose channels don't fit."""
    try:
        return action()
    except SubjectError as error:
        if "must match the size" in error.message and error.message.endswith("dimension 1"):
            raise Wrong("residual_shape", "channels that fit", error.message) from None
        raise


@check.property(0.25, "EncBlock returns the features (B, out_c, H, W) and their pooled (B, out_c, H/2, W/2)")
def enc_shapes(bench):
    block = _Enc(bench, SAME, height=8, width=12)
    reply = _named(lambda: block.module.forward(*block.inputs.values()))
    if isinstance(reply.value, torch.Tensor):
        raise Wrong("one_returned", "a pair (skip, pooled)", f"one tensor of shape {tuple(reply.value.shape)}")
    received = tuple(tuple(value.shape) for value in images(reply, 2))
    full, half = (2, 32, 8, 12), (2, 32, 4, 6)
    square = (2, 32, 4, 4)
    known: dict[tuple, str] = {
        (full, square): "square_only",
        (half, full): "pair_swapped",
        (full, full): "not_pooled",
        (half, half): "skip_is_pooled",
    }
    if received != (full, half):
        raise Wrong(known.get(received, ""), f"shapes {full} and {half}", f"shapes {received[0]} and {received[1]}")
    if not depends(block, "x"):
        raise Wrong("", "output that changes with x", "output that does not")


@check.property(0.25, "EncBlock pools what it hands to the skip: pooled = max-pool of the skip", needs="enc_shapes")
def enc_pool(bench):
    block = _Enc(bench, SAME)
    skip, pooled = block()
    if same(pooled, F.max_pool2d(skip, 2)):
        return
    raise Wrong(_pooling(block, skip, pooled), "the max-pooled skip", "something else")


def _pooling(block, skip, pooled) -> str:
    """What is done in place of pooling the skip: the skip is pooled otherwise, or it is not the skip that is pooled."""
    if same(pooled, F.avg_pool2d(skip, 2)):
        return "average_pooled"
    if pooled.shape[-1] * 2 != skip.shape[-1]:
        return ""
    if _own_kernel(block):
        return "learnt_pooling"
    x = block.inputs["x"]
    large = [block(x=size * x, t=0 * block.inputs["t"]) for size in (1e4, 2e4)]  # here the residual is all there is to the skip
    grown = [float((more - once).abs().mean() / once.abs().mean().clamp(min=1e-9)) for once, more in zip(*large)]
    if grown[0] < 0.5:
        return ""  # there is no residual, which another property says
    return "pool_before_residual" if grown[1] < 0.5 else "other_pooling"


def _own_kernel(block) -> bool:
    """Whether the pooled tensor has a kernel of its own, which the skip has not: a convolution with a stride."""
    state = block.module.state()
    skip, pooled = block()
    own = False
    for name in (name for name, value in state.items() if value.ndim == 4):
        block.module.load_state(silenced(state, name))
        quiet_skip, quiet_pooled = block()
        own |= same(skip, quiet_skip) and not same(pooled, quiet_pooled)
    block.module.load_state(state)
    return own


@check.property(0.5, "EncBlock has a residual connection where in_c = out_c")
def enc_residual_same(bench):
    if not survives(_Enc(bench, SAME), "x"):
        elsewhere = survives(_Enc(bench, WIDER), "x")
        mistake = "enc_residual_only_different" if elsewhere else what_instead(_Enc(bench, SAME), "enc_no_residual")
        raise Wrong(mistake, "output that changes with x", "output that does not")
    block = _Enc(bench, SAME)
    x = 1e4 * block.inputs["x"]  # next to it nothing else in the output counts
    features = block.features(x=x)
    if features.shape == x.shape and float(F.cosine_similarity(features.flatten(), x.double().flatten(), dim=0)) < -0.9:
        raise Wrong("subtracted", "x + what the convolutions make of it", "what they make of it - x")


@check.property(0.75, "EncBlock has a residual connection where in_c and out_c differ")
def enc_residual_different(bench):
    if not all(survives(_Enc(bench, sizes), "x") for sizes in (WIDER, NARROWER)):
        only_same = survives(_Enc(bench, SAME), "x")
        mistake = "enc_residual_only_same" if only_same else what_instead(_Enc(bench, WIDER), "enc_no_residual")
        raise Wrong(mistake, "the input added to the output", "it is not")


@check.property(0.25, "EncBlock trains: its parameters are registered, and a gradient reaches each", needs="enc_shapes")
def enc_trained(bench):
    block = _Enc(bench, SAME)
    expect_trainable(block.module, *block.inputs.values(), least=2 * 32 * 32)


@check.property(0.25, "DecBlock returns (B, out_c, 2H, 2W)")
def dec_shapes(bench):
    block = _Dec(bench, NARROWER, height=3, width=5)
    received = tuple(block.features().shape)
    if received != (2, 32, 6, 10):
        mistake = "dec_not_upsampled" if received[-2:] == (3, 5) else ""
        raise Wrong(mistake, "shape (2, 32, 6, 10)", f"shape {received}")
    if not depends(block, "x") and not depends(block, "skip"):
        raise Wrong("", "output that changes with x and skip", "output that does not")


@check.property(0.25, "DecBlock uses both x and the skip, side by side")
def dec_inputs(bench):
    block = _Dec(bench, NARROWER)
    for name, mistake in (("x", "dec_x_ignored"), ("skip", "dec_skip_ignored")):
        if not depends(block, name):
            raise Wrong(mistake, f"output that changes with {name}", "output that does not")
    if not meet(block, "x", "skip"):
        raise Wrong("past_the_convolutions", "x to change what the skip does", "the two apart, added in the end")
    if _added(bench):
        raise Wrong("skip_added", "x and skip concatenated", "x and skip added")


def _added(bench) -> bool:
    """Whether x and the skip are added at the entrance: then the gradient towards x follows from that towards the skip.

    With one pixel of x under four of the skip, one linear map takes the one gradient to the other in all samples alike, whatever
    the kernels behind the entrance are: those that matter where x is zero. Where the two are side by side, these weigh each in
    its own way.
    """
    block = _Dec(bench, (16, 8), batch=96, height=1, width=1)
    state, x = block.module.state(), block.inputs["x"]
    if block.features().shape[2:] != (2, 2):
        return False  # which another property says
    before = block.features(x=0 * x)
    changed = {name: value.roll(1, 1) for name, value in state.items() if value.ndim == 4 and value.shape[1] > 1}
    for name in list(changed):
        block.module.load_state(state | {name: changed[name]})
        if same(block.features(x=0 * x), before):
            del changed[name]  # it makes x larger
    fitted = None
    for parameters in (state, state | changed):
        block.module.load_state(parameters)
        found = block.module.forward(*block.inputs.values(), grad=(0, 1)).input_grads
        grads = [grad.double().flatten(1) for grad in found.values() if grad is not None]
        if len(grads) < 2:
            return False
        towards_x, towards_skip = grads
        fitted = torch.linalg.lstsq(towards_skip, towards_x).solution if fitted is None else fitted
        if float((towards_x - towards_skip @ fitted).norm()) > 0.02 * float(towards_x.norm()):
            return False
    return True


@check.property(0.75, "DecBlock has a residual connection round its convolutions")
def dec_residual(bench):
    for sizes in (NARROWER, SAME):
        block = _Dec(bench, sizes)
        if survives(block, "x"):
            continue
        only_skip = survives(block, "skip") or (passes_round(block, "skip") and not passes_round(block, "x"))
        mistake = "dec_residual_only_skip" if only_skip else what_instead(block, "dec_no_residual")
        raise Wrong(mistake, "output that changes with x", "output that does not")
    return SKIP_LEFT_OUT if depends(block, "skip") and not survives(block, "skip") else None


@check.property(0.5, "both blocks use t")
def time(bench):
    remark = None
    for block, mistake in ((_Enc(bench, SAME), "enc_time_ignored"), (_Dec(bench, NARROWER), "dec_time_ignored")):
        if not depends(block, "t"):
            if not one_group_a_channel(block.module, block.features, EMBED):
                raise Wrong(mistake, "output that changes with t", "output that does not")
            remark = SHIFT_CANCELLED
    return remark


@check.property(0.25, "DecBlock trains: its parameters are registered, and a gradient reaches each", needs="dec_shapes")
def dec_trained(bench):
    block = _Dec(bench, NARROWER)
    expect_trainable(block.module, *block.inputs.values(), through=(0, 1), least=32 * (64 + 32))
