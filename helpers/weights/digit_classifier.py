"""How the shipped digit classifier was trained: `python -m helpers.weights.digit_classifier` (two minutes on one core)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers import assets
from helpers.classifier import DigitClassifier, accuracy
from helpers.data import load_digits
from helpers.fit import FitConfig, FitResult, fit

CONFIG: dict[str, Any] = {"width": 16, "n_features": 64, "n_classes": 10, "dropout": 0.3}
CARD = """# digit_classifier

A convolutional network that reads 32×32 digits in [-1, 1]; `helpers.evaluate` measures samples in its last hidden
layer (64 features). Trained from scratch by `python -m helpers.weights.digit_classifier` on the first 9,000 of the 10,000
bundled digits, with small random rotations, scalings and shifts; the last 1,000 were held out.

- Parameters: {parameters:,}. Seed: {seed}. Epochs: {epochs}.
- Accuracy on the 1,000 held-out digits: {test_accuracy:.2%} (on the 9,000 it was trained on: {train_accuracy:.2%}).
- Not for reading postcodes: it has only ever seen centred, isolated digits, and it is sure of itself on noise.
"""


def jitter(images: Tensor, generator: torch.Generator, degrees: float = 12.0, zoom: float = 0.1, shift: float = 2.0) -> Tensor:
    """Rotate, scale and shift each image (N, 1, H, W) a little; the new border is black (-1)."""
    n, size = len(images), images.shape[-1]
    angle, scale, right, down = (2 * torch.rand(4, n, generator=generator) - 1).unbind()
    angle = angle * degrees * torch.pi / 180
    scale = 1 + zoom * scale
    offset = torch.stack([right, down], dim=1) * 2 * shift / size
    rotation = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(n, 2, 2)
    grid = F.affine_grid(
        torch.cat([rotation * scale.view(n, 1, 1), offset.view(n, 2, 1)], dim=2),
        list(images.shape),
        align_corners=False,
    )
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


def train_classifier(
    images: Tensor, labels: Tensor, epochs: int = 25, batch_size: int = 64, lr: float = 3e-3, seed: int = 0
) -> FitResult:
    """Train on images (N, 1, 32, 32) in [-1, 1] and labels (N,); the result's model is the average of the weights."""
    torch.manual_seed(seed)
    steps = epochs * (len(images) // batch_size)

    def loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(images), (batch_size,), generator=generator)
        return F.cross_entropy(network(jitter(images[rows], generator)), labels[rows])

    config = FitConfig(steps=steps, lr=lr, lr_decay="cosine", warmup=steps // 7, weight_decay=0.02, ema_decay=0.99, seed=seed)
    return fit(DigitClassifier(**CONFIG), loss, config)


def main(seed: int = 0, epochs: int = 25) -> None:
    """Train the classifier, measure it on the held-out digits, write the asset."""
    train_images, train_labels = load_digits("train")
    test_images, test_labels = load_digits("test")
    result = train_classifier(train_images, train_labels, epochs=epochs, seed=seed)
    classifier = result.model
    scores = {
        "test_accuracy": accuracy(classifier, test_images, test_labels),
        "train_accuracy": accuracy(classifier, train_images, train_labels),
    }
    parameters = sum(p.numel() for p in classifier.parameters())
    card = CARD.format(parameters=parameters, seed=seed, epochs=epochs, **scores)
    log = [*assets.loss_log(result.losses), {name: round(value, 5) for name, value in scores.items()}]
    assets.save_weights("digit_classifier", classifier.state_dict(), {"network": CONFIG}, card, log)


if __name__ == "__main__":
    main()
