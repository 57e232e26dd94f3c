"""A small digit classifier: its last hidden layer is the space in which samples are measured.

The Fréchet distance (arXiv:1706.08500) is usually taken in the features of a network trained on photographs.
Digits deserve a network that knows digits, and one that a laptop can run on thousands of samples in seconds.
"""

import torch
from torch import Tensor, nn


def check_digits(images: Tensor) -> None:
    """Raise ValueError unless images are of the one shape that the classifiers read, (N, 1, 32, 32)."""
    if images.ndim != 4 or images.shape[1:] != (1, 32, 32):
        raise ValueError(
            f"expected images of shape (N, 1, 32, 32), received {tuple(images.shape)}: resize to 32x32 and keep the channel axis"
        )


class DigitClassifier(nn.Module):
    """Four convolutions and two linear layers: images (N, 1, 32, 32) in [-1, 1] to logits (N, 10)."""

    def __init__(self, width: int = 16, n_features: int = 64, n_classes: int = 10, dropout: float = 0.3):
        super().__init__()
        channels = (1, width, 2 * width, 4 * width, 4 * width)
        layers: list[nn.Module] = []
        for level, (in_c, out_c) in enumerate(zip(channels, channels[1:])):
            stride = 1 if level == 0 else 2
            layers += [
                nn.Conv2d(in_c, out_c, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(out_c),
                nn.SiLU(),
            ]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * 4 * 4, n_features), nn.SiLU())
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_features, n_classes))

    def features(self, images: Tensor) -> Tensor:
        """The penultimate layer, (N, n_features). Raises ValueError for images of another shape."""
        check_digits(images)
        return self.body(images)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


@torch.no_grad()
def accuracy(classifier: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of `images` (N, 1, 32, 32) whose most likely class is their label (N,)."""
    return (classifier(images).argmax(dim=1) == labels).float().mean().item()
