"""The in-class recipe: from nothing to readable digits in minutes on two cores, and the long run of it that ships.

    python -m helpers.recipe --checkpoint /tmp/ddpm_digits.safetensors

trains the weights in `assets/ddpm_digits` (stop it and run it again at will: it goes on from the checkpoint).
What each choice bought is measured by `benchmarks/ablation.py`.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from helpers import assets, pretrained
from helpers.autoguidance import KeepYounger
from helpers.data import load_digits
from helpers.files import write_text
from helpers.profile import best_precision
from helpers.sampling import final, sample
from helpers.schedules import Schedule
from helpers.training import TrainConfig, train
from helpers.unet import Unet

NETWORK = {"widths": (32, 64, 128), "patch": 2}  # 0.6 M parameters, on a 16×16 grid of 2×2 patches
SCHEDULE, T = "cosine", 1000
STEPS_PER_MINUTE = 1050  # of 64 images on two cores; 1,120 were measured on idle ones
STEPS = 20 * STEPS_PER_MINUTE  # of the shipped weights
YOUNGER = 500  # steps after which a copy is kept, to guide the trained network
LOG_EVERY = 100

CARD = """# {name}

A U-Net that denoises 32×32 digits: helpers.unet.Unet with widths {widths}, 2×2 pixels folded into channels,
{parameters:,} parameters, predicting the velocity on a cosine schedule of {T} steps. `helpers.pretrained.load_ddpm()`
loads it, `helpers.recipe.draw(model, schedule, n)` draws from it. ddpm_digits_younger is the same network after the
first 500 steps of the same run; `helpers.autoguidance.Autoguided(model, younger)` makes better samples from the two.

Trained from scratch by `python -m helpers.recipe` (seed {seed}) on the first 9,000 of the 10,000 bundled digits:
{steps:,} steps of {batch_size} images, about {minutes:.1f} minutes on two idle cores. The weights are the running
average. The loss of the run is in `log.jsonl`; how good the samples are is in ddpm_digits/quality.json, written by
`python benchmarks/quality.py --shipped`.

- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
- Some samples are no digit at all (quality.json says how many): it is a teaching model.
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
    """n samples (n, 1, 32, 32): 50 steps of DDIM with as much noise as DDPM's (η = 1), unless `how` says otherwise.

    The noise gives an undertrained network the chance to correct its own errors; a deterministic sampler keeps them.
    """
    how = {"method": "ddim", "eta": 1.0, "steps": 50, "prediction": "velocity", **how}
    generator = torch.Generator().manual_seed(seed)
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    return torch.cat([final(sample(model, schedule, (b, 1, 32, 32), generator=generator, **how)) for b in sizes])


def main() -> None:
    """Train the recipe from the command line and write the asset."""
    parser = argparse.ArgumentParser(description="Train the digit model that ships with the course.")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, required=True, help="save here, and resume from here")
    parser.add_argument("--name", default="ddpm_digits", help="the asset to write")
    args = parser.parse_args()

    model = network(args.seed)
    settings = config(args.steps, seed=args.seed, checkpoint=args.checkpoint)
    younger = KeepYounger(YOUNGER, args.checkpoint.with_suffix(".younger"))
    result = train(model, load_digits("train")[0], schedule(), settings, on_step=younger)
    save(args.name, result.model, args.seed, args.steps, result.losses)
    save(f"{args.name}_younger", younger.get(network()), args.seed, YOUNGER, result.losses[:YOUNGER])


def save(name: str, model: Unet, seed: int, steps: int, losses: list[float]) -> None:
    """Write an asset: weights, configuration, card and the mean loss of every hundred steps."""
    card = CARD.format(
        name=name, widths=model.config["widths"], parameters=sum(p.numel() for p in model.parameters()), T=T, seed=seed,
        steps=steps, batch_size=config(steps).batch_size, minutes=steps / STEPS_PER_MINUTE,
    )  # fmt: skip
    description = {"network": model.config, "schedule": SCHEDULE, "T": T, "prediction": "velocity"}
    folder = assets.save_weights(name, model.state_dict(), description, card)
    blocks = [losses[i : i + LOG_EVERY] for i in range(0, len(losses), LOG_EVERY)]
    lines = [{"step": (i + 1) * LOG_EVERY, "loss": round(sum(b) / len(b), 5)} for i, b in enumerate(blocks)]
    write_text(folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
