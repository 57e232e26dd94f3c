"""The digits: 10,000 of them ship with the course, the other 50,000 are one download away.

The network sees what the paper's network saw: images scaled linearly to [-1, 1] (arXiv:2006.11239, §3.3).
Resizing is done once, on load; afterwards a batch is a row of indices into one tensor in memory.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BUNDLED = Path(__file__).parent / "assets" / "digits" / "mnist_10k.npz"
N_TRAIN = 9_000
SPLITS = ("train", "test", "all")


def load_digits(
    split: str = "train", size: int = 32, full: bool = False, root: str | Path | None = None
) -> tuple[Tensor, Tensor]:
    """Load handwritten digits as one tensor in memory.

    Args:
        split: "train", "test" or "all". Of the bundled 10,000 the first 9,000 are for training and the
            last 1,000 are held out; with `full=True` MNIST's own 60,000 and 10,000.
        size: height and width in pixels after one bilinear resize.
        full: download the whole of MNIST through torchvision instead of using the bundled digits.
        root: where the download is kept (default: `data/` in the working directory).

    Returns:
        images (N, 1, size, size), float32 in [-1, 1], and labels (N,), int64 in 0..9.

    Raises:
        ValueError: unknown split, size below 4, or a data file that is damaged.
        ConnectionError: `full=True` without a network.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    if size < 4:
        raise ValueError(f"size is the image's side in pixels, at least 4; got {size}")
    images, labels = _download(split, root) if full else _bundled(split)
    return to_signed_range(images, size), labels.long()


def to_signed_range(images: Tensor, size: int) -> Tensor:
    """Resize uint8 images (N, H, W) to (N, 1, size, size) and scale 0..255 to [-1, 1]."""
    images = images[:, None].float()
    if images.shape[-1] != size:
        images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
    return (images / 127.5 - 1).clamp_(-1, 1)


def check_range(images: Tensor) -> None:
    """Raise ValueError unless images (B, C, H, W) are there, and floats that look scaled to [-1, 1]."""
    if images.ndim != 4:
        raise ValueError(f"images must be (batch, channels, height, width); got shape {tuple(images.shape)}")
    if not images.is_floating_point():
        raise ValueError(f"images must be floats in [-1, 1]; got {images.dtype}. Scale them first: x / 127.5 - 1")
    if not images.numel():
        raise ValueError(f"there is no image; got shape {tuple(images.shape)}")
    low, high = images.min().item(), images.max().item()
    if not (low >= -1.001 and high <= 1.001):
        hint = "they look like 0..255: use x / 127.5 - 1" if high > 2 else "rescale them to [-1, 1]"
        if math.isnan(low):
            hint = "some pixels are not a number"
        raise ValueError(f"images must lie in [-1, 1]; these span [{low:.3g}, {high:.3g}]: {hint}")
    if low >= 0:
        raise ValueError(f"images must lie in [-1, 1]; these span [{low:.3g}, {high:.3g}]: use 2 * x - 1")


def batches(
    images: Tensor, batch_size: int, generator: torch.Generator | None = None, labels: Tensor | None = None
) -> Iterator[Tensor] | Iterator[tuple[Tensor, Tensor]]:
    """Yield one epoch of shuffled batches, dropping the incomplete last one.

    Args:
        images: (N, C, H, W).
        batch_size: images in a batch, at most N.
        generator: source of the shuffle, on the CPU.
        labels: (N,); given, each item is (images, labels).

    Raises:
        ValueError: batch_size is not in 1..N.
    """
    n = len(images)
    if not 1 <= batch_size <= n:
        raise ValueError(f"batch_size must be between 1 and the {n} images there are; got {batch_size}")
    order = torch.randperm(n, generator=generator)
    for start in range(0, n - batch_size + 1, batch_size):
        rows = order[start : start + batch_size].to(images.device)
        yield images[rows] if labels is None else (images[rows], labels[rows])


def _bundled(split: str) -> tuple[Tensor, Tensor]:
    try:
        with np.load(BUNDLED, allow_pickle=False) as archive:
            images, labels = torch.from_numpy(archive["images"]), torch.from_numpy(archive["labels"])
    except FileNotFoundError:
        raise ValueError(f"the bundled digits are missing: {BUNDLED}. Check out the repository again") from None
    except Exception as error:
        raise ValueError(
            f"the bundled digits cannot be read ({error}): {BUNDLED} is damaged. "
            "Restore it with `git checkout -- helpers/assets/digits`"
        ) from error
    rows = {"train": slice(0, N_TRAIN), "test": slice(N_TRAIN, None), "all": slice(None)}[split]
    return images[rows], labels[rows]


def _download(split: str, root: str | Path | None) -> tuple[Tensor, Tensor]:
    from torchvision.datasets import MNIST

    root = Path(root or "data")
    parts = []
    for train in {"train": (True,), "test": (False,), "all": (True, False)}[split]:
        try:
            parts.append(MNIST(root, train=train, download=True))
        except (OSError, RuntimeError) as error:
            raise ConnectionError(
                f"the full MNIST could not be downloaded to {root.resolve()} ({error}). "
                "Check the network, or use the bundled 10,000 digits: load_digits(full=False)"
            ) from error
    return torch.cat([p.data for p in parts]), torch.cat([p.targets for p in parts])
