"""How the shipped digit classifier was trained: `python -m helpers.weights.digit_classifier` (two minutes on one core)."""

import json

import torch
import torch.nn.functional as F

from helpers import assets
from helpers.classifier import DigitClassifier, accuracy
from helpers.data import load_digits
from helpers.files import write_text

CONFIG = {"width": 16, "n_features": 64, "n_classes": 10, "dropout": 0.3}
CARD = """# digit_classifier

A convolutional network that reads 32×32 digits in [-1, 1]; `helpers.evaluate` measures samples in its last hidden
layer (64 features). Trained from scratch by `python -m helpers.weights.digit_classifier` on the first 9,000 of the 10,000
bundled digits, with small random rotations, scalings and shifts; the last 1,000 were held out.

- Parameters: {parameters:,}. Seed: {seed}. Epochs: {epochs}.
- Accuracy on the 1,000 held-out digits: {test_accuracy:.2%} (on the 9,000 it was trained on: {train_accuracy:.2%}).
- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
- Not for reading postcodes: it has only ever seen centred, isolated digits, and it is sure of itself on noise.
"""


def jitter(images, generator, degrees=12.0, zoom=0.1, shift=2.0):
    """Rotate, scale and shift each image (N, 1, H, W) a little; the new border is black (-1)."""
    n, size = len(images), images.shape[-1]
    angle, scale, *offset = (2 * torch.rand(4, n, generator=generator) - 1).unbind()
    angle = angle * degrees * torch.pi / 180
    scale = 1 + zoom * scale
    offset = torch.stack(offset, dim=1) * 2 * shift / size
    rotation = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(n, 2, 2)
    grid = F.affine_grid(
        torch.cat([rotation * scale.view(n, 1, 1), offset.view(n, 2, 1)], dim=2),
        images.shape,
        align_corners=False,
    )
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


def train_classifier(images, labels, epochs=25, batch_size=64, lr=3e-3, seed=0, log=print):
    """Train on images (N, 1, 32, 32) in [-1, 1] and labels (N,); returns the classifier in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    classifier = DigitClassifier(**CONFIG)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=lr, weight_decay=0.02)
    steps = epochs * (len(images) // batch_size)
    decay = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.15)
    for epoch in range(epochs):
        classifier.train()
        total = 0.0
        for index in torch.randperm(len(images), generator=generator).split(batch_size)[: steps // epochs]:
            loss = F.cross_entropy(classifier(jitter(images[index], generator)), labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            decay.step()
            total += loss.item()
        log(json.dumps({"epoch": epoch + 1, "loss": round(total * epochs / steps, 5)}))
    return classifier.eval()


def main(seed=0, epochs=25):
    """Train the classifier, measure it on the held-out digits, write the asset."""
    train_images, train_labels = load_digits("train")
    test_images, test_labels = load_digits("test")
    lines = []

    def log(line):
        print(line, flush=True)
        lines.append(line)

    classifier = train_classifier(train_images, train_labels, epochs=epochs, seed=seed, log=log)
    scores = {
        "test_accuracy": accuracy(classifier, test_images, test_labels),
        "train_accuracy": accuracy(classifier, train_images, train_labels),
    }
    log(json.dumps({name: round(value, 5) for name, value in scores.items()}))
    parameters = sum(p.numel() for p in classifier.parameters())
    card = CARD.format(parameters=parameters, seed=seed, epochs=epochs, **scores)
    assets.save_weights("digit_classifier", classifier.state_dict(), CONFIG, card)
    write_text(assets.path("digit_classifier") / "log.jsonl", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
