"""How the course trains its flows of digits: the loss functions for `helpers.fit`, and the settings.

The settings are notebook 3's recipe, so that a flow and a DDPM of equal steps have had equal time.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from helpers.few_steps import consistency_loss, jump_loss, tightening
from helpers.fit import FitConfig
from helpers.flow import flow_matching_loss, logit_normal
from helpers.likelihood import dequantise, to_levels
from helpers.profile import best_precision, device_of

Loss = Callable[[nn.Module, int, torch.Generator], Tensor]
BATCH = 64


def settings(steps: int, **changes) -> FitConfig:
    """How a flow is trained for `steps`; any of FitConfig's settings may be changed."""
    usual = dict(
        lr=2e-3,
        lr_decay="tail",
        warmup=100,
        optimizer="muon",
        ema_decay=0.998,
        precision=best_precision(torch.device("cpu")),
    )
    return FitConfig(steps=steps, **{**usual, **changes})


def tuning_settings(steps: int, **changes) -> FitConfig:
    """The same for a network that is trained already: half the rate."""
    return settings(steps, **{"lr": 1e-3, "warmup": 50, **changes})


def matching(images: Tensor, loss: Callable[..., Tensor] = flow_matching_loss, batch: int = BATCH) -> Loss:
    """Flow matching on images (N, C, H, W) in [-1, 1], dequantised, at logit-normal times; `loss` as `flow_matching_loss`."""
    levels = to_levels(images)

    def step_loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows, place = torch.randint(0, len(levels), (batch,), generator=generator), device_of(network)
        data = dequantise(levels[rows], generator)
        noise = torch.randn(data.shape, generator=generator)
        return loss(network, data.to(place), noise.to(place), logit_normal(batch, generator).to(place))

    return step_loss


def reflow(noise: Tensor, data: Tensor, batch: int = BATCH) -> Loss:
    """Flow matching on pairs that belong together, (N, C, H, W) each, from `helpers.few_steps.draw_pairs`."""

    def step_loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows, place = torch.randint(0, len(data), (batch,), generator=generator), device_of(network)
        t = early_times(batch, generator).to(place)
        return flow_matching_loss(network, data[rows].to(place), noise[rows].to(place), t)

    return step_loss


def jumping(paths: Tensor, batch: int = BATCH, shares: Sequence[int] | None = None, own: bool = False) -> Loss:
    """Jumps along paths (jumps+1, N, C, H, W) from `helpers.few_steps.draw_paths`.

    Each jump has its whole number of `shares` of every batch; without them, all have as much. With `own`, a jump starts where the
    network's own jumps before it land, and is to end on the path: so it learns to mend what they missed (as DAgger does,
    arXiv:1011.0686), for a third more time.

    Raises:
        ValueError: there are not as many shares as jumps.
    """
    jumps = len(paths) - 1
    shares = shares or [1] * jumps
    if len(shares) != jumps:
        raise ValueError(f"paths of {jumps} jumps need as many shares; got {len(shares)}")
    order = torch.repeat_interleave(torch.arange(jumps), torch.tensor(shares))
    k = order[torch.arange(batch) % len(order)]

    def step_loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows, place = torch.randint(0, paths.shape[1], (batch,), generator=generator), device_of(network)
        start = own_places(network, paths[0, rows].to(place), k, jumps) if own else paths[k, rows].to(place)
        return jump_loss(network, start, paths[k + 1, rows].to(place), (k / jumps).to(place), 1 / jumps)

    return step_loss


@torch.no_grad()
def own_places(network: nn.Module, noise: Tensor, k: Tensor, jumps: int) -> Tensor:
    """Where k (B,) Euler steps of length 1/jumps take the noise (B, …); k is on the CPU."""
    x = noise.clone()
    for i in range(int(k.max())):
        on = (k > i).nonzero().flatten().to(x.device)
        x[on] = x[on] + network(x[on], x.new_full((len(on),), i / jumps)).float() / jumps
    return x


def tuning(images: Tensor, steps: int, batch: int = BATCH, halvings: int = 5) -> Loss:
    """Consistency tuning on images (N, C, H, W) in [-1, 1] for a run of `steps`, tighter and tighter."""

    def step_loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        data, place = images[torch.randint(0, len(images), (batch,), generator=generator)], device_of(network)
        noise = torch.randn(data.shape, generator=generator).to(place)
        share = tightening(step, steps, halvings)
        return consistency_loss(network, data.to(place), noise, early_times(batch, generator).to(place), share)

    return step_loss


def early_times(n: int, generator: torch.Generator | None = None) -> Tensor:
    """n times in [0, 1), a quarter of them 0, where sampling in one step starts; (n,)."""
    t = torch.rand(n, generator=generator)
    t[: n // 4] = 0
    return 0.999 * t
