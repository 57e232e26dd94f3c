"""What an attention multiplies its scores by, read off what it hands out: 1/√d in arXiv:1706.03762, eq. 1.

Where every row of the matrices for queries and keys is one vector w, each head's score of tokens a and b is c·d·(w·a)(w·b): d is
how many rows a head has, c the factor. In a crowd of as many tokens u as -u, with w·u = κ, a softmax then hands u the value of u
tanh(c·d·κ²) times. So c·d can be read off, and is √d where c is 1/√d.

SAGAN (arXiv:1805.08318) has no factor, and needs none: with queries and keys of few numbers the scores stay small. Such narrow
ones are left alone.
"""

from __future__ import annotations

import math

import torch

from .score_makers import Attention, Masks, without_biases

UNSCALED, TWICE, BY_ALL = "unscaled", "scaled_twice", "scaled_by_all"
MISTAKES = {
    UNSCALED: "The scores are not divided by √d, d being the channels of one head: softmax(q·k/√d), or scores grow with d.",
    TWICE: "The scores are divided by d, or by √d twice (F.scaled_dot_product_attention divides by itself): it is √d, once.",
    BY_ALL: "The scores are divided by the root of all channels: d is the number of those in one head, channels / heads.",
}
SQUARES = ((0.01, 0.03), (0.001, 0.003))  # of κ; the smaller pair for scores that the larger would drown


def misscaled(layer: Attention, makers: Masks, heads: tuple[int, ...]) -> str:
    """Which of MISTAKES the scores show, or "" where c is 1/√d, or can't be told.

    makers: what `score_makers` found. heads: how many the layer may have.
    """
    state = layer.state()
    try:
        for along in (1, 0):  # a matrix's rows, or its columns
            rows = sum(int(mask.flatten(1).any(along).sum()) for mask in makers.values())
            product = _product(layer, without_biases(state), makers, along) if rows >= layer.channels else None
            if product:
                return _named(product, rows, heads)
        return ""
    finally:
        layer.load_state(state)


def _product(layer: Attention, plain: dict, makers: Masks, along: int) -> float | None:
    """c·d, or None where what is handed out does not follow the tanh, or channels do not lie along that axis."""
    if any(mask.shape[along] != layer.channels for mask in makers.values()):
        return None
    pairs = 1 - 2.0 * (torch.arange(layer.channels // 2) % 3 == 1)
    u = torch.stack([pairs, -pairs], dim=1).flatten()  # neighbours cancel, so that a norm leaves the token as it is
    crowd = torch.stack([u, -u] * 4)[None]

    def given(kappa: float) -> torch.Tensor:
        changed = {}
        for name, mask in makers.items():
            w = (kappa / layer.channels * u).reshape([-1 if axis == along else 1 for axis in range(mask.ndim)])
            changed[name] = torch.where(mask, w.to(plain[name]), plain[name])
        layer.load_state(plain | changed)
        return layer.attend(crowd)[0, 0]

    nothing, everything = given(1e-4), given(10.0)  # not 0: a matrix may be divided by its length
    full = everything - nothing
    if float(full.norm()) <= 1e-4 * float(nothing.norm()):
        return None
    for squares in SQUARES:
        shares = [float((given(square**0.5) - nothing) @ full / (full @ full)) for square in squares]
        if all(0 < share < 0.999 for share in shares):
            small, large = (math.atanh(share) / square for share, square in zip(shares, squares))
            return large if abs(small / large - 1) < 0.05 else None
    return None


def _named(product: float, rows: int, heads: tuple[int, ...]) -> str:
    """Which mistake c·d shows, given the rows of all queries and keys; one matrix may make both."""

    def is_one_of(*values: float) -> bool:
        return any(abs(product / value - 1) < 0.04 for value in values)

    sizes = [width / number for width in (rows, rows / 2) for number in heads]
    if is_one_of(*(d**0.5 for d in sizes)):
        return ""
    if is_one_of(*sizes, *(d**1.5 for d in sizes)):  # left out, or multiplied by
        return UNSCALED
    if is_one_of(1.0):
        return TWICE
    return BY_ALL if is_one_of(*((rows / 2) ** 0.5 / number for number in heads)) else ""
