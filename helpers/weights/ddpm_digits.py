"""Train the digit model that ships with the course: `python -m helpers.weights.ddpm_digits --checkpoint /tmp/ddpm.safetensors`.

The recipe of notebook 3, half as wide again and with more steps. Stop it and run it again at will: it goes on from
the checkpoint.
"""

import argparse
from pathlib import Path
from typing import Any

from helpers import assets, recipe
from helpers.autoguidance import KeepYounger
from helpers.data import load_digits
from helpers.training import train

NETWORK: dict[str, Any] = {"widths": (48, 96, 192)}
TRAINING: dict[str, Any] = {"ema_decay": 0.999, "precision": "bf16"}
STEPS = 13_000
YOUNGER, GUIDANCE = 2000, 0.5  # steps after which the copy is kept that guides the trained network, and how strongly
SECONDS_A_STEP = 0.24  # on one core with bf16 instructions
LOG_EVERY = 100

CARD = """# {name}

A U-Net that denoises 32×32 digits: helpers.unet.Unet with widths {widths}, 2×2 pixels folded into channels,
{parameters:,} parameters, predicting the velocity on a cosine schedule of {T} steps. `helpers.pretrained.load_ddpm()`
loads it, `helpers.recipe.draw(model, schedule, n)` draws from it. ddpm_digits_younger is the same network after the
first {younger:,} steps of the same run; `helpers.autoguidance.Autoguided(model, younger, {guidance})` makes more
legible samples from the two.

Trained from scratch by `python -m helpers.weights.ddpm_digits` (seed {seed}) on the first 9,000 of the 10,000 bundled digits:
{steps:,} steps of {batch_size} images in bf16, about {minutes:.0f} minutes of one core. The weights are the running
average, stored in half precision and loaded as float32. The loss of the run is in `log.jsonl`; how good the samples are is in
ddpm_digits/quality.json, written by `python benchmarks/quality.py --shipped`.

Some samples are no digit at all (quality.json says how many): it is a teaching model.
"""


def main() -> None:
    """Train, or go on training, and write both assets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, required=True, help="save here, and resume from here")
    parser.add_argument("--name", default="ddpm_digits", help="the asset to write")
    args = parser.parse_args()

    model = recipe.network(args.seed, **NETWORK)
    settings = recipe.config(args.steps, seed=args.seed, checkpoint=args.checkpoint, **TRAINING)
    younger = KeepYounger(YOUNGER, args.checkpoint.with_suffix(".younger"))
    result = train(model, load_digits("train")[0], recipe.schedule(), settings, on_step=younger)
    save(args.name, result.model, args.seed, args.steps, result.losses)
    save(f"{args.name}_younger", younger.get(recipe.network(**NETWORK)), args.seed, YOUNGER, result.losses[:YOUNGER])


def save(name: str, model: Any, seed: int, steps: int, losses: list[float]) -> None:
    """Write an asset: weights, configuration, card and the mean loss of every hundred steps."""
    card = CARD.format(
        name=name, widths=model.config["widths"], parameters=sum(p.numel() for p in model.parameters()), T=recipe.T,
        younger=YOUNGER, guidance=GUIDANCE, seed=seed, steps=steps, batch_size=recipe.config(steps).batch_size,
        minutes=steps * SECONDS_A_STEP / 60,
    )  # fmt: skip
    description = {"network": model.config, "schedule": recipe.SCHEDULE, "T": recipe.T, "prediction": "velocity"}
    assets.save_weights(name, assets.halved(model.state_dict()), description, card, assets.loss_log(losses, LOG_EVERY))


if __name__ == "__main__":
    main()
