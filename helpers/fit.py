"""The training loop of the whole course: minimise a loss, average the weights, save, resume, stop when asked.

    result = fit(model, lambda network, step, generator: …, FitConfig(steps=1000))

What is minimised is the caller's: the DDPM's L_simple (`helpers.training`), score matching, contrastive divergence, a
classifier's cross-entropy and the losses of the second day all go through here.
"""

import json
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from helpers.arguments import is_count
from helpers.checkpoint import State, load_into, read_state, write_state
from helpers.ema import EMA
from helpers.muon import Muon
from helpers.profile import PRECISIONS, Precision, autocast, device_of

Decay = Literal["constant", "cosine", "tail"]
LossFn = Callable[[Any, int, torch.Generator], Tensor]
OnStep = Callable[[int, float, Any], None]

DECAYS: dict[str, Callable[[float], float]] = {  # the share of the learning rate that is left at a fraction f of the run
    "constant": lambda f: 1.0,
    "cosine": lambda f: 0.5 * (1 + math.cos(math.pi * f)),
    "tail": lambda f: min(1.0, (1 - f) / 0.3),
}
MAY_CHANGE = {"checkpoint", "checkpoint_every", "precision", "compile"}  # between two halves of one run
LENGTH = {"steps", "epochs"}


@dataclass(frozen=True)
class FitConfig:
    """How to train.

    Attributes:
        steps: optimiser steps.
        lr: the learning rate; 2e-4 (arXiv:2006.11239, appendix B).
        lr_decay: "constant", "cosine" down to zero at the last step, or "tail": constant, then straight down to zero
            over the last 30 % (so a run that is still in its constant part may be resumed with other `steps`).
        warmup: steps over which the rate rises linearly to `lr`.
        weight_decay: decoupled weight decay.
        optimizer: "adam" (AdamW), or "muon" (`helpers.muon`), which needs about half the steps.
        betas: of Adam's two averages.
        clip_grad: largest norm of the gradient over all parameters; None for no limit.
        ema_decay: 0.9999 in the paper; short runs need less, such as 0.995.
        precision: "fp32", "bf16" or "fp16" inside the loss.
        compile: fuse the network's operations with torch.compile. It pays in long runs on a GPU; on a CPU, compiling takes
            two minutes and gains a fifth.
        seed: of all that the loss draws from its generator.
        checkpoint: file to save to and to resume from; None saves nothing.
        checkpoint_every: steps between two saves; it is also saved at the end and on an interrupt.

    Raises:
        ValueError: a word or number that names no way to train.
    """

    steps: int | None = 1000
    lr: float = 2e-4
    lr_decay: Decay = "constant"
    warmup: int = 0
    weight_decay: float = 0.0
    optimizer: Literal["adam", "muon"] = "adam"
    betas: tuple[float, float] = (0.9, 0.999)
    clip_grad: float | None = None
    ema_decay: float = 0.9999
    precision: Precision = "fp32"
    compile: bool = False
    seed: int = 0
    checkpoint: str | Path | None = None
    checkpoint_every: int = 500

    def __post_init__(self):
        for name, words in (("precision", PRECISIONS), ("lr_decay", DECAYS), ("optimizer", ("adam", "muon"))):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} must be one of {', '.join(words)}; got {getattr(self, name)!r}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay is a number in [0, 1), such as 0.995; got {self.ema_decay}")
        if self.steps is not None and not is_count(self.steps, 0):
            raise ValueError(f"steps is a number of optimiser steps, 0 or more; got {self.steps}")
        if not self.lr > 0:
            raise ValueError(f"lr is the learning rate, a number above 0; got {self.lr}")
        if not is_count(self.warmup, 0):
            raise ValueError(f"warmup is a number of optimiser steps, 0 or more; got {self.warmup}")
        if self.clip_grad is not None and not self.clip_grad > 0:
            raise ValueError(
                f"clip_grad is the largest norm of the gradient, above 0, or None for no limit; got {self.clip_grad}"
            )
        if not is_count(self.checkpoint_every):
            raise ValueError(f"checkpoint_every is a number of steps, 1 or more; got {self.checkpoint_every}")

    def learning_rate(self, step: int, total: int) -> float:
        """The rate at `step` (from 0) of a run of `total` steps."""
        rise = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        return self.lr * rise * DECAYS[self.lr_decay](step / total)

    def fixed(self) -> dict[str, Any]:
        """The settings that two halves of one run must share; its length only where the learning rate depends on it."""
        free = MAY_CHANGE if self.lr_decay == "cosine" else MAY_CHANGE | LENGTH
        return json.loads(json.dumps({key: value for key, value in asdict(self).items() if key not in free}))


