"""Algorithm 1 of arXiv:2006.11239, with what a real run needs: EMA, mixed precision, checkpoints, several processes.

On one machine: `train(model, images, schedule, TrainConfig())`. On several processes or GPUs, the same through
Accelerate: `accelerate launch --multi_gpu --num_processes 2 -m helpers.training --steps 200` (add --cpu where there are no GPUs).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.arguments import check_batch_size, check_shape, is_count
from helpers.data import check_range
from helpers.diffusion import Prediction, check_prediction, diffuse, target
from helpers.fit import FitConfig, FitResult, LossFn, OnStep, fit
from helpers.flow import logit_normal
from helpers.profile import PRECISIONS, device_of
from helpers.schedules import Schedule

Times = Literal["even", "logit-normal"]
TIMES: tuple[str, ...] = get_args(Times)


@dataclass(frozen=True)
class TrainConfig(FitConfig):
    """How to train a DDPM: `FitConfig`, and what belongs to images.

    Attributes:
        steps: optimiser steps; None for `epochs` passes over the images.
        epochs: passes over the images; ignored when `steps` is given.
        batch_size: images a step, over all processes together; 64.
        prediction: "noise" (the paper), "velocity" or "x0".
        times: each t as often as any other, "even" (the paper), or more of those in the middle, "logit-normal".

    Raises:
        ValueError: a word or number that names no way to train.
    """

    steps: int | None = None
    epochs: int = 5
    batch_size: int = 64
    prediction: Prediction = "noise"
    times: Times = "even"

    def __post_init__(self):
        super().__post_init__()
        check_prediction(self.prediction)
        if self.times not in TIMES:
            raise ValueError(f"times must be one of {', '.join(TIMES)}; got {self.times!r}")
        check_batch_size(self.batch_size)
        if not is_count(self.epochs, 0):
            raise ValueError(f"epochs is a number of passes over the images, 0 or more; got {self.epochs}")

    def total_steps(self, n_images: int) -> int:
        """The optimiser steps of the whole run."""
        return self.steps if self.steps is not None else self.epochs * (n_images // self.batch_size)


def draw_times(n: int, T: int, times: Times, generator: torch.Generator) -> Tensor:
    """n times in 0..T-1, (n,), evenly or by the sigmoid of a Gaussian (arXiv:2403.03206, §3.1)."""
    if times == "even":
        return torch.randint(0, T, (n,), generator=generator)
    return (T * logit_normal(n, generator)).long()


def denoising_loss(
    model: Callable[[Tensor, Tensor], Tensor],
    x0: Tensor,
    t: Tensor,
    noise: Tensor,
    schedule: Schedule,
    prediction: Prediction = "noise",
) -> Tensor:
    """L_simple, eq. 14 of arXiv:2006.11239: the mean square of what the network missed, a scalar.

    Raises ValueError unless x0, the noise and the network's output have one shape, and t one number an image.
    """
    output = model(diffuse(x0, t, noise, schedule), t).float()
    check_shape(output, x0, "the network's output")
    return F.mse_loss(output, target(x0, t, noise, schedule, prediction))


def train(
    model: nn.Module,
    images: Tensor,
    schedule: Schedule,
    config: TrainConfig = TrainConfig(),
    accelerator: Any = None,
    progress: bool = True,
    on_step: OnStep | None = None,
) -> FitResult:
    """Train a noise predictor by Algorithm 1, resuming from `config.checkpoint` when that file is there.

    Every random number comes from the CPU and belongs to the global batch, of which each process takes its share:
    one process or several, interrupted or not, the run is the same. The loop itself is `helpers.fit.fit`.

    Args:
        model: (x (B, C, H, W), t (B,)) → (B, C, H, W); trained in place, on the device where it is.
        images: (N, C, H, W) in [-1, 1].
        schedule: how noise is added.
        config: how to train.
        accelerator: an `accelerate.Accelerator` when launched in several processes.
        progress: show a bar with the loss and the time left.
        on_step: called as on_step(step, loss, ema_model) after every step.

    Returns:
        FitResult, whose `model` is the average of the weights.

    Raises:
        ValueError: images not in [-1, 1], a batch larger than the data, a checkpoint of another network or run.
        FloatingPointError: the loss is no longer a number.
        KeyboardInterrupt: after saving, when there is a checkpoint file.
    """
    rank, world = (accelerator.process_index, accelerator.num_processes) if accelerator else (0, 1)
    device = accelerator.device if accelerator else device_of(model)
    loss_fn = algorithm_1(images, schedule, config, device, rank, world)
    config = replace(config, steps=config.total_steps(len(images)))
    result = fit(model, loss_fn, config, accelerator=accelerator, progress=progress, on_step=on_step)
    result.images_per_second = result.steps_per_second * config.batch_size
    return result


def algorithm_1(
    images: Tensor, schedule: Schedule, config: TrainConfig, device: torch.device | str = "cpu", rank: int = 0, world: int = 1
) -> LossFn:
    """The loss of one training step, lines 2 to 5 of Algorithm 1, as `helpers.fit` calls it.

    Args:
        images: (N, C, H, W) in [-1, 1].
        schedule: how noise is added.
        config: how to train.
        device: where the network is.
        rank: which of the processes this one is, from 0; it takes its share of each batch.
        world: how many processes there are.

    Raises:
        ValueError: images not in [-1, 1], a batch that is larger than the data or that the processes cannot share.
    """
    check_range(images)
    if config.batch_size % world:
        raise ValueError(f"{world} processes cannot share a batch of {config.batch_size} evenly")
    schedule = schedule.to(device)
    epochs = _Epochs(images, config.batch_size, config.seed)

    def share(batch: Tensor) -> Tensor:
        """This process's part of a global batch, on its device."""
        return batch.chunk(world)[rank].to(device, non_blocking=True)

    def loss_fn(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        x0 = epochs.batch(step)  # Algorithm 1, line 2
        t = draw_times(len(x0), schedule.T, config.times, generator)  # line 3
        noise = torch.randn(x0.shape, generator=generator)  # line 4
        return denoising_loss(network, share(x0), share(t), share(noise), schedule, config.prediction)  # line 5

    return loss_fn


class _Epochs:
    """Batches by the number of the step: the order of an epoch depends only on the seed and the epoch's number."""

    def __init__(self, images: Tensor, batch_size: int, seed: int):
        if batch_size > len(images):
            raise ValueError(f"a batch of {batch_size} needs as many images; there are {len(images)}")
        self.images, self.batch_size, self.seed = images, batch_size, seed
        self.per_epoch = len(images) // batch_size
        self.epoch, self.order = -1, torch.empty(0, dtype=torch.long)

    def batch(self, step: int) -> Tensor:
        """The images (batch_size, C, H, W) of one step, counted from 0."""
        epoch, place = divmod(step, self.per_epoch)
        if epoch != self.epoch:
            shuffle = torch.Generator().manual_seed(self.seed * 100_003 + epoch)
            self.epoch, self.order = epoch, torch.randperm(len(self.images), generator=shuffle)
        rows = self.order[place * self.batch_size : (place + 1) * self.batch_size]
        return self.images[rows.to(self.images.device)]


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
