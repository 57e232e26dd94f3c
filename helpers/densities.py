"""Toy densities whose density, score and samples are exact, so that a figure can show what a method gets wrong.

All are mixtures of round Gaussians. Adding noise N(0, σ²I) to such a mixture only widens its components, so the noised
density and its score, which denoising score matching estimates, are exact too.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class GaussianMixture:
    """p(x) = Σ_k w_k N(x; m_k, s_k² I).

    Attributes:
        means: (K, d).
        stds: (K,), positive.
        weights: (K,), positive, of sum 1.

    Raises:
        ValueError: shapes that do not fit, or weights that are not a distribution.
    """

    means: Tensor
    stds: Tensor
    weights: Tensor

    def __post_init__(self):
        k = len(self.means)
        if self.means.ndim != 2 or self.stds.shape != (k,) or self.weights.shape != (k,):
            raise ValueError(
                "a mixture has means (K, d), stds (K,) and weights (K,); got "
                f"{tuple(self.means.shape)}, {tuple(self.stds.shape)} and {tuple(self.weights.shape)}"
            )
        if not ((self.stds > 0).all() and (self.weights > 0).all() and abs(self.weights.sum().item() - 1) <= 1e-5):
            raise ValueError("stds and weights must be positive and the weights of sum 1: divide them by their sum")

    @property
    def dim(self) -> int:
        return self.means.shape[1]

    def _log_terms(self, x: Tensor) -> Tensor:
        """ln w_k N(x; m_k, s_k² I), (B, K)."""
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"x must be (batch, {self.dim}); got {tuple(x.shape)}")
        m, s, w = (v.to(x) for v in (self.means, self.stds, self.weights))
        square = (x[:, None] - m).square().sum(-1) / s**2
        return w.log() - square / 2 - self.dim * (s.log() + 0.5 * math.log(2 * math.pi))

    def log_density(self, x: Tensor) -> Tensor:
        """ln p(x): x (B, d) → (B,)."""
        return self._log_terms(x).logsumexp(1)

    def energy(self, x: Tensor) -> Tensor:
        """-ln p(x), the energy with Z = 1: x (B, d) → (B,)."""
        return -self.log_density(x)

    def density(self, x: Tensor) -> Tensor:
        """p(x): x (B, d) → (B,)."""
        return self.log_density(x).exp()

    def score(self, x: Tensor) -> Tensor:
        """∇ ln p(x) = Σ_k P(k | x) (m_k - x)/s_k²: x (B, d) → (B, d)."""
        pull = (self.means.to(x) - x[:, None]) / self.stds.to(x)[:, None] ** 2
        return (self.shares(x)[..., None] * pull).sum(1)

    def shares(self, x: Tensor) -> Tensor:
        """P(k | x), which component made x: (B, d) → (B, K)."""
        return self._log_terms(x).softmax(1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """`n` exact samples (n, d)."""
        k = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.dim, generator=generator)
        return self.means[k] + self.stds[k, None] * noise

    def component(self, x: Tensor) -> Tensor:
        """The component that most likely made x: (B, d) → (B,), int64."""
        return self._log_terms(x).argmax(1)

    def noised(self, sigma: float) -> "GaussianMixture":
        """The density of x + σ z with z ~ N(0, I)."""
        return GaussianMixture(self.means, (self.stds**2 + sigma**2).sqrt(), self.weights)


def mixture(means, stds, weights=None) -> GaussianMixture:
    """A GaussianMixture from lists; equal weights unless given."""
    means = torch.as_tensor(means, dtype=torch.float32)
    stds = torch.as_tensor(stds, dtype=torch.float32).expand(len(means)).clone()
    weights = torch.ones(len(means)) if weights is None else torch.as_tensor(weights, dtype=torch.float32)
    return GaussianMixture(means, stds, weights / weights.sum())


def two_hills() -> GaussianMixture:
    """One dimension, two unlike modes: 0.3 N(-2, 0.5²) + 0.7 N(1.5, 0.9²)."""
    return mixture([[-2.0], [1.5]], [0.5, 0.9], [0.3, 0.7])


def two_blobs(share: float = 0.8, distance: float = 8.0) -> GaussianMixture:
    """Two round unit Gaussians `distance` apart, the upper right with weight `share` (arXiv:1907.05600, fig. 2 and 3)."""
    corner = distance / math.sqrt(8)
    return mixture([[corner, corner], [-corner, -corner]], 1.0, [share, 1 - share])


def moons(width: float = 0.12, points: int = 24) -> GaussianMixture:
    """Two interleaved half circles of radius 1, centred on the origin and `width` thick."""
    angle = torch.linspace(0, math.pi, points)
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
    return mixture(torch.cat([upper, -upper]), width)


def rings(radii: tuple[float, ...] = (1.0, 2.2), width: float = 0.15) -> GaussianMixture:
    """Concentric rings `width` thick, each with a weight in proportion to its length."""
    circles = []
    for radius in radii:
        n = math.ceil(2 * math.pi * radius / width)
        angle = torch.arange(n) * 2 * math.pi / n
        circles.append(radius * torch.stack([angle.cos(), angle.sin()], 1))
    return mixture(torch.cat(circles), width)


def eight_blobs(radius: float = 2.0, std: float = 0.25) -> GaussianMixture:
    """Eight Gaussians on a circle."""
    angle = torch.arange(8) * math.pi / 4
    return mixture(radius * torch.stack([angle.cos(), angle.sin()], 1), std)


def grid_1d(low: float, high: float, n: int = 1000) -> tuple[Tensor, float]:
    """Centres (n, 1) of `n` equal cells from `low` to `high`, and the length of a cell."""
    dx = (high - low) / n
    return (low + dx * (torch.arange(n) + 0.5))[:, None], dx


def grid_2d(extent: float, n: int = 100) -> tuple[Tensor, float]:
    """Centres (n·n, 2) of the cells of the square [-extent, extent]², rows from the bottom up, and the area of a cell."""
    side, dx = grid_1d(-extent, extent, n)
    y, x = torch.meshgrid(side[:, 0], side[:, 0], indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2), dx**2


def kl_from_samples(samples: Tensor, density: GaussianMixture, low: float, high: float, bins: int = 60) -> float:
    """KL(samples ‖ density) in nats between a histogram of samples (N,) and the exact probability of each bin.

    Samples outside [low, high] count in the outermost bins. A histogram of N exact samples is about (bins - 1)/(2N) away
    from zero by chance alone.

    Raises:
        ValueError: the density is not one-dimensional, or there are no samples.
    """
    if density.dim != 1:
        raise ValueError(f"kl_from_samples compares histograms in one dimension; the density has {density.dim}")
    if not samples.numel():
        raise ValueError("kl_from_samples makes a histogram of samples (N,); there are none")
    edges = torch.linspace(low, high, bins + 1, dtype=torch.float64)
    m, s = density.means[:, 0].double(), density.stds.double()
    cdf = (density.weights.double() * torch.special.ndtr((edges[:, None] - m) / s)).sum(1)
    cdf[0], cdf[-1] = 0.0, 1.0
    q = cdf.diff().clamp(min=1e-300)
    place = torch.bucketize(samples.flatten().double(), edges[1:-1])
    p = torch.bincount(place, minlength=bins).double() / samples.numel()
    return torch.where(p > 0, p * (p / q).log(), 0.0).sum().item()
