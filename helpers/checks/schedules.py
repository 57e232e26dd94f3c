"""What the checks of variance schedules share: T betas, the same at each call, that change with t."""

from __future__ import annotations

import torch

from .check import Wrong
from .compare import close, numbers, show
from .messages import Reply

COLUMN = {"column": "The values come with an extra axis: return shape (T,)."}


def some_schedule(bench, T: int) -> Reply:
    """The reply for T, once it is known to be the same at each call, and no constant."""
    replies = [bench.call(T, seed=seed) for seed in (0, 1)]
    expect_a_schedule(replies)
    return replies[0]


def wrong_shape(received: tuple[int, ...], T: int) -> str:
    """The mistake that another shape than (T,) shows: "T_plus_one_long", "one_short", "column", or "" for none of them."""
    return {(T + 1,): "T_plus_one_long", (T - 1,): "one_short", (T, 1): "column", (1, T): "column"}.get(received, "")


def expect_a_schedule(replies: list[Reply]) -> None:
    """Raise Wrong unless all replies hold the same finite numbers, which are not all equal: form alone earns nothing."""
    first, *others = (numbers(reply).flatten() for reply in replies)
    if not torch.isfinite(first).all() or not any(close(first, other, 1e-3) for other in others):
        raise Wrong("", "finite betas, the same at each call", show(first))
    if len(first) < 2 or bool((first == first[0]).all()):
        raise Wrong("", "betas that change with t", f"{show(first)}, all the same")
