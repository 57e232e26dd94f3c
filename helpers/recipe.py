"""The in-class recipe: from nothing to readable digits in minutes on two cores, and the long run of it that ships.

    python -m helpers.recipe --steps 23400 --checkpoint /tmp/ddpm_digits.safetensors

trains the weights in `assets/ddpm_digits` (stop it and run it again at will: it goes on from the checkpoint).
What each choice bought is measured by `benchmarks/ablation.py`.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from helpers import assets, pretrained
from helpers.data import load_digits
from helpers.files import write_text
from helpers.profile import best_precision
from helpers.sampling import final, sample
from helpers.schedules import Schedule
from helpers.training import TrainConfig, train
from helpers.unet import Unet

NETWORK = {"widths": (32, 64, 128), "patch": 2}  # 0.6 M parameters, on a 16×16 grid of 2×2 patches
SCHEDULE, T = "cosine", 1000
STEPS_PER_MINUTE = 1170  # of 64 images on two idle cores of the machine in benchmarks/results/training.json
LOG_EVERY = 100

CARD = """# ddpm_digits

A U-Net that denoises 32×32 digits: helpers.unet.Unet with widths {widths}, 2×2 pixels folded into channels,
{parameters:,} parameters, predicting the velocity on a cosine schedule of {T} steps. `helpers.pretrained.load_ddpm()`
loads it, `helpers.sampling.sample(…, prediction="velocity")` draws from it.

Trained from scratch by `python -m helpers.recipe --steps {steps}` (seed {seed}) on the first 9,000 of the 10,000 bundled
digits: {steps:,} steps of {batch_size} images, about {minutes:.0f} minutes on two idle cores. The weights are the running
average. The loss of the run is in `log.jsonl`; how good the samples are is in `quality.json`, written by
`python benchmarks/quality.py`.

- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
- One in some digits is no digit at all, as `quality.json` says: it is a teaching model.
"""


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
def draw(model, schedule: Schedule, n: int, seed: int = 0, batch_size: int = 250, **how) -> Tensor:
    """n samples (n, 1, 32, 32), drawn with 50 steps of DPM-Solver++ unless `how` says otherwise."""
    how = {"method": "dpm", "steps": 50, "prediction": "velocity", **how}
    generator = torch.Generator().manual_seed(seed)
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    return torch.cat([final(sample(model, schedule, (b, 1, 32, 32), generator=generator, **how)) for b in sizes])


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the digit model that ships with the course.")
    parser.add_argument("--steps", type=int, default=20 * STEPS_PER_MINUTE)
    parser.add_argument("--widths", type=int, nargs="+", default=NETWORK["widths"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, required=True, help="save here, and resume from here")
    parser.add_argument("--name", default="ddpm_digits", help="the asset to write")
    args = parser.parse_args()

    model = network(args.seed, widths=tuple(args.widths))
    settings = config(args.steps, seed=args.seed, checkpoint=args.checkpoint)
    images, _ = load_digits("train")
    result = train(model, images, schedule(), settings)
    blocks = [result.losses[i : i + LOG_EVERY] for i in range(0, len(result.losses), LOG_EVERY)]
    log = [{"step": (i + 1) * LOG_EVERY, "loss": round(sum(b) / len(b), 5)} for i, b in enumerate(blocks)]
    parameters = sum(p.numel() for p in model.parameters())
    card = CARD.format(
        widths=model.config["widths"], parameters=parameters, T=T, steps=args.steps, seed=args.seed,
        batch_size=settings.batch_size, minutes=args.steps / STEPS_PER_MINUTE,
    )  # fmt: skip
    description = {"network": model.config, "schedule": SCHEDULE, "T": T, "prediction": settings.prediction}
    folder = assets.save_weights(args.name, result.model.state_dict(), description, card)
    write_text(folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in log))


if __name__ == "__main__":
    main()
