"""Check of bits a dimension of grey levels k from the log-density of y = (k + u)/128 - 1."""

from __future__ import annotations

import math

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers

check = Check(
    "bits_per_dim",
    home="helpers.likelihood",
    mistakes={
        "no_jacobian": "The scale of y is left out: a cell of k is 1/128 wide in y, which costs log2 128 = 7 bits a dimension.",
        "jacobian_sign": "The 7 bits of the scale have the wrong sign: a finer scale makes the density larger, the cell smaller.",
        "eight_bits": "y = k/128 - 1 is stretched by 128, not by 256 (or 255): 7 bits, not 8.",
        "half_range": "y runs over a range of 2: the cell is 1/128 wide, not 1/127.5.",
        "other_constant": "The likelihood's part is right, what is added to it is not: log2 128 = 7 bits a dimension.",
        "ln2_multiplies": "ln 2 multiplies here: divide by it, with brackets round dims * math.log(2).",
        "dims_multiplies": "dims multiplies here: divide by it, with brackets round dims * math.log(2).",
        "bits_twice": "7 is in bits already: only ln 128, in nats, is divided by ln 2.",
        "nats": "These are nats: divide by ln 2.",
        "nats_partly": "One of the two terms is still in nats: ln 128 is 7 only after division by ln 2.",
        "not_divided": "This is the sum over all dimensions: divide by dims.",
        "jacobian_once": "The 7 bits are there once for the whole picture: there are 7 for each dimension.",
        "sign": "The sign is turned: bits are minus the logarithm of a probability.",
        "log10": "This is the logarithm to base 10: use ln 2.",
        "not_finite": "What comes back is no finite number: log_likelihood is a logarithm already. Take no other of it, and "
        "no exp, which is 0 or infinite for a picture.",
        "clamped": "The bits are clamped: where the density is high enough they are below 0, and they may be more than 8.",
        "absolute": "Bits below 0 lose their sign: where the density is high enough they are negative.",
        "dims_fixed": "The number of dimensions is written in as 784: use the argument dims.",
        "averaged": "The samples are averaged: return one number a sample, (B,).",
        "mutates": "log_likelihood is changed in place.",
    },
    hints=(
        "How large is a cell of one grey level in y, and what is a density times the size of the cell?",
        "ln P(k) ≈ log_likelihood - dims · ln 128. Bits are minus the logarithm to base 2.",
        "Turn log_likelihood - dims · math.log(128) into bits by dividing by -ln 2, and share it out among dims.",
    ),
)

LN2 = math.log(2)


def _expected(ll, dims):
    ll = ll.double()
    right = -ll / (dims * LN2) + 7
    suspects = {
        "no_jacobian": right - 7,
        "jacobian_sign": right - 14,
        "eight_bits": right + 1,
        "eight_bits/255": right - 7 + math.log2(255),
        "half_range": right - 7 + math.log2(127.5),
        "nats": right * LN2,
        "nats/no_jacobian": (right - 7) * LN2,
        "nats_partly": -ll / dims + 7,
        "nats_partly/jacobian": -ll / (dims * LN2) + 7 * LN2,
        "not_divided": right * dims,
        "dims_multiplies": right * dims**2,
        "jacobian_once": -ll / (dims * LN2) + 7 / dims,
        "jacobian_once/undivided": -ll / LN2 + 7,
        "sign": -right,
        "sign/likelihood": ll / (dims * LN2) + 7,
        "log10": right * LN2 / math.log(10),
        "ln2_multiplies": right * LN2**2,
        "ln2_multiplies/likelihood": -ll * LN2 / dims + 7,
        "bits_twice": (-ll / dims + 7) / LN2,
        "clamped": right.clamp(min=0),
        "clamped/above": right.clamp(max=8),
        "clamped/both": right.clamp(0, 8),
        "absolute": right.abs(),
        "averaged": right.mean().expand(len(ll)),
        "dims_fixed": -ll / (784 * LN2) + 7,
        "dims_fixed/likelihood": -ll / (784 * LN2) + 7 * dims / 784,
    }
    return right, suspects


def _bits(bench, ll, dims):
    value = numbers(bench.call(ll, dims))
    if value.numel() == 1 and len(ll) > 1:
        raise Wrong("averaged", f"shape ({len(ll)},)", "one number")
    return numbers(bench.call(ll, dims), (len(ll),))


def _expect_bits(bench, ll, dims):
    received, (right, suspects) = _bits(bench, ll, dims), _expected(ll, dims)
    apart = received - right  # the same for all where only what is added to the likelihood's part is wrong
    constant = close(apart, apart.mean().expand(len(ll)), 1e-4, 1e-4)
    other = "other_constant" if constant else "" if received.isfinite().all() else "not_finite"
    expect(received, right, suspects, 1e-4, 1e-4, otherwise=lambda: other)


@check.property(1.5, "the log-density in bits, shared out among dims, and the scale of y: a uniform density has 8")
def values(bench):
    dims = bench.integer("dims", 5, 900)
    ll = dims * torch.cat([torch.tensor([-LN2]), 1.5 + bench.randn("ll", 3)])
    _expect_bits(bench, ll, dims)
    ll = 1024 * torch.tensor([2.0, -1.5, 5.5])  # as a picture's: exp of it is no number, and one has less than 0 bits
    for lls in (ll, ll[1:2]):  # one picture alone, too
        _expect_bits(bench, lls, 1024)


@check.property(0.5, "leaves log_likelihood as it was", needs="values")
def untouched(bench):
    ll = 10 * bench.randn("untouched", 3)
    if not torch.equal(bench.call(ll, 12).inputs[0], ll):
        raise Wrong("mutates", "log_likelihood unchanged", "changed by the call")
