"""A training sized to the machine: some steps are timed first, and the run is as long as your minutes allow."""

import copy
import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from helpers.checkpoint import read_state
from helpers.schedules import Schedule
from helpers.training import TrainConfig, train

WARM_UP, TIMED = 2, 6  # steps of the trial: the first ones also set up, and do not count
ENOUGH = 500  # steps of the in-class recipe after which most digits can be read


@dataclass(frozen=True)
class Budget:
    """How many steps of the `asked` ones fit into `minutes` when each takes `seconds` on this machine, now."""

    asked: int
    minutes: float
    seconds: float

    @property
    def steps(self) -> int:
        """The steps that fit, at least 1."""
        return max(1, min(self.asked, math.floor(60 * self.minutes / self.seconds)))

    def __str__(self) -> str:
        whole = f"{self.seconds:.2g} s a step here, now: {self.asked:,} steps take {_time(self.asked * self.seconds)}."
        if self.steps == self.asked:
            return whole
        few = "" if self.steps >= ENOUGH else " That is too few for clear digits: the shipped weights are better."
        return f"{whole} In your {self.minutes:g} minutes there is time for {self.steps:,} of them.{few}"


def fit_into(minutes: float, model: nn.Module, images: Tensor, schedule: Schedule, config: TrainConfig) -> TrainConfig:
    """`config` with as many steps as fit into `minutes`; says how long they take. A run already begun keeps its length.

    Steps are timed on a copy, so the model stays as it is.

    Args:
        minutes: how long the training may take.
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W).
        images: (N, C, H, W) in [-1, 1].
        schedule: how noise is added.
        config: how to train.

    Raises:
        ValueError: minutes not above 0, and what `train` raises.
    """
    if not minutes > 0:
        raise ValueError(f"minutes is how long the training may take, more than 0; got {minutes}")
    if config.checkpoint and Path(config.checkpoint).exists():
        planned = read_state(config.checkpoint).get("planned", config.total_steps(len(images)))
        return replace(config, steps=int(planned))
    trial = copy.deepcopy(model)
    for steps in (WARM_UP, TIMED):
        with torch.random.fork_rng():
            result = train(trial, images, schedule, replace(config, steps=steps, checkpoint=None), progress=False)
    budget = Budget(config.total_steps(len(images)), minutes, 1 / result.steps_per_second)
    print(budget)
    return replace(config, steps=budget.steps)


def _time(seconds: float) -> str:
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {max(1, round(seconds))} s"
