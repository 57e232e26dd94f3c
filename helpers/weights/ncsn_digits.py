"""How the shipped score model of digits was trained: `python -m helpers.weights.ncsn_digits` (fifteen minutes on one core)."""

import time
from typing import Any

import torch

from helpers import assets
from helpers.data import load_digits
from helpers.langevin import sigma_levels
from helpers.score_model import digit_score_model, train_score

MODEL: dict[str, Any] = {"data_mean": -0.74, "data_std": 0.55, "embed_dim": 64, "widths": [32, 64, 128], "patch": 2}
SIGMAS: dict[str, Any] = {"sigma_max": 10.0, "sigma_min": 0.05, "levels": 20}
CARD = """# ncsn_digits

A noise-conditional score network (arXiv:1907.05600) for 32×32 digits in [-1, 1]: the course's U-Net, narrow, told ln σ instead
of t. Trained from scratch by `python -m helpers.weights.ncsn_digits` with denoising score matching at {levels} geometric levels
from σ = {sigma_max:g} to {sigma_min:g}, on the first 9,000 of the 10,000 bundled digits.

- Parameters: {parameters:,}. Seed: {seed}. Steps: {steps} of {batch_size}. Time: {minutes:.0f} minutes on one busy core.
- To sample: annealed Langevin dynamics from N(μ, σ₁²I), 10 steps a level, ε = 0.3 σ_L², then one denoising step.
- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
"""


def main(steps=5000, batch_size=64, seed=0):
    """Train the score model of digits and write the asset."""
    torch.manual_seed(seed)
    model = digit_score_model(**MODEL)
    images, _ = load_digits("train")
    started = time.perf_counter()
    sigmas = sigma_levels(**SIGMAS)
    result = train_score(model, images, sigmas, steps, batch_size, seed=seed, progress=True, optimizer="muon")
    card = CARD.format(
        parameters=sum(p.numel() for p in model.parameters()),
        minutes=(time.perf_counter() - started) / 60,
        steps=steps,
        batch_size=batch_size,
        seed=seed,
        **SIGMAS,
    )
    sampling = {"steps_per_level": 10, "step_size": 0.3 * SIGMAS["sigma_min"] ** 2}
    config = {"model": MODEL, "sigmas": SIGMAS, "sampling": sampling}
    log = assets.loss_log(result.losses)
    assets.save_weights("ncsn_digits", result.model.state_dict(), config, card, log)


if __name__ == "__main__":
    main()
