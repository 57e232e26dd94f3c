"""Algorithm 1 of arXiv:2006.11239, with what a real run needs: EMA, mixed precision, checkpoints, several processes.

On one machine: `train(model, images, schedule, TrainConfig())`. On several processes or GPUs, the same through
Accelerate: `accelerate launch --multi_gpu --num_processes 2 -m helpers.training --steps 200` (add --cpu where there are no GPUs).
"""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from helpers import checkpoint
from helpers.data import batches, check_range
from helpers.diffusion import forward_diffusion, target
from helpers.ema import EMA
from helpers.muon import Muon
from helpers.profile import PRECISIONS, autocast
from helpers.schedules import Schedule

DECAYS = {  # the share of the learning rate that is left at a fraction f of the run
    "constant": lambda f: 1.0,
    "cosine": lambda f: 0.5 * (1 + math.cos(math.pi * f)),
    "tail": lambda f: min(1.0, (1 - f) / 0.3),
}


@dataclass(frozen=True)
class TrainConfig:
    """How to train.

    Attributes:
        epochs: passes over the images; ignored when `steps` is given.
        steps: optimiser steps.
        batch_size: images a step, over all processes together; 64.
        lr: Adam's learning rate; 2e-4 (appendix B).
        lr_decay: "constant", "cosine" down to zero at the last step, or "tail": constant, then straight down to zero
            over the last 30 % (so a run that is still in its constant part may be resumed with other `steps`).
        warmup: steps over which the rate rises linearly to `lr`.
        weight_decay: decoupled weight decay.
        optimizer: "adam" (AdamW), or "muon" (`helpers.muon`), which needs about half the steps.
        prediction: "noise" (the paper), "velocity" or "x0".
        ema_decay: 0.9999 in the paper; short runs need less, such as 0.995.
        precision: "fp32", "bf16" or "fp16" inside the network.
        compile: fuse the network's operations with torch.compile. It pays in long runs on a GPU; on a CPU, compiling takes
            two minutes and gains a fifth.
        seed: of the order of the images, t and the noise.
        checkpoint: file to save to and to resume from; None saves nothing.
        checkpoint_every: steps between two saves; it is also saved at the end and on an interrupt.
    """

    epochs: int = 5
    steps: int | None = None
    batch_size: int = 64
    lr: float = 2e-4
    lr_decay: str = "constant"
    warmup: int = 0
    weight_decay: float = 0.0
    optimizer: str = "adam"
    prediction: str = "noise"
    ema_decay: float = 0.9999
    precision: str = "fp32"
    compile: bool = False
    seed: int = 0
    checkpoint: str | Path | None = None
    checkpoint_every: int = 500

    def __post_init__(self):
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}; got {self.precision!r}")
        if self.lr_decay not in DECAYS:
            raise ValueError(f"lr_decay must be one of {', '.join(DECAYS)}; got {self.lr_decay!r}")
        if self.optimizer not in ("adam", "muon"):
            raise ValueError(f"optimizer must be 'adam' or 'muon'; got {self.optimizer!r}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay is a number in [0, 1), such as 0.995; got {self.ema_decay}")

    def total_steps(self, n_images: int) -> int:
        """The optimiser steps of the whole run."""
        return self.steps if self.steps is not None else self.epochs * (n_images // self.batch_size)

    def learning_rate(self, step: int, total: int) -> float:
        """The rate at `step` (from 0)."""
        rise = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        return self.lr * rise * DECAYS[self.lr_decay](step / total)


@dataclass
class Result:
    """A training run: the averaged network (in eval mode), the loss at every step, and images per second."""

    model: nn.Module
    losses: list[float] = field(default_factory=list)
    images_per_second: float = float("nan")


def denoising_loss(
    model: nn.Module, x0: Tensor, t: Tensor, noise: Tensor, schedule: Schedule, prediction: str = "noise"
) -> Tensor:
    """L_simple, eq. 14 of arXiv:2006.11239: the mean square of what the network missed, a scalar."""
    x_t = forward_diffusion(x0, t, noise, schedule)
    return F.mse_loss(model(x_t, t).float(), target(x0, t, noise, schedule, prediction))


def train(
    model: nn.Module,
    images: Tensor,
    schedule: Schedule,
    config: TrainConfig = TrainConfig(),
    accelerator=None,
    progress: bool = True,
    on_step=None,
) -> Result:
    """Train a noise predictor by Algorithm 1, resuming from `config.checkpoint` when that file is there.

    Every random number comes from the CPU and belongs to the global batch, of which each process takes its share:
    one process or several, interrupted or not, the run is the same.

    Args:
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W); trained in place, on the device where it is.
        images: (N, C, H, W) in [-1, 1].
        schedule: how noise is added.
        config: how to train.
        accelerator: an `accelerate.Accelerator` when launched in several processes.
        progress: show a bar with the loss and the time left.
        on_step: called as on_step(step, loss, ema_model) after every step.

    Returns:
        Result, whose `model` is the average of the weights.

    Raises:
        ValueError: images not in [-1, 1], a batch larger than the data, a checkpoint of another network or run.
        FloatingPointError: the loss is no longer a number.
        KeyboardInterrupt: after saving, when there is a checkpoint file.
    """
    check_range(images)
    run = _Run(model, len(images), config, accelerator)
    bar = tqdm(total=run.total, initial=run.step, disable=not (progress and run.is_main), desc="training", unit="step")
    schedule = schedule.to(run.device)
    started_at, started = run.step, time.perf_counter()
    try:
        while run.step < run.total:
            for x0 in run.epoch_batches(images):
                loss = run.advance(x0, schedule)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update()
                if on_step is not None:
                    on_step(run.step, loss, run.ema.model)
                if run.step % config.checkpoint_every == 0:
                    run.save()
                if run.step >= run.total:
                    break
        run.save()
    except KeyboardInterrupt:
        run.save()
        if config.checkpoint:
            print(f"Interrupted at step {run.step}; saved in {config.checkpoint}. Run this again to go on from there.")
        raise
    finally:
        bar.close()
    speed = (run.step - started_at) * config.batch_size / (time.perf_counter() - started)
    return Result(run.ema.model, run.losses, speed)


class _Run:
    """The state of a run: everything that a checkpoint holds."""

    def __init__(self, model: nn.Module, n_images: int, config: TrainConfig, accelerator):
        self.config, self.accelerator = config, accelerator
        self.rank = accelerator.process_index if accelerator else 0
        self.world = accelerator.num_processes if accelerator else 1
        self.is_main = self.rank == 0
        if config.batch_size > n_images:
            raise ValueError(f"a batch of {config.batch_size} needs as many images; there are {n_images}")
        if config.batch_size % self.world:
            raise ValueError(f"{self.world} processes cannot share a batch of {config.batch_size} evenly")
        self.total = config.total_steps(n_images)
        self.per_epoch = n_images // config.batch_size
        self.model = model.train()
        self.ema = EMA(model, config.ema_decay)
        self.device = accelerator.device if accelerator else next(model.parameters()).device
        if config.optimizer == "muon":
            self.optimizer = Muon(model, lr=config.lr, weight_decay=config.weight_decay)
        else:
            self.optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        self.noise = torch.Generator().manual_seed(config.seed)
        self.step, self.losses = 0, []
        if config.checkpoint and Path(config.checkpoint).exists():
            checkpoint.restore(self, config.checkpoint)
        self.network = torch.compile(model) if config.compile else model
        if accelerator:
            self.network, self.optimizer = accelerator.prepare(self.network, self.optimizer)
            self.ema.model.to(self.device)

    def epoch_batches(self, images: Tensor):
        """What is left of the current epoch: its order depends only on the seed and the epoch's number."""
        epoch, done = divmod(self.step, self.per_epoch)
        order = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        for index, x0 in enumerate(batches(images, self.config.batch_size, order)):
            if index >= done:
                yield x0

    def share(self, batch: Tensor) -> Tensor:
        """This process's part of a global batch, on its device."""
        return batch.chunk(self.world)[self.rank].to(self.device, non_blocking=True)

    def advance(self, x0: Tensor, schedule: Schedule) -> float:
        """One optimiser step on a global batch; returns its loss."""
        config = self.config
        t = self.share(torch.randint(0, schedule.T, (len(x0),), generator=self.noise))
        noise = self.share(torch.randn(x0.shape, generator=self.noise))
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate(self.step, self.total)
        with autocast(self.device, config.precision):
            loss = denoising_loss(self.network, self.share(x0), t, noise, schedule, config.prediction)
        mean_loss = self.accelerator.reduce(loss.detach(), "mean") if self.accelerator else loss.detach()
        value = mean_loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss is {value} at step {self.step + 1}: lower the learning rate ({config.lr})")
        self.optimizer.zero_grad(set_to_none=True)
        scaled = self.scaler.scale(loss)
        self.accelerator.backward(scaled) if self.accelerator else scaled.backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.ema.update(self.model)
        self.step += 1
        self.losses.append(value)
        return value

    def save(self) -> None:
        if self.config.checkpoint and self.is_main:
            checkpoint.save(self, self.config.checkpoint)


def main() -> None:
    """Train the course's U-Net from the command line, in as many processes as Accelerate launches."""
    import argparse

    from accelerate import Accelerator

    from helpers.data import load_digits
    from helpers.schedules import linear_beta_schedule
    from helpers.unet import Unet

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 128, 256, 512, 1024])
    parser.add_argument("--patch", type=int, default=1, help="fold patch×patch pixels into channels first")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, help="save here, and resume from here")
    parser.add_argument("--losses", type=Path, help="write the loss of every step here, one a line")
    parser.add_argument("--cpu", action="store_true", help="stay on the CPU")
    args = parser.parse_args()

    accelerator = Accelerator(cpu=args.cpu)
    torch.manual_seed(args.seed)
    model = Unet(widths=tuple(args.widths), patch=args.patch).to(accelerator.device)
    config = TrainConfig(
        steps=args.steps, batch_size=args.batch_size, lr=args.lr, precision=args.precision, seed=args.seed,
        checkpoint=args.checkpoint,
    )  # fmt: skip
    images, _ = load_digits("train")
    result = train(model, images, Schedule(linear_beta_schedule(1000)), config, accelerator)
    if accelerator.is_main_process:
        print(
            f"{len(result.losses)} steps on {accelerator.num_processes} process(es), "
            f"last loss {result.losses[-1]:.4f}, {result.images_per_second:.0f} images/s"
        )
        if args.losses:
            args.losses.write_text("".join(f"{loss:.8f}\n" for loss in result.losses), encoding="utf-8")
    accelerator.end_training()


if __name__ == "__main__":
    main()
