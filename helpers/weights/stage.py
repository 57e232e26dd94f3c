"""One stage of a longer training: its optimizer, its averaged weights, a log, and a state that survives an interruption."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from helpers.ema import EMA
from helpers.files import write_atomically
from helpers.muon import Muon


class Stage:
    """One training stage: Muon with a cosine decay, an average of the weights, a log and a resumable state."""

    def __init__(self, name: str, model: nn.Module, steps: int, lr: float, work: Path, seed: int, ema: float = 0.998):
        self.name, self.model, self.steps, self.lr, self.work = name, model, steps, lr, work
        self.optimizer = Muon(model, lr=lr)
        self.ema = EMA(model, ema)
        self.generator = torch.Generator().manual_seed(seed)
        self.step, self.seconds, self.log = 0, 0.0, []
        if self.file.exists():
            self._restore()

    @property
    def file(self) -> Path:
        return self.work / f"{self.name}.pt"

    def run(self, loss_fn: Callable[[torch.Generator], Tensor], every: int = 250) -> nn.Module:
        """Minimise `loss_fn(generator)` for the remaining steps and return the averaged model."""
        self.model.train()
        started, recent = time.monotonic() - self.seconds, []
        while self.step < self.steps:
            warm_up, done = min(1.0, (self.step + 1) / 100), self.step / self.steps
            for group in self.optimizer.param_groups:
                group["lr"] = self.lr * warm_up * 0.5 * (1 + math.cos(math.pi * done))
            loss = loss_fn(self.generator)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.ema.update(self.model)
            self.step += 1
            recent.append(loss.item())
            if self.step % every == 0 or self.step == self.steps:
                self.seconds = time.monotonic() - started
                entry = {"stage": self.name, "step": self.step, "loss": round(sum(recent) / len(recent), 5)}
                self.log.append(entry | {"seconds": round(self.seconds)})
                print(json.dumps(self.log[-1]), flush=True)
                recent.clear()
                write_atomically(self.file, lambda path: torch.save(self._state(), path))
        return self.ema.model

    def _state(self) -> dict:
        return {
            "model": self.model.state_dict(),
            "ema": self.ema.model.state_dict(),
            "updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "seconds": self.seconds,
            "log": self.log,
        }

    def _restore(self) -> None:
        state = torch.load(self.file, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.ema.model.load_state_dict(state["ema"])
        self.ema.updates = state["updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds, self.log = state["step"], state["seconds"], state["log"]
