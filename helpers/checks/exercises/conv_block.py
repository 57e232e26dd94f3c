"""Check of ConvBlock: 3×3 convolution, time shift per channel, a norm that looks at one sample alone, activation.

Group normalisation: Wu and He 2018 (arXiv:1803.08494). Only behaviour counts: layers may have any names and any sensible order.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..field_of_view import channels_reached, same_everywhere, seen
from ..modules import (
    SHIFT_CANCELLED,
    awake,
    biases,
    idle,
    image,
    kernels,
    one_group_a_channel,
    same,
    silenced,
)
from ..plain import SubjectError
from ..trainable import MISTAKES as UNTRAINABLE
from ..trainable import drawn, expect_trainable

check = Check(
    "ConvBlock",
    home="helpers.unet",
    mistakes={
        "no_padding": "The image shrinks: a 3×3 convolution needs padding=1 to keep its size.",
        "padding_true": "padding is given as True: it is a number of pixels, padding=1.",
        "too_much_padding": "The image grows: a 3×3 convolution needs padding=1, no more.",
        "wrong_channels": "The output has the channels of the input: the convolution should go from in_c to out_c.",
        "pooled": "The image comes out at half its size: pooling belongs to EncBlock.",
        "no_norm": "Nothing normalises the activations: a norm layer is missing, or was made in __init__ but not used "
        "in forward.",
        "batchnorm_kept": "In training, a sample's output depends on the rest of its batch: this is BatchNorm; use nn.GroupNorm.",
        "mixes_samples": "A sample's output depends on the rest of its batch, in training and in evaluation.",
        "other_in_evaluation": "In evaluation the norm is another than in training, running averages or none: nn.GroupNorm takes "
        "a sample's own mean and variance in both.",
        "misread": "The output depends on where in the image something is: channels and pixels change places by permute, not by "
        "view or reshape.",
        "time_ignored": "The output does not depend on t: add the projected embedding to each channel before the norm.",
        "time_shared": "The time shift of one sample reaches the others: t has one row a sample.",
        "time_same_in_all_channels": "t shifts all channels by the same amount: project it to out_c values, one a channel.",
        "time_cancelled": "t is used, but its shift is lost on the way: one for all channels, which the norm takes out, or a "
        "factor of zero? Project t to out_c values, one a channel.",
        "time_summed": "All numbers of t enter with one weight, as in a mean: project t with a linear layer, which weighs each.",
        "no_activation": "There is no activation: end with SiLU (or another non-linearity).",
        "groups_too_many": "The number of groups does not suit few channels: it has to divide out_c, for out_c = 4 and 6 too.",
        "pixel_kernel": "A pixel of the output sees one pixel of the input: the convolution should be 3×3, not 1×1.",
        "channels_alone": "Each channel of the output sees a few of the input's channels only: leave groups= out of nn.Conv2d.",
        "softmax_activation": "The activation is a softmax, which ties the numbers together: SiLU and its like bend each alone.",
        "x_ignored": "The output does not depend on x.",
    }
    | UNTRAINABLE,
    hints=(
        "BatchNorm averages over the batch. Which norm averages over the channels and pixels of one sample only?",
        "nn.GroupNorm(groups, channels): groups must divide channels; nn.GroupNorm(1, channels) always works.",
        "The shift is self.time(t)[:, :, None, None], added to the convolved x. math.gcd(8, out_c) groups divide any out_c: "
        "where does the norm go, and what comes last?",
    ),
)

IN, OUT, EMBED = 32, 64, 16


def _block(bench, in_c=IN, out_c=OUT):
    return awake(bench.subject, in_c, out_c, EMBED, seed=bench.seed, inputs=_inputs(bench, 2, in_c))


def _inputs(bench, batch=4, in_c=IN, height=8, width=8):
    return bench.randn("x", batch, in_c, height, width), bench.randn("t", batch, EMBED)


@check.property(0.25, "the output depends on x, and is finite")
def reads(bench):
    module = _block(bench)
    x, t = _inputs(bench)
    try:
        outputs = [image(module.forward(each, t)) for each in (x, 1 - 2 * x.flip(-1))]
    except SubjectError as error:
        if "conv2d() received an invalid combination" in error.message and "tuple of (bool, bool)" in error.message:
            raise Wrong("padding_true", "padding=1", "padding=True") from None
        raise
    if outputs[0].ndim != 4 or len(outputs[0]) != len(x):
        raise Wrong("", f"{len(x)} images (B, C, H, W)", f"shape {tuple(outputs[0].shape)}")
    if same(outputs[0], outputs[1]):
        raise Wrong("x_ignored", "another output for another x", "the same output")
    if same(outputs[0], x):
        raise Wrong("", "what a convolution makes of x", "x as it was")


@check.property(0.5, "keeps the image size and goes from in_c to out_c channels", needs="reads")
def shape(bench):
    x, t = _inputs(bench, batch=2, in_c=16, height=6, width=10)
    received = tuple(image(_block(bench, 16, 32).forward(x, t)).shape)
    if received == (2, 32, 6, 10):
        return
    known: dict[tuple, str] = {
        (2, 32, 4, 8): "no_padding",
        (2, 32, 8, 12): "too_much_padding",
        (2, 16, 6, 10): "wrong_channels",
        (2, 32, 3, 5): "pooled",
    }
    raise Wrong(known.get(received, ""), "shape (2, 32, 6, 10)", f"shape {received}")


@check.property(0.25, "each pixel sees its eight neighbours: a 3×3 convolution", needs="reads")
def neighbours(bench):
    module = _block(bench)
    x, t = _inputs(bench, batch=1)
    order = torch.randperm(64, generator=bench.random("order"))

    def shuffled(images):
        return images.flatten(2)[:, :, order].reshape(images.shape)

    output = image(module.forward(x, t))
    if same(output, image(module.forward(1 - 2 * x.flip(-1), t))):
        return  # it sees no pixel at all, which another property says
    if output.shape[2:] != (8, 8):
        return  # another size, which another property says
    if same(image(module.forward(shuffled(x), t)), shuffled(output), 1e-3):
        raise Wrong("pixel_kernel", "a pixel's output to depend on its neighbours", "shuffled pixels give shuffled output")
    noticing = seen(module, x, t)
    reached = channels_reached(module, x, t)
    if reached < 0.9:
        raise Wrong("channels_alone", "all channels of the output to notice", f"{reached:.0%} of them")
    if noticing not in ([3, 3], [8, 8]):  # the whole image: a norm without a fixed background
        raise Wrong("", "3×3 pixels to notice one pixel's change", f"{noticing[0]}×{noticing[1]}")
    if not same_everywhere(module, *_inputs(bench, batch=1, height=11, width=12)) and not drawn(module, x, t):
        raise Wrong("misread", "what lies a pixel further to come out a pixel further", "another output")


@check.property(0.25, "normalises: input a thousand times larger gives output of the same size", needs="reads")
def normalised(bench):
    module = _block(bench)
    x, t = _inputs(bench)
    # a residual connection in here is fine: take its projection out, and what an identity adds cancels in f(x) + f(-x)
    state = module.state()
    module.load_state(silenced(state, *kernels(state, 1), *biases(state)))
    if not image(module.forward(x, 0 * t, train=True)).any():  # it was no projection: nothing comes through without it
        module.load_state(silenced(state, *biases(state)))

    def sizes(scale):
        plus, minus = (image(module.forward(sign * scale * x, 0 * t, train=True)) for sign in (1, -1))
        whole, even = float(plus.abs().mean()), float((plus + minus).abs().mean())
        return whole, (even if even > 1e-5 * whole else whole)  # a linear block has no even part to judge by

    growth = min(large / max(small, 1e-9) for large, small in zip(sizes(1000), sizes(1)))
    if growth > 20:
        raise Wrong("no_norm", "output of about the same size", f"output {growth:.0f} times larger")
    # a sigmoid or tanh keeps its output small without a norm; what it is given saturates
    once, more = (image(module.forward(scale * x, 0 * t, train=True)) for scale in (30, 1000))
    if _bounded(more, once) and not same(once, more, 0.02):
        raise Wrong("no_norm", "the same output", "another one, which an activation alone keeps small")


def _bounded(more, once) -> bool:
    """Whether no number of the output has grown much: it holds no residual."""
    return float(more.abs().max()) < 2 * float(once.abs().max())


def _unchanged(module, x, t, train) -> bool:
    """Whether the output of sample 0 stays the same when the other samples change."""
    others, state, outputs = torch.cat([x[:1], 5 + 3 * x[1:]]), module.state(), []
    for batch in (x, others):
        module.load_state(state)  # a training pass moves what BatchNorm and spectral normalisation keep
        outputs.append(image(module.forward(batch, t, train=train))[:1])
    return same(outputs[0], outputs[1], 1e-3)


@check.property(1.0, "each sample is on its own: the rest of the batch doesn't matter, in training either", needs="normalised")
def independent(bench):
    module = _block(bench)
    x, t = _inputs(bench)
    if not _unchanged(module, x, t, train=False):  # first: a training pass would move BatchNorm's running averages
        raise Wrong("mixes_samples", "the same output for sample 0", "another output when samples 1 to 3 change")
    if not _unchanged(module, x, t, train=True):
        raise Wrong("batchnorm_kept", "the same output for sample 0", "another output when samples 1 to 3 change")
    in_evaluation, in_training = (float(image(module.forward(1000 * x, t, train=train)).abs().mean()) for train in (False, True))
    if in_evaluation > 20 * in_training:
        raise Wrong(
            "other_in_evaluation", "output of the same size as in training", f"{in_evaluation / in_training:.0f} times larger"
        )


@check.property(0.5, "t shifts each sample's channels", needs="reads")
def time(bench):
    module = _block(bench)
    x, t = _inputs(bench)
    other = torch.cat([t[:1], 3 * t[1:] + 1])
    before, after = (image(module.forward(x, each)) for each in (t, other))
    if not same(before[:1], after[:1], 1e-3) and _unchanged(module, x, t, train=False):
        raise Wrong("time_shared", "the same output for sample 0", "another output when the t of samples 1 to 3 change")
    if not same(before[1:], after[1:], 1e-3):
        if same(before, image(module.forward(x, t.flip(1))), 1e-3):
            raise Wrong("time_summed", "another output for the numbers of t in another order", "the same output")
        _expect_a_shift_for_each_channel(module, x, t)
        return None
    first = torch.cat([3 * t[:1] + 1, t[1:]])
    if not same(before[1:], image(module.forward(x, first))[1:], 1e-3):
        raise Wrong("time_shared", "samples 1 to 3 to follow their own t", "they follow the t of sample 0")
    if one_group_a_channel(module, lambda: image(module.forward(x, t)), EMBED):
        return SHIFT_CANCELLED
    if module.forward(x, t, grad=(1,)).input_grads[1] is not None:
        raise Wrong("time_cancelled", "another output for another t", "the same output, though t is used")
    raise Wrong("time_ignored", "another output for another t", "the same output")


def _expect_a_shift_for_each_channel(module, x, t):
    # with the rest of the block silent, what is left is the shift; equal in all channels it is one number, not one a channel
    state = module.state()
    module.load_state(silenced(state, *kernels(state, 3), *kernels(state, 1), *biases(state)))
    low, high = (image(module.forward(0 * x, scale * t))[0].mean((1, 2)) for scale in (1.0, 4.0))
    module.load_state(state)
    change = high - low
    if float(change.abs().max()) > 1e-6 and float((change - change.mean()).abs().max()) < 1e-4 * float(change.abs().max()):
        raise Wrong("time_same_in_all_channels", "a shift of its own for each channel", "one shift for all")


@check.property(0.5, "has an activation: its output is not linear in what the norm passes", needs="reads")
def activation(bench):
    module = _block(bench)
    state = module.state()
    module.load_state(silenced(state, *biases(state)))
    x, t = _inputs(bench)
    plus, minus = (image(module.forward(sign * x, 0 * t)) for sign in (1, -1))
    for axes in ((1,), (2,), (3,), (2, 3), (1, 2, 3)):
        for sums in (output.sum(axes) for output in (plus, plus.clamp(max=50).exp())):  # softmax, log-softmax
            if float((sums - 1).abs().max()) < 1e-4:
                raise Wrong("softmax_activation", "each number bent alone", "numbers that sum to 1")
    if same(plus, -minus, 1e-3) and plus.any() and not _bends_oddly(module, x, t):
        raise Wrong("no_activation", "a non-linear block", "f(-x) = -f(x)")


def _bends_oddly(module, x, t) -> bool:
    """Whether the block bends though f(-x) = -f(x), as with tanh.

    With one number in all biases, what is not bent adds the same to f(x) + f(-x) for every x, inside the borders. Of what t makes
    the biases alone are left: its matrices would make another number for each channel.
    """
    state = module.state()
    quiet = silenced(state, *idle(module, lambda: image(module.forward(x, 0 * t))))
    module.load_state(quiet | {name: torch.full_like(state[name], 0.7) for name in biases(state)})
    even = torch.stack([image(module.forward(sign * x, 0 * t))[..., 2:-2, 2:-2] for sign in (1, -1)]).sum(0)
    module.load_state(state)
    return not same(even, even[:1, :, :1, :1].expand_as(even), 1e-2)


@check.property(0.25, "works for few channels too: out_c = 4 and 6", needs="independent")
def few_channels(bench):
    for out_c in (4, 6):
        x, t = _inputs(bench, in_c=3)
        try:
            image(bench.subject.build(3, out_c, EMBED).forward(x, t, train=True))
        except SubjectError as error:
            if error.type_name == "ZeroDivisionError" or "num_channels" in error.message or "num_groups" in error.message:
                raise Wrong("groups_too_many", f"a block with out_c = {out_c}", "an error from GroupNorm") from None
            raise


@check.property(
    0.5, "trains: its parameters are registered, the same from call to call, and a gradient reaches each", needs="reads"
)
def trained(bench):
    module = _block(bench, 16, 32)
    expect_trainable(module, *_inputs(bench, in_c=16), through=(0, 1), least=16 * 32)