class Stopped(KeyboardInterrupt):
    """Training was stopped by hand: a notebook shows this one line in place of a traceback, and Run All halts."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass
class FitResult:
    """A training run: the averaged network (in eval mode), the loss at every step, and how fast this call went.

    `trained` names the parameters that were trained: the average itself trains nothing, so it can't tell.
    """

    model: Any
    losses: list[float] = field(default_factory=list)
    steps_per_second: float = float("nan")
    images_per_second: float = float("nan")
    trained: frozenset[str] = frozenset()

    def learnt(self) -> dict[str, Tensor]:
        """The average's weights that were trained, by name: all that has to be kept where the rest was frozen."""
        return {name: value.detach() for name, value in self.model.named_parameters() if name in self.trained}


def fit(
    model: nn.Module,
    loss_fn: LossFn,
    config: FitConfig = FitConfig(),
    *,
    accelerator: Any = None,
    progress: bool = True,
    on_step: OnStep | None = None,
) -> FitResult:
    """Minimise a loss, resuming from `config.checkpoint` when that file is there.

    Args:
        model: trained in place, on the device where it is.
        loss_fn: called as loss_fn(network, step, generator) → a scalar; `network` is the model, perhaps compiled or
            spread over processes, `step` counts from 0, and all chance should come from the CPU `generator`, whose state
            the checkpoint holds: then a run that was stopped and resumed equals one that was not, to the bit.
        config: how to train.
        accelerator: an `accelerate.Accelerator` when launched in several processes.
        progress: show a bar with the loss and the time left.
        on_step: called as on_step(steps done, loss, averaged model) after every step.

    Returns:
        FitResult, whose `model` is the average of the weights.

    Raises:
        ValueError: no `steps`, or a checkpoint of another network or run.
        FloatingPointError: the loss is no longer a number.
        Stopped: a KeyboardInterrupt, after saving, when there is a checkpoint file.
    """
    run = _Run(model, config, accelerator)
    bar = tqdm(total=run.total, initial=run.step, disable=not (progress and run.is_main), desc="training", unit="step")
    resumed_at, started = run.step, time.perf_counter()
    try:
        while run.step < run.total:
            loss = run.advance(loss_fn)
            bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            bar.update()
            if on_step is not None:
                on_step(run.step, loss, run.ema.model)
            if run.step % config.checkpoint_every == 0:
                run.save()
        run.save()
    except KeyboardInterrupt:
        kept = f"saved in {config.checkpoint}. Run this again to go on from there" if run.save() else "nothing was saved"
        raise Stopped(f"Stopped at step {run.step} of {run.total}; {kept}.") from None
    finally:
        bar.close()
    speed = (run.step - resumed_at) / (time.perf_counter() - started)
    trained = frozenset(name for name, parameter in model.named_parameters() if parameter.requires_grad)
    return FitResult(run.ema.model, run.losses, speed, trained=trained)


