"""How good are the samples? Distances in a digit classifier's features, legibility, balance, and copying.

A distance means little alone: it depends on the features, on the number of samples, and is never zero even for
real digits. So every figure here comes with its sample count, an interval, and the same figure for real digits.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from helpers.assets import load_network
from helpers.classifier import DigitClassifier
from helpers.data import load_digits

CONFIDENT = 0.95


class DigitReader(Protocol):
    """A network that reads digits, with a layer in which samples can be compared."""

    def features(self, images: Tensor) -> Tensor:
        """(N, 1, 32, 32) → (N, D)."""


@functools.cache
def load_classifier() -> DigitClassifier:
    """The shipped digit classifier (99 % on held-out digits), frozen and in eval mode."""
    return load_network("digit_classifier", DigitClassifier)


def quantise(images: Tensor) -> Tensor:
    """Clamp to [-1, 1] and round to the 256 grey levels that a saved picture has, in float32: fixed before any measurement.

    Raises ValueError where a pixel is not a number.
    """
    if spoilt := int(images.isnan().flatten(1).any(1).sum()):
        raise ValueError(
            f"{spoilt} of {len(images)} pictures have pixels that are not a number: has training or sampling diverged?"
        )
    return ((images.float().clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1


@torch.no_grad()
def features(images: Tensor, batch_size: int = 500, classifier: DigitReader | None = None) -> Tensor:
    """Last hidden layer of a classifier, by default the shipped one: images (N, 1, 32, 32) in [-1, 1] to (N, D) float64."""
    classifier = classifier or load_classifier()
    return torch.cat([classifier.features(quantise(part)) for part in images.cpu().split(batch_size)]).double()


@torch.no_grad()
def probabilities(images: Tensor, batch_size: int = 500) -> Tensor:
    """The classifier's p(digit | image): images (N, 1, 32, 32) in [-1, 1] to (N, 10)."""
    classifier = load_classifier()
    return torch.cat([classifier(quantise(part)).softmax(dim=1) for part in images.cpu().split(batch_size)])


def fid(a: Tensor, b: Tensor) -> float:
    """The Fréchet distance of two sets, ‖μ_a - μ_b‖² + tr(Σ_a + Σ_b - 2 (Σ_a Σ_b)^½); arXiv:1706.08500, eq. 6.

    Args:
        a, b: images (N, 1, 32, 32) in [-1, 1], or their features (N, D).

    Raises:
        ValueError: fewer samples than features, with which a covariance has no meaning.
    """
    a, b = _as_features(a), _as_features(b)
    for x in (a, b):
        if len(x) <= x.shape[1]:
            raise ValueError(
                f"a covariance of {x.shape[1]} features needs more than {x.shape[1]} samples; got {len(x)}. "
                "Use kid for a small set"
            )
    cov_a, cov_b = a.T.cov(), b.T.cov()
    # tr (Σ_a Σ_b)^½ through the symmetric Σ_a^½ Σ_b Σ_a^½, which has the same eigenvalues
    values, vectors = torch.linalg.eigh(cov_a)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


def kid(a: Tensor, b: Tensor) -> float:
    """The squared MMD of two sets with the kernel (x·y/D + 1)³, unbiased: zero on average for equal distributions.

    Args:
        a, b: images (N, 1, 32, 32) in [-1, 1], or their features (N, D). See arXiv:1801.01401.

    Raises:
        ValueError: fewer than two samples in a set.
    """
    a, b = _as_features(a), _as_features(b)
    if min(len(a), len(b)) < 2:
        raise ValueError(f"kid compares pairs within each set, which has two samples at least; got {len(a)} and {len(b)}")

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x: Tensor) -> Tensor:
        k = kernel(x, x)
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return (within(a) + within(b) - 2 * kernel(a, b).mean()).item()


