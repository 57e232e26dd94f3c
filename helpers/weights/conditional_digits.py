"""Train what notebook 5 ships with: `python -m helpers.weights.conditional_digits` and `… conditional_digits --classifier`.

The class-conditional DDPM by the notebook's own recipe, kept after 500 steps as well (autoguidance's worse network), or the
classifier of noisy digits. Stop the network's training and run it again at will: it goes on from the checkpoint, if there is one.
"""

import argparse
from pathlib import Path

import torch
from torch import nn

from helpers import assets, recipe
from helpers.autoguidance import KeepYounger
from helpers.conditional import ConditionalUnet, conditional_loss
from helpers.data import load_digits
from helpers.fit import fit
from helpers.noisy_classifier import NoisyClassifier, noisy_classifier_loss
from helpers.weights.digit_classifier import jitter

STEPS, SEED = 10 * recipe.STEPS_PER_MINUTE, 2  # of the network: ten minutes' worth, as notebook 3 counts them
CLASSIFIER_STEPS = 800
CARD = """# {name}

{what}

Trained from scratch by `python -m helpers.weights.conditional_digits{flag}` (seed {seed}) on the first 9,000 of the 10,000
bundled digits: {steps:,} steps of 64 images, {parameters:,} parameters, the running average, stored in half precision. The loss
of the run is in `log.jsonl`.
"""
WHAT = {
    "conditional_digits": "A U-Net that denoises 32×32 digits and is told which: helpers.conditional.ConditionalUnet with widths "
    "(32, 64, 128),\npredicting the velocity on a cosine schedule of 1,000 steps; label 10 means no label.",
    "conditional_digits_younger": "conditional_digits early in the same run: the worse network of autoguidance.",
    "noisy_classifier": "A classifier of digits at any noise level of the recipe's cosine schedule: "
    "helpers.noisy_classifier.NoisyClassifier.",
}


def save(name: str, model: nn.Module, config: dict, steps: int, seed: int, log: list[dict], flag: str = "") -> None:
    """Write an asset: weights in half precision, configuration, card and log."""
    parameters = sum(p.numel() for p in model.parameters())
    card = CARD.format(name=name, what=WHAT[name], flag=flag, steps=steps, seed=seed, parameters=parameters)
    halves = assets.halved(model.state_dict())
    assets.save_weights(name, halves, config, card, log)


def new_network(seed: int) -> ConditionalUnet:
    """The network before training."""
    torch.manual_seed(seed)
    return ConditionalUnet(**recipe.NETWORK).to(memory_format=torch.channels_last)


def train_network(steps: int, seed: int, checkpoint: Path | None) -> None:
    """Train the conditional network, or go on with it, and write it and its younger self.

    Raises FileNotFoundError when a checkpoint is past the younger self's step, and the copy of then does not lie beside it.
    """
    network, younger = new_network(seed), KeepYounger(recipe.YOUNGER, checkpoint and checkpoint.with_suffix(".younger"))
    loss = conditional_loss(*load_digits("train"), recipe.schedule())
    result = fit(network, loss, recipe.config(steps, seed=seed, checkpoint=checkpoint), on_step=younger)
    early = younger.get(new_network(seed))
    if early is None:
        raise FileNotFoundError(f"the run is past step {younger.step}, and {younger.path}, its copy of then, is not there")
    config = {"network": network.config}
    save("conditional_digits", result.model, config, steps, seed, assets.loss_log(result.losses))
    save("conditional_digits_younger", early, config, younger.step, seed, assets.loss_log(result.losses[: younger.step]))


def train_noisy_classifier(steps: int) -> None:
    """Train the classifier of noisy digits and write it."""
    images, labels = load_digits("train")
    torch.manual_seed(0)
    network = NoisyClassifier(recipe.schedule()).to(memory_format=torch.channels_last)
    config = recipe.config(steps, lr=1e-3, weight_decay=0.05)
    result = fit(network, noisy_classifier_loss(images, labels, recipe.schedule(), augment=jitter), config)
    save("noisy_classifier", result.model, {"network": network.config}, steps, 0, assets.loss_log(result.losses), " --classifier")


def main() -> None:
    """Train one of the two and write its assets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classifier", action="store_true", help="train the classifier of noisy digits")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=SEED, help="of the network")
    parser.add_argument("--checkpoint", type=Path, help="of the network: save here, and resume from here")
    args = parser.parse_args()
    if args.classifier:
        train_noisy_classifier(args.steps or CLASSIFIER_STEPS)
    else:
        train_network(args.steps or STEPS, args.seed, args.checkpoint)


if __name__ == "__main__":
    main()
