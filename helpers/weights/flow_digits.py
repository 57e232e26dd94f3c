"""How the shipped flow of digits was trained: `python -m helpers.weights.flow_digits` (twelve minutes of one core)."""

import argparse
import time
from pathlib import Path

from helpers import assets
from helpers.data import load_digits
from helpers.fit import fit
from helpers.flow_model import FlowNet, flow_unet
from helpers.flow_training import matching, settings

STEPS = 5250  # notebook 3's recipe for five minutes
LOG_EVERY = 250

CARD = """# {name}

A flow of 32×32 digits (arXiv:2210.02747): the network of notebook 3's recipe, {parameters:,} parameters, as the velocity that
carries noise at t = 0 to dequantised digits at t = 1. `helpers.flow_model.load_flow()` loads it, `draw(model, n, steps)` draws
from it.

Trained from scratch by `python -m helpers.weights.flow_digits` (seed {seed}) on the first 9,000 of the 10,000 bundled digits:
{steps:,} steps of 64 with flow matching at logit-normal times in bf16, {minutes:.0f} minutes of one core. The weights are the
running average, stored in half precision. The loss of the run is in `log.jsonl`; how good the samples are is in comparison.json,
written by `python benchmarks/flow.py`.
"""


def save(name: str, model: FlowNet, card: str, losses: list[float], kind: str = "unet") -> None:
    """Write an asset: weights in half precision, configuration, card and the mean loss of every 250 steps."""
    halves = assets.halved(model.state_dict())
    assets.save_weights(name, halves, {"kind": kind, "network": model.net.config}, card, assets.loss_log(losses, LOG_EVERY))


def describe(name: str, card: str, model: FlowNet, **values) -> str:
    """The card filled in."""
    return card.format(name=name, parameters=sum(p.numel() for p in model.parameters()), **values)


def main() -> None:
    """Train and write the asset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, help="save here, and resume from here")
    parser.add_argument("--name", default="flow_digits", help="the asset to write")
    args = parser.parse_args()
    started = time.process_time()
    config = settings(args.steps, seed=args.seed, precision="bf16", checkpoint=args.checkpoint)
    result = fit(flow_unet(args.seed), matching(load_digits("train")[0]), config)
    minutes = (time.process_time() - started) / 60
    card = describe(args.name, CARD, result.model, steps=args.steps, seed=args.seed, minutes=minutes)
    save(args.name, result.model, card, result.losses)


if __name__ == "__main__":
    main()
