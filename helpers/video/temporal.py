"""Attention along time alone: the half of factorised space-time attention that mixes frames (arXiv:2204.03458, §3)."""

from collections.abc import Callable

from torch import Tensor


def temporal_attention(attend: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Let each place of the picture look along time: B·H·W sequences of F frames, put back as they were.

    Args:
        attend: (N, F, C) → (N, F, C), mixes along F only.
        x: (B, C, F, H, W).

    Returns:
        (B, C, F, H, W), with no residual of its own.

    Raises:
        ValueError: x is not (B, C, F, H, W).
    """
    if x.ndim != 5:
        raise ValueError(f"x must be (batch, channels, frames, height, width); got {tuple(x.shape)}")
    b, c, f, h, w = x.shape
    sequences = x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c)
    return attend(sequences).reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)
