"""What came is what is right but for one change all over, whatever the exercise: cut off, scaled, an axis gone."""

from __future__ import annotations

import torch

CLAMPED = "clamped"
MISTAKES = {
    CLAMPED: "These are the right numbers, but cut off at a limit: leave that clamp out, they have none there.",
    "axis_lost": "An axis of length 1 is gone, as .squeeze() takes away those of a batch of one or a picture in grey: "
    "leave it out, or say which axis.",
    "axis_added": "There is an axis of length 1 too many, as keepdim=True or unsqueeze leaves one: take that axis out.",
}
ENOUGH = 6  # numbers: fewer are in some relation or other by chance


def is_clamped(received: torch.Tensor, right: torch.Tensor, rtol: float = 1e-4, atol: float = 1e-6) -> bool:
    """Whether several of the right numbers lie beyond a limit that the received ones keep to, and the others are as they were."""
    if not _comparable(received, right):
        return False
    low, high = float(received.min()), float(received.max())
    beyond = (right < low - atol - rtol * abs(low)) | (right > high + atol + rtol * abs(high))
    return low < high and int(beyond.sum()) >= 2 and torch.allclose(received, right.clamp(low, high), rtol, atol)


def times(received: torch.Tensor, right: torch.Tensor, rtol: float = 1e-4, atol: float = 1e-6) -> str:
    """How many times too large all numbers are, in a few words, or "" where they are not in proportion."""
    if not _comparable(received, right) or float(right.max() - right.min()) <= atol:
        return ""
    factor = float((received * right).sum() / (right * right).sum())
    if abs(factor) < 1e-3 or abs(factor - 1) < 1e-3 or not torch.allclose(received, factor * right, rtol, atol):
        return ""
    return f"all of them {factor:.4g} times what they should be"


def of_axes(received: tuple[int, ...], right: tuple[int, ...]) -> str:
    """The mistake, where two different shapes are the same but for axes of length 1, or ""."""
    if [n for n in received if n != 1] != [n for n in right if n != 1] or len(received) == len(right):
        return ""
    return "axis_lost" if len(received) < len(right) else "axis_added"


def is_rescaled(received: torch.Tensor, right: torch.Tensor) -> bool:
    """Whether each of the first axis's entries is right but for a positive factor, and these factors are not all one."""
    if not _comparable(received, right):
        return False
    came, wanted = received.flatten(1), right.flatten(1)
    factors = (came * wanted).sum(1, keepdim=True) / (wanted * wanted).sum(1, keepdim=True)
    off = (came - factors * wanted).norm(dim=1) / came.norm(dim=1).clamp(min=1e-12)
    return bool((factors > 0).all()) and float(off.max()) < 1e-4 and float(factors.max() / factors.min()) > 1.01


def _comparable(received: torch.Tensor, right: torch.Tensor) -> bool:
    same_form = received.shape == right.shape and received.numel() >= ENOUGH
    return same_form and bool(received.isfinite().all()) and bool(right.isfinite().all())
