"""Which entries of an attention's matrices make its scores, found by the gradients that reach them."""

from __future__ import annotations

from typing import Protocol

import torch

Masks = dict[str, torch.Tensor]


class Attention(Protocol):
    """A layer that attends, as a function of tokens (M, N, channels) → float64 (M, N, channels)."""

    channels: int

    def attend(self, tokens: torch.Tensor) -> torch.Tensor: ...

    def state(self) -> dict[str, torch.Tensor]: ...

    def load_state(self, state: dict[str, torch.Tensor]) -> None: ...

    def gradients(self, tokens: torch.Tensor) -> dict[str, torch.Tensor | None]: ...


def score_makers(layer: Attention) -> Masks:
    """For each matrix, which entries make queries and keys: no gradient reaches them where all tokens are equal.

    There no score can matter, if the weights sum to 1; among different tokens each counts.
    """
    counting = only_among_others(layer)
    # a few rows may be silent for another reason, as behind a ReLU
    found = {n: mask for n, mask in counting.items() if mask.ndim > 1 and int(mask.sum()) >= layer.channels**2 / 16}
    entries = sum(mask.numel() for mask in counting.values() if mask.ndim > 1)
    return found if sum(int(mask.sum()) for mask in found.values()) <= 0.7 * entries else {}


def only_among_others(layer: Attention) -> Masks:
    """For each parameter, the entries that a gradient reaches among different tokens alone."""
    tokens = random_tokens(layer.channels)
    silent, heard = (_reached(layer.gradients(x)) for x in (one_colour(tokens), tokens))
    return {name: heard[name] & ~silent[name] for name in heard}


def random_tokens(channels: int) -> torch.Tensor:
    """Eight crowds of six tokens, (8, 6, channels): neighbouring channels hold 1 and -1, so that every norm leaves them alone."""
    bits = 1 - 2.0 * torch.randint(0, 2, (8, 6, channels // 2), generator=torch.Generator().manual_seed(0))
    return torch.stack([bits, -bits], dim=-1).flatten(2)


def one_colour(tokens):
    """Each of the tokens in a crowd of its own."""
    return tokens.flatten(0, 1)[:, None].expand(-1, 4, -1).contiguous()


def _reached(grads) -> Masks:
    """Where a gradient comes; in a row and a column that it reaches, one entry may be small by chance."""
    sizes = {name: grad.abs() for name, grad in grads.items() if grad is not None and grad.ndim > 0}
    largest = max((float(size.max()) for size in sizes.values() if size.ndim > 1), default=0.0)
    for name, size in sizes.items():
        if size.ndim > 1:
            rows, columns = size.flatten(1).amax(1, keepdim=True), size.flatten(1).amax(0, keepdim=True)
            sizes[name] = torch.minimum(rows, columns).view_as(size)
    return {name: size > 1e-6 * largest for name, size in sizes.items()}


def without_biases(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state with zeros for the vectors that matrices add."""
    return state | {name: torch.zeros_like(state[name]) for name in map(_bias_of, state) if name in state}


def scaled(state, makers: Masks, channels: int, spread: float, rest: float = 1.0) -> dict[str, torch.Tensor]:
    """The state with the scores' entries brought to a standard deviation of spread/√channels, all other matrices times rest."""
    changed = {}
    for name, value in state.items():
        mask = makers.get(name, torch.zeros_like(value, dtype=torch.bool))
        gain = spread / channels**0.5 / max(float(value[mask].std()), 1e-9) if mask.any() else 1.0
        changed[name] = torch.where(mask, value * gain, value * rest) if value.ndim > 1 else value
    return changed


def _bias_of(name: str) -> str:
    return name[: name.rfind("weight")] + "bias" if "weight" in name else ""
