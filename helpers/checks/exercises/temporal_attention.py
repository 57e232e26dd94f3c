"""Check of attention along time: every place of the picture is a sequence of frames (arXiv:2204.03458, §3)."""

from __future__ import annotations

from itertools import permutations

import torch

from ..check import Check, Wrong
from ..compare import expect, numbers
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_undisturbed
from ..losses import expect_gradients
from ..plain import SubjectError
from ..probes import Probe
from ..relations import of_axes

check = Check(
    "temporal_attention",
    home="helpers.video.temporal",
    mistakes={
        "no_permute": "A reshape alone does not bring the axes together: permute first, so that frames and channels come last.",
        "no_permute_back": "The way back does not undo the way there: reshape to (B, H, W, F, C), then permute to x's order.",
        "sides_exchanged": "Height and width are exchanged on the way back.",
        "residual": "x is added to what attend returns; here there is no residual (the block that calls this adds its own).",
        "not_a_sequence_of_frames": "attend is to be given (N, F, C): a sequence of F frames, each a vector of C channels.",
        "not_used": "x comes back as it was: attend has to be called.",
        "batch_mean": "Samples are averaged: each sample's places are sequences of their own.",
        "one_sample": "Every sample gets what comes of the first: each sample's places are sequences of their own.",
        "one_place": "Every place gets the same, what comes of their mean: each place is a sequence of its own.",
        "wrong_shape": "The shape of x has to come back: (B, C, F, H, W).",
        "no_gradient": "No gradient reaches attend or x: is there a detach or no_grad too many?",
        "half_gradient": "The output is right, its gradient is not: a part of it is detached on the way.",
        "mutates": "x is changed in place.",
        **GIVEN_MISTAKES,
    },
    hints=(
        "A place of the picture is followed through the film: how long is that sequence, how long is each of its vectors, "
        "and how many places are there?",
        "permute x to (B, H, W, F, C), then reshape to (B·H·W, F, C): now attend can mix along F.",
        "After attend, go the same way back: reshape to (B, H, W, F, C), and one permute brings the axes into the order of x.",
    ),
)

# B, C, F, H, W: all axes that could be confused differ; and one film alone
SIZES = ((2, 5, 4, 3, 2), (3, 2, 6, 2, 5), (1, 3, 2, 4, 5))


class _Mixer:
    """The probe's own formula: frames mixed by M, channels by K, in float64."""

    def __init__(self, bench, key: str, frames: int, channels: int):
        self.M = bench.randn(f"{key} M", frames, frames, dtype=torch.float64) / frames**0.5
        self.K = bench.randn(f"{key} K", channels, channels, dtype=torch.float64) / channels**0.5

    @property
    def probe(self) -> Probe:
        return Probe("frame_mixer", {"M": self.M, "K": self.K})

    def __call__(self, sequences: torch.Tensor) -> torch.Tensor:
        return torch.einsum("gf,nfc,cd->ngd", self.M, sequences, self.K)


def _right(mixer, x):
    return torch.einsum("gf,bcfhw,cd->bdghw", mixer.M, x.double(), mixer.K)