class _Run:
    """The state of a run: everything that a checkpoint holds."""

    def __init__(self, model: nn.Module, config: FitConfig, accelerator: Any):
        if config.steps is None:
            raise ValueError("fit needs a number of steps: FitConfig(steps=1000)")
        self.config, self.accelerator, self.total = config, accelerator, config.steps
        self.is_main = accelerator is None or accelerator.is_main_process
        self.model = model.train()
        self.ema = EMA(model, config.ema_decay)
        self.device = accelerator.device if accelerator else device_of(model)
        self.optimizer = _optimizer(model, config)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.losses: list[float] = []
        if config.checkpoint and Path(config.checkpoint).exists():
            self.restore(Path(config.checkpoint))
        self.network: Any = torch.compile(model) if config.compile else model
        if accelerator:
            self.network, self.optimizer = accelerator.prepare(self.network, self.optimizer)
            self.ema.model.to(self.device)

    def advance(self, loss_fn: LossFn) -> float:
        """One optimiser step; returns its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate(self.step, self.total)
        with autocast(self.device, self.config.precision):
            loss = loss_fn(self.network, self.step, self.generator)
        value = (self.accelerator.reduce(loss.detach(), "mean") if self.accelerator else loss.detach()).item()
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss is {value} at step {self.step + 1}: lower the learning rate ({self.config.lr})")
        self.optimizer.zero_grad(set_to_none=True)
        scaled = self.scaler.scale(loss)
        self.accelerator.backward(scaled) if self.accelerator else scaled.backward()
        if self.config.clip_grad is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_grad)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.ema.update(self.model)
        self.step += 1
        self.losses.append(value)
        return value

    def save(self) -> bool:
        """Save the state to the run's file, if it has one, and return whether it is there. A full disk does not end the run."""
        if not self.config.checkpoint:
            return False
        try:
            if self.is_main:
                write_state(self.config.checkpoint, self.state())
        except OSError as error:
            warnings.warn(f"the training is not saved, and goes on without: {error}", RuntimeWarning, stacklevel=3)
            return False
        return True

    def state(self) -> State:
        """Everything that `restore` wants."""
        moments = self.optimizer.state_dict()["state"]
        return {
            "network": getattr(self.model, "config", {}),
            "model": self.model.state_dict(),
            "ema": self.ema.model.state_dict(),
            "optimizer": {str(i): {k: torch.as_tensor(v) for k, v in moment.items()} for i, moment in moments.items()},
            "generator": self.generator.get_state(),
            "losses": torch.tensor(self.losses, dtype=torch.float64),
            "run": self.config.fixed(),
            "step": self.step,
            "planned": self.total,
            "ema_updates": self.ema.updates,
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, path: Path) -> None:
        """Take over a saved state; raises ValueError where it was made with another network or other settings."""
        state = read_state(path)
        if "run" not in state:
            raise ValueError(f"{path} holds weights only: it can be loaded with load_checkpoint, but not resumed from")
        asked = self.config.fixed()
        saved = type(self.config)().fixed() | state["run"]  # a setting that came into the course later had its default
        differing = [f"{key}: {saved.get(key)!r} there, {asked[key]!r} here" for key in asked if asked[key] != saved.get(key)]
        if differing:
            raise ValueError(
                f"{path} was made with other settings ({'; '.join(differing)}). "
                "Use the same ones to go on, or another checkpoint file to start anew"
            )
        load_into(self.model, state["model"], path)
        load_into(self.ema.model, state["ema"], path)
        moments = {int(i): moment for i, moment in state.get("optimizer", {}).items()}
        self.optimizer.load_state_dict({"state": moments, "param_groups": self.optimizer.state_dict()["param_groups"]})
        self.scaler.load_state_dict(state["scaler"])
        self.generator.set_state(state["generator"])
        self.losses = state["losses"].tolist()
        self.step, self.ema.updates = state["step"], state["ema_updates"]


def _optimizer(model: nn.Module, config: FitConfig) -> torch.optim.Optimizer:
    if config.optimizer == "muon":
        return Muon(model, lr=config.lr, weight_decay=config.weight_decay, betas=config.betas)
    return torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, betas=config.betas)
