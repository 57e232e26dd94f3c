"""A training sized to the machine: some steps are timed first, and the run is as long as your minutes allow."""

import copy
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from helpers.checkpoint import read_state
from helpers.fit import FitConfig, FitResult, LossFn, fit

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


Config = TypeVar("Config", bound=FitConfig)


def fit_into(minutes: float, model: nn.Module, loss_fn: LossFn, config: Config) -> Config:
    """`config` with as many steps as fit into `minutes`; says how long they take. A run already begun keeps its length.

    Steps are timed on a copy, so the model stays as it is.

    Args:
        minutes: how long the training may take.
        model: what is to be trained, where it is.
        loss_fn: what is to be minimised, as `helpers.fit.fit` calls it.
        config: how to train, with a number of steps.

    Raises:
        ValueError: minutes not above 0, no number of steps, and what `fit` raises.
    """
    if not minutes > 0:
        raise ValueError(f"minutes is how long the training may take, more than 0; got {minutes}")
    if config.steps is None:
        raise ValueError("steps is the number of steps that the whole run would take; got None")
    if config.checkpoint and Path(config.checkpoint).exists():
        return replace(config, steps=int(read_state(config.checkpoint).get("planned", config.steps)))
    trial, result = copy.deepcopy(model), FitResult(model)
    for steps in (WARM_UP, TIMED):
        with torch.random.fork_rng():
            result = fit(trial, loss_fn, replace(config, steps=steps, checkpoint=None), progress=False)
    budget = Budget(config.steps, minutes, 1 / result.steps_per_second)
    print(budget)
    return replace(config, steps=budget.steps)


def _time(seconds: float) -> str:
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {max(1, round(seconds))} s"
