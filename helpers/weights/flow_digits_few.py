"""How the shipped few-step networks were made of flow_digits: `python -m helpers.weights.flow_digits_few jumps` (or another).

"reflow" takes about seven minutes of one core, "tuning" five and "jumps" four.
"""

import argparse
import time
from collections.abc import Sequence
from typing import Any

import torch

from helpers.data import load_digits
from helpers.few_steps import draw_pairs, draw_paths
from helpers.fit import Decay, FitResult, fit
from helpers.flow_model import FlowNet, flow_unet, load_flow
from helpers.flow_training import jumping, reflow, tuning, tuning_settings
from helpers.weights.flow_digits import describe, save

PAIRS, PAIR_STEPS = 8000, 20  # of Euler's method
JUMPS = 4
OWN_JUMPS: dict[str, Any] = {"paths": 3000, "jump_steps": 6, "shares": (3, 3, 1, 1), "own": True, "lr_decay": "cosine"}
STEPS = {"reflow": 2000, "tuning": 1500, "jumps": 900}
NAMES = {"reflow": "flow_digits_reflow", "tuning": "flow_digits_few", "jumps": "flow_digits_jumps"}
HOW = {
    "reflow": "flow matching on 8,000 pairs of noise and what\n20 Euler steps make of it (reflow, arXiv:2209.03003)",
    "tuning": "consistency tuning on the digits\n(arXiv:2406.14548), the share of noise left going from 0 to 31/32",
    "jumps": "four jumps, each from where the network's jumps before it land, to its place on one\n"
    "of 3,000 paths of 24 Euler steps (`helpers.flow_training.jumping`)",
}
SAMPLER = {"reflow": "euler", "tuning": "consistency", "jumps": "euler"}

CARD = """# {name}

flow_digits made fit for few steps: the same network, {parameters:,} parameters. `helpers.flow_model.load_flow("{name}")`
loads it, `helpers.flow_model.draw(model, n, steps, "{sampler}")` draws from it.

Made of flow_digits by `python -m helpers.weights.flow_digits_few {method}` (seed {seed}): {steps:,} steps of 64 with
{how}, in bf16, {minutes:.0f} minutes of one core in all. The weights
are the running average, stored in half precision; the loss is in `log.jsonl`. How good the samples are at 1, 2 and 4 steps is in
flow_digits_few/comparison.json, written by `python benchmarks/flow.py`.
"""


def student(teacher: FlowNet) -> FlowNet:
    """A copy of the teacher that can be trained."""
    model = flow_unet()
    model.load_state_dict(teacher.state_dict())
    return model


def distil(
    method: str,
    teacher: FlowNet,
    steps: int,
    seed: int = 0,
    paths: int = 2000,
    jump_steps: int = 5,
    shares: Sequence[int] | None = None,
    own: bool = False,
    lr_decay: Decay = "tail",
) -> FitResult:
    """The few-step network of a teacher, by "reflow", "tuning" or "jumps" (along so many `paths`, as `draw_paths` and
    `jumping` have it)."""
    generator = torch.Generator().manual_seed(99 + seed)
    if method == "reflow":
        noise = torch.randn(PAIRS, 1, 32, 32, generator=generator)
        loss = reflow(*draw_pairs(teacher, noise, PAIR_STEPS, heun=False))
    elif method == "jumps":
        noise = torch.randn(paths, 1, 32, 32, generator=generator)
        loss = jumping(draw_paths(teacher, noise, JUMPS, jump_steps), shares=shares, own=own)
    else:
        loss = tuning(load_digits("train")[0], steps)
    how = tuning_settings(steps, seed=seed, precision="bf16", lr_decay=lr_decay)
    return fit(student(teacher), loss, how)


def main() -> None:
    """Distil and write the asset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=NAMES)
    parser.add_argument("--steps", type=int, help="optimiser steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    steps, started = args.steps or STEPS[args.method], time.process_time()
    result = distil(args.method, load_flow(), steps, args.seed, **(OWN_JUMPS if args.method == "jumps" else {}))
    ship(args.method, result.model, result.losses, steps, args.seed, (time.process_time() - started) / 60)


def ship(method: str, model: FlowNet, losses: list[float], steps: int, seed: int, minutes: float) -> None:
    """Write the asset of a method."""
    about = dict(method=method, sampler=SAMPLER[method], how=HOW[method], steps=steps, seed=seed, minutes=minutes)
    save(NAMES[method], model, describe(NAMES[method], CARD, model, **about), losses)


if __name__ == "__main__":
    main()
