"""The in-class recipe: from nothing to readable digits in minutes on two cores.

What each choice bought is measured by `benchmarks/ablation.py`; `helpers.weights.ddpm_digits` trains the weights that
ship, by the same recipe, only wider and longer.
"""

from typing import Any

import torch
from torch import Tensor, nn

from helpers import pretrained
from helpers.profile import best_precision
from helpers.sampling import final, sample
from helpers.schedules import Schedule
from helpers.training import TrainConfig
from helpers.unet import Unet

NETWORK: dict[str, Any] = {"widths": (32, 64, 128), "patch": 2}  # 0.6 M parameters, on a 16×16 grid of 2×2 patches
SCHEDULE, T = "cosine", 1000
STEPS_PER_MINUTE = 1050  # of 64 images on two cores: between 720 and 1,390 were measured, by processor
IN_CLASS: dict[str, Any] = {"prediction": "x0", "times": "logit-normal"}  # notebook 3's run; the weights that ship have neither
YOUNGER = 500  # steps after which a copy is kept, to guide the trained network


def config(steps: int, **changes) -> TrainConfig:
    """How the recipe trains for `steps`; any of TrainConfig's settings may be changed."""
    settings = dict(
        steps=steps,
        batch_size=64,
        lr=2e-3,
        lr_decay="tail",
        warmup=100,
        optimizer="muon",
        prediction="velocity",
        ema_decay=0.998,
        precision=best_precision(torch.device("cpu")),
    )
    return TrainConfig(**{**settings, **changes})


def network(seed: int = 0, **changes) -> Unet:
    """The recipe's network with random weights, in the memory format that convolutions like best."""
    torch.manual_seed(seed)
    return Unet(**{**NETWORK, **changes}).to(memory_format=torch.channels_last)


def schedule(name: str = SCHEDULE) -> Schedule:
    """The recipe's variance schedule, or the other one."""
    return Schedule(pretrained.SCHEDULES[name](T))


@torch.no_grad()
def draw(model: nn.Module, schedule: Schedule, n: int, seed: int = 0, batch_size: int = 250, **how) -> Tensor:
    """n samples (n, 1, 32, 32): 50 steps of DDIM with as much noise as DDPM's (η = 1), unless `how` says otherwise.

    The noise gives an undertrained network the chance to correct its own errors; a deterministic sampler keeps them.
    """
    how = {"method": "ddim", "eta": 1.0, "steps": 50, "prediction": "velocity", **how}
    generator = torch.Generator().manual_seed(seed)
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    return torch.cat([final(sample(model, schedule, (b, 1, 32, 32), generator=generator, **how)) for b in sizes])
