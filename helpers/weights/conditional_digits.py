"""Train what notebook 5 ships with: `python -m helpers.weights.conditional_digits` and `… conditional_digits --classifier`.

The class-conditional DDPM by the notebook's own recipe, kept after 500 steps as well (autoguidance's worse network), or the
classifier of noisy digits.
"""

import argparse
import copy
from typing import Any

import torch
from torch import nn

from helpers import assets, recipe
from helpers.conditional import ConditionalUnet, conditional_loss
from helpers.data import load_digits
from helpers.fit import FitConfig, fit
from helpers.noisy_classifier import NoisyClassifier, noisy_classifier_loss
from helpers.weights.digit_classifier import jitter

STEPS, YOUNGER, CLASSIFIER_STEPS = 3000, 500, 800
SETTINGS: dict[str, Any] = {"lr": 2e-3, "lr_decay": "tail", "warmup": 100, "optimizer": "muon", "ema_decay": 0.998}
CARD = """# {name}

{what}

Trained from scratch by `python -m helpers.weights.conditional_digits{flag}` (seed 0) on the first 9,000 of the 10,000 bundled
digits: {steps:,} steps of 64 images, {parameters:,} parameters, the running average, stored in half precision. The loss of the
run is in `log.jsonl`.

- Licence: data MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
"""
WHAT = {
    "conditional_digits": "A U-Net that denoises 32×32 digits and is told which: helpers.conditional.ConditionalUnet with widths "
    "(32, 64, 128),\npredicting the velocity on a cosine schedule of 1,000 steps; label 10 means no label.",
    "conditional_digits_younger": "conditional_digits early in the same run: the worse network of autoguidance.",
    "noisy_classifier": "A classifier of digits at any noise level of the recipe's cosine schedule: "
    "helpers.noisy_classifier.NoisyClassifier.",
}


def save(name: str, model: nn.Module, config: dict, steps: int, log: list[dict], flag: str = "") -> None:
    """Write an asset: weights in half precision, configuration, card and log."""
    parameters = sum(p.numel() for p in model.parameters())
    card = CARD.format(name=name, what=WHAT[name], flag=flag, steps=steps, parameters=parameters)
    halves = assets.halved(model.state_dict())
    assets.save_weights(name, halves, config, card, log)


def train_network(steps: int) -> None:
    """Train the conditional network and write it and its younger self."""
    images, labels = load_digits("train")
    torch.manual_seed(0)
    network = ConditionalUnet(**recipe.NETWORK).to(memory_format=torch.channels_last)
    kept: dict[str, nn.Module] = {}

    def keep(step: int, loss: float, average: nn.Module) -> None:
        if step == YOUNGER:
            kept["younger"] = copy.deepcopy(average)

    result = fit(network, conditional_loss(images, labels, recipe.schedule()), FitConfig(steps=steps, **SETTINGS), on_step=keep)
    config = {"network": network.config}
    save("conditional_digits", result.model, config, steps, assets.loss_log(result.losses))
    save("conditional_digits_younger", kept["younger"], config, YOUNGER, assets.loss_log(result.losses[:YOUNGER]))


def train_noisy_classifier(steps: int) -> None:
    """Train the classifier of noisy digits and write it."""
    images, labels = load_digits("train")
    torch.manual_seed(0)
    network = NoisyClassifier(recipe.schedule()).to(memory_format=torch.channels_last)
    config = FitConfig(steps=steps, **SETTINGS | {"lr": 1e-3}, weight_decay=0.05)
    result = fit(network, noisy_classifier_loss(images, labels, recipe.schedule(), augment=jitter), config)
    save("noisy_classifier", result.model, {"network": network.config}, steps, assets.loss_log(result.losses), " --classifier")


def main() -> None:
    """Train one of the two and write its assets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classifier", action="store_true", help="train the classifier of noisy digits")
    parser.add_argument("--steps", type=int)
    args = parser.parse_args()
    if args.classifier:
        train_noisy_classifier(args.steps or CLASSIFIER_STEPS)
    else:
        train_network(args.steps or STEPS)


if __name__ == "__main__":
    main()
