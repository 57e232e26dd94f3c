"""The loss that ties pictures and sentences together (CLIP, arXiv:2103.00020, §2.3)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def cosines(images: Tensor, texts: Tensor) -> Tensor:
    """The cosine of each picture's features (N, D) with each text's (M, D): (N, M)."""
    return F.normalize(images, dim=1) @ F.normalize(texts, dim=1).T


def clip_loss(image_features: Tensor, text_features: Tensor, logit_scale: float | Tensor) -> Tensor:
    """Which text belongs to which picture, and which picture to which text: the mean of the two cross-entropies, a scalar.

    Args:
        image_features: (B, D), not normalised; row i belongs to row i of the texts.
        text_features: (B, D), not normalised.
        logit_scale: what the cosine similarities are multiplied with, a number or a 0-d tensor (gradient flows to it).

    Raises:
        ValueError: the two differ in shape.
    """
    if image_features.shape != text_features.shape or image_features.ndim != 2:
        raise ValueError(
            f"expected as many texts as pictures, both (B, D); got {tuple(image_features.shape)} and {tuple(text_features.shape)}"
        )
    logits = logit_scale * cosines(image_features, text_features)
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