@dataclass(frozen=True)
class Score:
    """A measured value, its 95 % interval, and how many samples it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}] (n = {self.n})"


def interval(
    metric: Callable[[Tensor, Tensor], float],
    a: Tensor,
    b: Tensor,
    repeats: int = 100,
    generator: torch.Generator | None = None,
) -> Score:
    """metric(a, b) with a 95 % interval from random halves of both sets.

    A half drawn without replacement scatters as much as a bootstrap resample does, but holds no image twice:
    duplicates would bias the distances. Only the scatter is used, since half a sample has a bias of its own.
    """
    a, b = _as_features(a), _as_features(b)

    def half(x: Tensor) -> Tensor:
        return x[torch.randperm(len(x), generator=generator)[: len(x) // 2]]

    spread = 1.96 * torch.tensor([metric(half(a), half(b)) for _ in range(repeats)]).std().item()
    value = metric(a, b)
    return Score(value, value - spread, value + spread, len(a))


def class_balance(images: Tensor) -> Tensor:
    """The share of each of the ten digits among images (N, 1, 32, 32), as the classifier reads them; (10,)."""
    return probabilities(images).argmax(dim=1).bincount(minlength=10) / len(images)


def scatter(features: Tensor, labels: Tensor) -> float:
    """How much drawings of one digit vary: the mean square distance of features (N, D) from the mean of their label (N,)."""
    digits = (features[labels == digit] for digit in labels.unique())
    return torch.cat([(of - of.mean(0)).square().sum(1) for of in digits]).mean().item()


def confident_share(images: Tensor, threshold: float = CONFIDENT) -> float:
    """How legible: the share of images (N, 1, 32, 32) in which the classifier is surer than `threshold` of a digit."""
    return (probabilities(images).amax(dim=1) > threshold).float().mean().item()


def nearest_neighbours(images: Tensor, reference: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
    """The k reference images closest to each image, by Euclidean distance between pixels: does the model copy?

    Args:
        images: (N, C, H, W).
        reference: (M, C, H, W), M ≥ k.
        k: how many of them.

    Returns:
        distances (N, k), nearest first, and the indices (N, k) into `reference`.
    """
    images, reference = (quantise(x.cpu()).flatten(1) for x in (images, reference))
    indices = torch.cdist(images, reference).topk(k, dim=1, largest=False).indices
    exact = (images[:, None] - reference[indices]).norm(dim=2)  # cdist multiplies matrices, and may miss 0 by 0.02
    distances, order = exact.sort(dim=1)
    return distances, indices.gather(1, order)


@dataclass(frozen=True)
class Report:
    """What `report` measured; `floor` and the other `real_` values are the same measurements on real digits."""

    n: int
    fid: Score
    floor: float
    kid: Score
    confident: float
    real_confident: float
    balance: tuple[float, ...]
    neighbour: float
    real_neighbour: float

    def __str__(self) -> str:
        rarest, commonest = min(self.balance), max(self.balance)
        return "\n".join(
            [
                f"{'':24}samples      real digits",
                f"{'FID':24}{self.fid.value:<13.1f}{self.floor:.1f}",
                f"{'  95 % interval':24}{self.fid.low:.1f} to {self.fid.high:.1f}",
                f"{'KID':24}{self.kid.value:<13.2g}0",
                f"{'legible':24}{self.confident:<13.2f}{self.real_confident:.2f}",
                f"{'rarest, commonest class':24}{f'{rarest:.2f}, {commonest:.2f}':<13}0.09, 0.11",
                f"{'nearest training digit':24}{self.neighbour:<13.2f}{self.real_neighbour:.2f}",
                f"({self.n} samples)",
            ]
        )


def real_splits(real: Tensor, n: int, splits: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Split real digits or their features (N, …) at random, `splits` times: (n of them, which set the floor; the rest)."""
    for _ in range(splits):
        order = torch.randperm(len(real), generator=generator)
        yield real[order[:n]], real[order[n:]]


def report(samples: Tensor, splits: int = 5, seed: int = 0) -> Report:
    """Measure samples (N, 1, 32, 32) against the bundled digits, and as many real digits in the same way.

    The 10,000 real digits are split at random into N and the rest; samples and the N real ones are compared with
    the same rest, so the FID of the real ones is the floor for this N. Averaged over `splits`.

    Raises:
        ValueError: N is not between 130 (two covariances' worth) and 5,000 (half of the real digits).
    """
    n = len(samples)
    real, _ = load_digits("all")
    if not 130 <= n <= len(real) // 2:
        raise ValueError(f"report needs 130 to {len(real) // 2} samples; got {n}")
    generator = torch.Generator().manual_seed(seed)
    f_real, f_samples = features(real), features(samples)
    fids, floors = [], []
    for few, rest in real_splits(f_real, n, splits, generator):
        fids.append(interval(fid, f_samples, rest, 20, generator))
        floors.append(fid(few, rest))
    train, _ = load_digits("train")
    test, _ = load_digits("test")
    return Report(
        n=n,
        fid=_average(fids),
        floor=sum(floors) / splits,
        kid=interval(kid, f_samples[:2000], f_real[:2000], 20, generator),
        confident=confident_share(samples),
        real_confident=confident_share(test),
        balance=tuple(class_balance(samples).tolist()),
        neighbour=nearest_neighbours(samples[:1000], train)[0].median().item(),
        real_neighbour=nearest_neighbours(test, train)[0].median().item(),
    )


def _average(scores: list[Score]) -> Score:
    value, low, high = (sum(getattr(s, name) for s in scores) / len(scores) for name in ("value", "low", "high"))
    return Score(value, low, high, scores[0].n)


def _as_features(x: Tensor) -> Tensor:
    return features(x) if x.ndim == 4 else x.double()
