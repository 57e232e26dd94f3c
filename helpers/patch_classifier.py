"""A second reader of digits, of another design than the first: attention over patches in place of convolutions.

What was tuned in the features of one network may look better there than it is. This one was never tuned with, so a figure that
holds in its features as well is no accident of the first (arXiv:2306.04675 compares many such networks).
"""

import functools

import torch
from torch import Tensor, nn

from helpers.assets import load_network
from helpers.classifier import check_digits


class PatchClassifier(nn.Module):
    """Patches as tokens, two transformer blocks, their mean: images (N, 1, 32, 32) in [-1, 1] to logits (N, 10)."""

    def __init__(self, patch: int = 4, width: int = 64, depth: int = 2, heads: int = 4, n_classes: int = 10):
        super().__init__()
        self.tokens = nn.Conv2d(1, width, patch, patch)
        self.positions = nn.Parameter(0.02 * torch.randn(1, (32 // patch) ** 2, width))
        block = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, depth, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.head = nn.Linear(width, n_classes)

    def features(self, images: Tensor) -> Tensor:
        """The mean of the last tokens, (N, width). Raises ValueError for images of another shape."""
        check_digits(images)
        return self.blocks(self.tokens(images).flatten(2).mT + self.positions).mean(dim=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


@functools.cache
def load_second_classifier() -> PatchClassifier:
    """The shipped second classifier, frozen and in eval mode."""
    return load_network("patch_classifier", PatchClassifier)
