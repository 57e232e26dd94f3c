"""Energy-based models: a density known up to its normaliser, and how to fit one.

A network E_θ(x) gives every x an energy. Low energy means likely,

    p_θ(x) = exp(-E_θ(x)) / Z_θ,    Z_θ = ∫ exp(-E_θ(x)) dx,

and Z_θ is out of reach beyond a few dimensions. Two things do not need it: the score, ∇ log p_θ = -∇E_θ, because Z_θ
does not depend on x; and the gradient of the log-likelihood, a difference of two averages of ∇_θ E_θ, over data and
over samples of the model (arXiv:2101.03288, eq. 6). The samples come from Langevin dynamics, which needs only the score.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from helpers.arguments import check_batch_size
from helpers.assets import config_of, load_network
from helpers.fit import FitConfig, fit
from helpers.langevin import langevin
from helpers.profile import device_of


def boltzmann_density(energy: Tensor, dx: float) -> Tensor:
    """Density exp(-E)/Z on a grid, with Z = Σ exp(-E) dx summed over the grid (arXiv:2101.03288, eq. 1).

    Works in logarithms, so that energies in the thousands neither overflow nor underflow.

    Args:
        energy: (N,), or any shape, the energy at each grid point.
        dx: the length (area, volume) of one grid cell.

    Returns:
        The density, of the shape of `energy`; (density * dx).sum() is 1.

    Raises:
        ValueError: dx is not positive.
    """
    if not dx > 0:
        raise ValueError(f"dx is the size of a grid cell and must be positive; got {dx}: does the grid run backwards?")
    log_z = torch.logsumexp(-energy.flatten(), dim=0) + torch.as_tensor(dx, dtype=energy.dtype).log()
    return torch.exp(-energy - log_z)


def score_from_energy(energy_fn: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The score -∇ₓE(x) by automatic differentiation, one per sample (arXiv:2101.03288, eq. 8).

    Args:
        energy_fn: maps x (B, ...) to one energy a sample, (B,).
        x: (B, ...), left as it is.

    Returns:
        (B, ...), detached from the graph; no parameter's gradient is touched.

    Raises:
        ValueError: not one energy a sample.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        energy = energy_fn(x)
        if energy.numel() != len(x):
            raise ValueError(
                f"energy_fn must return one energy a sample, shape ({len(x)},); got {tuple(energy.shape)}: "
                "does it sum over the batch, or not sum over the dimensions?"
            )
        # Sample i's energy depends on x_i alone, so the gradient of the sum is each sample's own gradient.
        return -torch.autograd.grad(energy.sum(), x)[0]


def contrastive_divergence_loss(energy_real: Tensor, energy_fake: Tensor, alpha: float) -> Tensor:
    """Contrastive divergence with a penalty on the size of the energies (arXiv:1903.08689, §3.2).

    mean E(x⁺) - mean E(x⁻) + λ mean(E(x⁺)² + E(x⁻)²), a scalar.

    Args:
        energy_real: (B,), energies of data x⁺.
        energy_fake: (B,), energies of the model's samples x⁻, which are held fixed.
        alpha: weight λ ≥ 0 of the penalty.

    Raises:
        ValueError: the two differ in shape.
    """
    if energy_real.shape != energy_fake.shape:
        raise ValueError(f"expected as many real as fake energies; got {tuple(energy_real.shape)} and {tuple(energy_fake.shape)}")
    penalty = (energy_real.square() + energy_fake.square()).mean()
    return energy_real.mean() - energy_fake.mean() + alpha * penalty


def sample_energy(
    energy_fn: Callable[[Tensor], Tensor],
    x: Tensor,
    steps: int,
    step_size: float,
    temperature: float = 1.0,
    bounds: tuple[float, float] | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Langevin dynamics on exp(-E/T) from `x` (B, ...); returns the last x. Arguments as in `helpers.langevin.langevin`."""
    chain = langevin(lambda x: score_from_energy(energy_fn, x), x, steps, step_size, temperature, bounds, generator)
    for x in chain:  # noqa: B007
        pass
    return x


