"""How the shipped energy-based model of digits was trained: `python -m helpers.weights.ebm_digits` (ten minutes on one core)."""

import time
from typing import Any

import torch

from helpers import assets
from helpers.data import load_digits
from helpers.energy import EnergyConv, EnergyTraining, train_energy

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
CARD = """# ebm_digits

An energy-based model of 16×16 digits in [-1, 1]: four convolutions, one energy an image. Trained from scratch by
`python -m helpers.weights.ebm_digits` with contrastive divergence (persistent chains, {langevin_steps} Langevin steps a
training step, paired noise √(2α) with α = {step_size:g}, penalty on the energies) on the first 9,000 of the 10,000
bundled digits.

- Parameters: {parameters:,}. Seed: {seed}. Steps: {steps} of {batch_size}. Time: {minutes:.0f} minutes on one busy core.
- To sample: 500 to 1,000 Langevin steps of the same α from uniform noise, clamped to [-1.1, 1.1].
- Short chains and a large α mean that its samples follow its own training dynamics, not exp(-E)/Z exactly.
- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
"""


def main(training=TRAINING):
    """Train the energy-based model of digits and write the asset."""
    torch.manual_seed(training.seed)
    model = EnergyConv(**CONFIG)
    images, _ = load_digits("train", size=CONFIG["size"])
    started = time.perf_counter()
    result = train_energy(model, images, training, progress=True)

    def mean(energies: list[float], end: int) -> float:
        return round(sum(energies[end - 100 : end]) / 100, 2)

    ends = range(100, training.steps + 1, 100)
    log = [{"step": end, "real": mean(result.real, end), "fake": mean(result.fake, end)} for end in ends]
    card = CARD.format(
        parameters=sum(p.numel() for p in model.parameters()),
        minutes=(time.perf_counter() - started) / 60,
        **vars(training),
    )
    config = {
        "model": CONFIG,
        "sampling": {"step_size": training.step_size, "bounds": list(training.bounds), "steps": 600},
    }
    assets.save_weights("ebm_digits", result.model.state_dict(), config, card, log)


if __name__ == "__main__":
    main()
