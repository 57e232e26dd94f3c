"""What makes a cascade work: noise on what the first stage hands over, and thresholds that follow the picture."""

import torch
from torch import Tensor

from helpers.arguments import check_shape


def augment_low_resolution(low: Tensor, level: Tensor, noise: Tensor) -> Tensor:
    """√(1-level²) low + level noise: the small picture, noised as the second stage saw it in training (arXiv:2106.15282, §3).

    The second stage is told the level. It learns to mistrust fine detail in the small picture, and so forgives the first
    stage its faults.

    Args:
        low: (B, C, H, W), the small pictures.
        level: (B,) in [0, 1), the noise's standard deviation; 0 leaves a picture as it is.
        noise: N(0, I), of the shape of low.

    Raises:
        ValueError: level is not (B,) in [0, 1), or the noise is of another shape.
    """
    if level.shape != low.shape[:1]:
        raise ValueError(f"level must hold one number a picture, shape ({len(low)},); got {tuple(level.shape)}")
    check_shape(noise, low, "noise")
    if level.numel() and not (0 <= float(level.min()) and float(level.max()) < 1):
        raise ValueError(f"level must lie in [0, 1); it spans [{float(level.min()):.3g}, {float(level.max()):.3g}]")
    level = level.reshape(-1, *[1] * (low.ndim - 1)).to(low)
    return (1 - level**2).sqrt() * low + level * noise


def dynamic_threshold(x0: Tensor, quantile: float) -> Tensor:
    """Clip each predicted x_0 at a quantile of its own absolute values, and rescale (arXiv:2205.11487, §2.3).

    s = max(1, quantile of |x_0|) for each sample, then clamp to [-s, s] and divide by s. Strong guidance drives x_0 far
    beyond [-1, 1]; clipping at 1 would press it all onto the border.

    Args:
        x0: (B, C, H, W), any range.
        quantile: the share of |x_0| that may lie inside, in [0, 1], such as 0.995.

    Returns:
        (B, C, H, W) in [-1, 1].

    Raises:
        ValueError: quantile is not in [0, 1].
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile is a share, in [0, 1]; got {quantile}")
    s = torch.quantile(x0.abs().flatten(1).float(), quantile, dim=1).clamp(min=1)  # there is none of half precision
    s = s.to(x0).reshape(-1, *[1] * (x0.ndim - 1))
    return x0.clamp(-s, s) / s
