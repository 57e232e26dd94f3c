"""How the shipped energy-based model of digits was trained: `python -m helpers.weights.ebm_digits` (half an hour on one core)."""

import time
from dataclasses import replace
from typing import Any

import torch

from helpers import assets
from helpers.data import load_digits
from helpers.energy import EnergyConv, EnergyResult, EnergyTraining, train_energy

EVERY = 100  # steps of an entry of the log
SAMPLING = 500  # Langevin steps to a sample
CONFIG: dict[str, Any] = {"size": 16, "width": 16, "scale": 1e4}
TRAINING = EnergyTraining(
    steps=3000,
    lr=1e-3,
    lr_decay=True,
    alpha=0.05 / CONFIG["scale"],
    langevin_steps=20,
    step_size=1 / CONFIG["scale"],
    bounds=(-1.1, 1.1),
    data_noise=0.03,
    restart=0.04,
    clip=0.1 * CONFIG["scale"],
)
AGAIN = replace(TRAINING, lr=5e-4, ema_decay=0.999, seed=1)  # from the average of the first run, with fresh chains
CARD = """# ebm_digits

An energy-based model of 16×16 digits in [-1, 1]: four convolutions, one energy an image. Trained from scratch by
`python -m helpers.weights.ebm_digits` with contrastive divergence (persistent chains, {langevin_steps} Langevin steps a
training step, paired noise √(2α) with α = {step_size:g}, penalty on the energies) on the first 9,000 of the 10,000
bundled digits.

- Parameters: {parameters:,}. Two runs of {steps} steps of {batch_size}, the second from the averaged weights of the first,
  with half its learning rate, fresh chains and a longer average; seeds {seed} and {again}. Time: {minutes:.0f} minutes on one
  busy core.
- To sample: {sampling} Langevin steps of the same α from uniform noise, clamped to [-1.1, 1.1]. Twice as many make the digits
  more legible and less various: the chains sink on, and 28 % of the digits are ones.
- Short chains and a large α mean that its samples follow its own training dynamics, not exp(-E)/Z exactly.
"""


def energies(result: EnergyResult) -> list[dict[str, float]]:
    """The mean energies of data and of samples over every EVERY steps of a run."""

    def mean(values: list[float], end: int) -> float:
        return round(sum(values[end - EVERY : end]) / EVERY, 2)

    ends = range(EVERY, len(result.real) + 1, EVERY)
    return [{"step": end, "real": mean(result.real, end), "fake": mean(result.fake, end)} for end in ends]


def main(first: EnergyTraining = TRAINING, second: EnergyTraining = AGAIN):
    """Train the energy-based model of digits, twice in a row, and write the asset."""
    torch.manual_seed(first.seed)
    model = EnergyConv(**CONFIG)
    images, _ = load_digits("train", size=CONFIG["size"])
    started = time.perf_counter()
    log: list[dict[str, float]] = []
    for training in (first, second):
        result = train_energy(model, images, training, progress=True)
        model.load_state_dict(result.model.state_dict())
        log += [{**entry, "step": entry["step"] + len(log) * EVERY} for entry in energies(result)]
    card = CARD.format(
        parameters=sum(p.numel() for p in model.parameters()),
        minutes=(time.perf_counter() - started) / 60,
        again=second.seed,
        sampling=SAMPLING,
        **vars(first),
    )
    config = {
        "network": CONFIG,
        "sampling": {"step_size": first.step_size, "bounds": first.bounds, "steps": SAMPLING},
    }
    assets.save_weights("ebm_digits", model.state_dict(), config, card, log)


if __name__ == "__main__":
    main()