def _suspects(mixer, x):
    x = x.double()
    b, c, f, h, w = x.shape
    right, shape = _right(mixer, x), x.shape
    there = x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)
    wrong_there = (x.reshape(-1, f, c), x.permute(0, 2, 3, 4, 1).reshape(-1, f, c), x.permute(0, 2, 1, 3, 4).reshape(-1, f, c))
    found = {
        "no_permute_back": mixer(there).reshape(shape),
        "no_permute_back/half": mixer(there).reshape(b, h, w, c, f).permute(0, 3, 4, 1, 2),
        "no_permute_back/mixed": mixer(there).reshape(b, f, c, h, w).permute(0, 2, 1, 3, 4),
        "sides_exchanged": mixer(there).reshape(b, w, h, f, c).permute(0, 4, 3, 2, 1),
        "residual": right + x,
        "residual/mean": (right + x) / 2,
        "not_used": x,
        "batch_mean": right.mean(0, keepdim=True).expand(shape),
    }
    # frames and channels exchanged by a reshape, and the rest permuted as it should be
    misread = x.reshape(b, f, c, h, w)
    out = mixer(misread.permute(0, 3, 4, 1, 2).reshape(-1, f, c)).reshape(b, h, w, f, c)
    found["no_permute/frames first"] = out.permute(0, 4, 3, 1, 2)
    found["no_permute/frames first, undone"] = out.permute(0, 3, 4, 1, 2).reshape(shape)
    found["one_sample"] = right[:1].expand(shape)
    found["one_place"] = right.mean((3, 4), keepdim=True).expand(shape)
    for i, sequences in enumerate(wrong_there):
        out = mixer(sequences)
        found[f"no_permute/{i}"] = out.reshape(shape)
        found[f"no_permute/{i} undone"] = out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)
    found |= _other_orders(mixer, x)
    found["no_permute/frames outside"] = mixer(wrong_there[1]).reshape(b, f, h, w, c).permute(0, 4, 1, 2, 3)
    found["no_permute/channels inside"] = mixer(wrong_there[2]).reshape(b, f, c, h, w).permute(0, 2, 1, 3, 4)
    return right, found


def _other_orders(mixer, x):
    """What comes back where the axes of the sequences are taken, on the way back, for another order of samples and places."""
    sizes, found = dict(zip("bcfhw", x.shape)), {}
    for there in permutations("bhw"):
        axes = ["bcfhw".index(name) for name in (*there, "f", "c")]
        out = mixer(x.permute(axes).reshape(-1, sizes["f"], sizes["c"]))
        for back in permutations("bhw"):
            order = [*back, "f", "c"]
            name = "sides_exchanged" if there.index("b") == back.index("b") else "no_permute_back"
            if there != back:
                film = out.reshape([sizes[n] for n in order])
                found[f"{name}/{there} {back}"] = film.permute([order.index(n) for n in "bcfhw"])
    return found


def _given(bench, index):
    b, c, f, h, w = SIZES[index]
    return _Mixer(bench, str(index), f, c), bench.wide(f"x {index}", b, c, f, h, w)


def _asked(bench, mixer, x, **how):
    try:
        return bench.call(mixer.probe, x, **how)
    except SubjectError as error:
        if "attend wants sequences" in error.message:
            came = error.message.split("; got ")[-1]
            raise Wrong("not_a_sequence_of_frames", f"(N, {x.shape[2]}, {x.shape[1]})", came) from None
        raise


@check.property(2.0, "every place of every sample is a sequence of F frames, and all come back to where they were")
def values(bench):
    for index in range(len(SIZES)):
        mixer, x = _given(bench, index)
        received, wanted = numbers(_asked(bench, mixer, x)), tuple(x.shape)
        came = tuple(received.shape)
        if came != wanted:
            raise Wrong(of_axes(came, wanted) or "wrong_shape", f"shape {wanted}", f"shape {came}")
        right, suspects = _suspects(mixer, x)
        expect(received, right, suspects, rtol=1e-3, atol=1e-5)


@check.property(0.5, "gradients reach attend and x", needs="values")
def gradient(bench):
    mixer, x = _given(bench, 0)
    reply = _asked(bench, mixer, x, grad=(1,), param_grads=True)
    sources: dict[int | str, torch.Tensor] = {1: x.double(), "0.M": mixer.M, "0.K": mixer.K}
    for source in sources.values():
        source.requires_grad_()
    expect_gradients(reply, _right(mixer, sources[1]), sources, dict.fromkeys(sources, "no_gradient"), atol=1e-4)


@check.property(0.5, "leaves x as it was", needs="values")
def untouched(bench):
    mixer, x = _given(bench, 0)
    reply = _asked(bench, mixer, x)
    if not torch.equal(reply.inputs[1], x):
        raise Wrong("mutates", "x unchanged", "changed by the call")
    expect_undisturbed(reply)
