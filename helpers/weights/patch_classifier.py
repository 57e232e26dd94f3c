"""How the second digit classifier was trained: `python -m helpers.weights.patch_classifier` (some minutes on one core)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from helpers import assets
from helpers.classifier import accuracy
from helpers.data import load_digits
from helpers.fit import FitConfig, fit
from helpers.patch_classifier import PatchClassifier
from helpers.weights.digit_classifier import jitter

CONFIG: dict[str, Any] = {"patch": 4, "width": 64, "depth": 2, "heads": 4}
CARD = """# patch_classifier

A second reader of 32×32 digits in [-1, 1], of another design than digit_classifier: attention over 64 patches, no convolution
between them. Benchmarks measure samples in its features as well (the mean of its last tokens, 64 numbers), and nothing was ever
tuned with it. Trained from scratch by `python -m helpers.weights.patch_classifier` on the first 9,000 of the 10,000 bundled
digits, with small random rotations, scalings and shifts; the last 1,000 were held out.

- Parameters: {parameters:,}, in half precision. Seed: {seed}. Steps: {steps} of {batch_size}.
- Accuracy on the 1,000 held-out digits: {test_accuracy:.2%} (on the 9,000 it was trained on: {train_accuracy:.2%}).
"""


def main(seed: int = 7, steps: int = 4000, batch_size: int = 64) -> None:
    """Train the classifier, measure it on the held-out digits, write the asset."""
    images, labels = load_digits("train")
    torch.manual_seed(seed)
    network = PatchClassifier(**CONFIG)

    def loss(model: nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        rows = torch.randint(len(images), (batch_size,), generator=generator)
        return F.cross_entropy(model(jitter(images[rows], generator)), labels[rows])

    config = FitConfig(steps=steps, lr=2e-3, lr_decay="cosine", warmup=steps // 10, weight_decay=0.02, ema_decay=0.99, seed=seed)
    result = fit(network, loss, config, progress=True)
    trained = result.model.eval()
    scores = {"test_accuracy": accuracy(trained, *load_digits("test")), "train_accuracy": accuracy(trained, images, labels)}
    size = sum(p.numel() for p in trained.parameters())
    card = CARD.format(parameters=size, seed=seed, steps=steps, batch_size=batch_size, **scores)
    log = [*assets.loss_log(result.losses), {name: round(value, 5) for name, value in scores.items()}]
    assets.save_weights("patch_classifier", assets.halved(trained.state_dict()), {"network": CONFIG}, card, log)


if __name__ == "__main__":
    main()
