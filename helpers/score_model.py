"""Networks that are told the noise level, and the loop that fits them to the score by denoising score matching.

A score model s_θ(x, σ) approximates ∇ log p_σ(x), the score of the data with N(0, σ²I) added (arXiv:1907.05600).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from helpers.arguments import check_batch_size
from helpers.assets import config_of, load_network
from helpers.fit import FitConfig, FitResult, OnStep, fit
from helpers.langevin import dsm_errors, per_sample, sigma_levels
from helpers.profile import device_of
from helpers.unet import SinusoidalPositionEmbeddings, Unet


class ScoreModel(nn.Module):
    """s(x, σ) = -(x - μ)/(σ² + σ_d²) + σ_d/(σ √(σ² + σ_d²)) F(x̂, ln σ), with x̂ = (x - μ)/√(σ² + σ_d²).

    The first term is the exact score when the data is N(μ, σ_d²I), so the network F, whose input and target have about
    unit variance at every σ, has only the rest to learn (this is eq. 7 of arXiv:2206.00364, written for the score).

    Args:
        net: F, maps x̂ (B, ...) and c (B,) to (B, ...).
        data_mean: μ, of the data.
        data_std: σ_d, of the data around μ.
    """

    def __init__(self, net: nn.Module, data_mean: float = 0.0, data_std: float = 1.0):
        super().__init__()
        self.net, self.data_mean, self.data_std = net, data_mean, data_std

    def forward(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        sigma = per_sample(sigma, x)
        total = (sigma**2 + self.data_std**2).sqrt()
        centred = x - self.data_mean
        # The sinusoidal embedding is made for steps 0..1000; 100 ln σ spreads the levels over a like range.
        c = (100 * sigma.log()).flatten().expand(len(x))
        return self.data_std / (sigma * total) * self.net(centred / total, c) - centred / total**2

    def weight(self, sigma: Tensor) -> Tensor:
        """The factor on the DSM error that makes every σ count alike for F: 1 + σ²/σ_d²."""
        return 1 + (sigma / self.data_std) ** 2


class ConditionalMLP(nn.Module):
    """For points: x (B, dim), c (B,) → (B, dim)."""

    def __init__(self, dim: int = 2, width: int = 128, embed_dim: int = 32):
        super().__init__()
        self.embed = SinusoidalPositionEmbeddings(embed_dim)
        self.net = nn.Sequential(
            nn.Linear(dim + embed_dim, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, dim)
        )

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        return self.net(torch.cat([x, self.embed(c)], dim=1))


def digit_score_model(data_mean: float, data_std: float, **unet) -> ScoreModel:
    """The DDPM's own U-Net as a noise-conditional score network for 32×32 digits."""
    return ScoreModel(Unet(**unet), data_mean, data_std)


@dataclass(frozen=True)
class ScoreTraining:
    """How to train a score model.

    Attributes:
        steps, lr, optimizer, ema_decay, seed: as `helpers.fit.FitConfig` has them. The learning rate rises over the first 5 % of
            the steps and falls to zero along a cosine.
        batch_size: samples a step.
    """

    steps: int = 1000
    batch_size: int = 64
    lr: float = 2e-3
    optimizer: Literal["adam", "muon"] = "adam"
    ema_decay: float = 0.999
    seed: int = 0

    def __post_init__(self):
        check_batch_size(self.batch_size)

    def fitting(self) -> FitConfig:
        """What of this concerns the training loop."""
        return FitConfig(
            steps=self.steps,
            lr=self.lr,
            lr_decay="cosine",
            warmup=self.steps // 20,
            optimizer=self.optimizer,
            clip_grad=1.0,
            ema_decay=self.ema_decay,
            seed=self.seed,
        )


def train_score(
    model: ScoreModel,
    data: Tensor,
    sigmas: Tensor,
    config: ScoreTraining = ScoreTraining(),
    on_step: OnStep | None = None,
    progress: bool = True,
) -> FitResult:
    """Fit s(x, σ) at all levels at once, each sample at a level of its own (arXiv:1907.05600, eq. 6).

    Args:
        model: trained in place.
        data: (N, ...).
        sigmas: (L,), the levels.
        config: how to train.
        on_step: called after each step as on_step(step, loss, the averaged network).
        progress: show a bar with the loss and the time left.
    """

    def loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        x = data[torch.randint(len(data), (config.batch_size,), generator=generator)]
        sigma = sigmas[torch.randint(len(sigmas), (config.batch_size,), generator=generator)]
        noise = torch.randn(x.shape, generator=generator)
        x, sigma, noise = (each.to(device_of(network)) for each in (x, sigma, noise))
        errors = dsm_errors(network, x, sigma, noise) / x[0].numel()
        return (model.weight(sigma) * errors).mean()

    return fit(model, loss, config.fitting(), progress=progress, on_step=on_step)


def load_ncsn() -> tuple[ScoreModel, Tensor, dict]:
    """The score model of digits that ships with the course, in eval mode, its levels, and its settings for sampling.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    config = config_of("ncsn_digits")
    return load_network("ncsn_digits", digit_score_model), sigma_levels(**config["sigmas"]), config["sampling"]