class ReplayBuffer:
    """Chains kept from one training step to the next, so that short runs add up to long ones (arXiv:1903.08689, §3.1).

    Args:
        shape: of one sample.
        size: number of chains.
        scale: a fresh chain starts uniformly in [-scale, scale].
        generator: source of all its randomness, on the CPU, where the chains are kept.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        size: int = 2048,
        scale: float = 1.0,
        generator: torch.Generator | None = None,
    ):
        self.scale, self.generator = scale, generator
        self.chains = self.fresh(size, *shape)

    def fresh(self, *shape: int) -> Tensor:
        """New chains, uniform noise."""
        return self.scale * (2 * torch.rand(*shape, generator=self.generator) - 1)

    def draw(self, n: int, restart: float = 0.05) -> tuple[Tensor, Tensor]:
        """`n` chains (n, ...), about a share `restart` of them started afresh, and their places (n,).

        Raises ValueError for more chains than there are.
        """
        if n > len(self.chains):
            raise ValueError(
                f"the buffer keeps {len(self.chains)} chains, and {n} are drawn: make it larger, or the batch smaller"
            )
        places = torch.randperm(len(self.chains), generator=self.generator)[:n]
        x = self.chains[places]
        again = torch.rand(n, generator=self.generator) < restart
        x[again] = self.fresh(int(again.sum()), *x.shape[1:])
        return x, places

    def put(self, x: Tensor, places: Tensor) -> None:
        """Keep the chains x (n, ...) at their places (n,)."""
        self.chains[places] = x.detach().to(self.chains)


class EnergyMLP(nn.Module):
    """The energy of points: x (B, dim) → E (B,). SiLU is smooth, so the score is continuous.

    `zoom` multiplies x first: a fresh network changes over distances of about 1, and toy densities have finer detail.
    """

    def __init__(self, dim: int = 2, width: int = 64, zoom: float = 2.0):
        super().__init__()
        self.zoom = zoom
        layers = [nn.Linear(dim, width), nn.SiLU()]
        for _ in range(2):
            layers += [nn.Linear(width, width), nn.SiLU()]
        self.net = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(self.zoom * x).squeeze(-1)


class EnergyConv(nn.Module):
    """The energy of images: x (B, 1, size, size) → E (B,), from four convolutions without normalisation.

    Batch statistics would tie the energies of a batch together. `scale` multiplies the output: sampling with a pixel
    noise of 0.01 needs energies that change by about 1 over 0.01, and a fresh network is far flatter than that.

    Raises:
        ValueError: size is not a multiple of 8.
    """

    def __init__(self, size: int = 16, width: int = 16, scale: float = 1.0):
        super().__init__()
        if size % 8:
            raise ValueError(f"the network halves the image three times: size must be a multiple of 8; got {size}")
        self.scale = scale
        layers = [nn.Conv2d(1, width, 3, padding=1), nn.SiLU()]
        for a, b in ((width, 2 * width), (2 * width, 4 * width), (4 * width, 4 * width)):
            layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.SiLU()]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * (size // 8) ** 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * self.net(x).squeeze(-1)


@dataclass(frozen=True)
class EnergyTraining:
    """How to train an energy-based model.

    Attributes:
        steps, batch_size, lr, seed: as ever; `lr_decay` lets lr fall to zero along a cosine.
        alpha: weight of the penalty on the energies.
        langevin_steps, step_size: the short run that makes the negatives; `bounds` clamps them.
        data_noise: standard deviation of the noise on the data; without it the density is infinitely thin.
        buffer, restart, start_scale: the replay buffer's size, its share of restarts, the spread of a fresh chain.
        clip: largest norm of the parameters' gradient.
        ema_decay: of the averaged network.
    """

    steps: int = 2000
    batch_size: int = 64
    lr: float = 1e-3
    lr_decay: bool = False
    alpha: float = 0.0
    langevin_steps: int = 20
    step_size: float = 0.01
    bounds: tuple[float, float] | None = None
    data_noise: float = 0.0
    buffer: int = 2048
    restart: float = 0.05
    start_scale: float = 1.0
    clip: float = float("inf")
    ema_decay: float = 0.99
    seed: int = 0

    def __post_init__(self):
        check_batch_size(self.batch_size)

    def fitting(self) -> FitConfig:
        """What of this concerns the training loop."""
        return FitConfig(
            steps=self.steps,
            lr=self.lr,
            lr_decay="cosine" if self.lr_decay else "constant",
            betas=(0.5, 0.999),
            clip_grad=self.clip,
            ema_decay=self.ema_decay,
            seed=self.seed,
        )


@dataclass
class EnergyResult:
    """The averaged network, the chains of the buffer, and at each step mean E(x⁺) and mean E(x⁻)."""

    model: nn.Module
    chains: Tensor
    real: list[float] = field(default_factory=list)
    fake: list[float] = field(default_factory=list)


def train_energy(
    model: nn.Module,
    data: Tensor,
    config: EnergyTraining = EnergyTraining(),
    loss_fn: Callable[[Tensor, Tensor, float], Tensor] = contrastive_divergence_loss,
    on_step: Callable[[int, EnergyResult], None] | None = None,
    progress: bool = True,
) -> EnergyResult:
    """Fit exp(-E)/Z to data by contrastive divergence with persistent chains (arXiv:2101.03288, §3; arXiv:1903.08689).

    Args:
        model: x (B, ...) → E (B,), trained in place, on the device where it is.
        data: (N, ...).
        config: how to train.
        loss_fn: called as loss_fn(energy_real, energy_fake, alpha).
        on_step: called after each step as on_step(step, the result so far).
        progress: show a bar with the time left.
    """
    chance = torch.Generator().manual_seed(config.seed)
    buffer = ReplayBuffer(tuple(data.shape[1:]), config.buffer, config.start_scale, chance)
    result = EnergyResult(model, buffer.chains)

    def loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        real = data[torch.randint(len(data), (config.batch_size,), generator=generator)]
        real = real + config.data_noise * torch.randn(real.shape, generator=generator)
        chains, places = buffer.draw(config.batch_size, config.restart)
        real, fake = (each.to(device_of(network)) for each in (real, chains))
        fake = sample_energy(network, fake, config.langevin_steps, config.step_size, bounds=config.bounds, generator=generator)
        buffer.put(fake, places)
        energy_real, energy_fake = network(real), network(fake)
        result.real.append(energy_real.mean().item())
        result.fake.append(energy_fake.mean().item())
        return loss_fn(energy_real, energy_fake, config.alpha)

    def report(step: int, loss: float, averaged: nn.Module) -> None:
        result.model = averaged
        if on_step is not None:
            on_step(step, result)

    result.model = fit(model, loss, config.fitting(), progress=progress, on_step=report).model
    return result


def load_ebm() -> tuple[EnergyConv, dict]:
    """The energy-based model of 16×16 digits that ships with the course, in eval mode, and its settings for sampling.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("ebm_digits", EnergyConv), config_of("ebm_digits")["sampling"]
