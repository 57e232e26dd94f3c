"""Train the one-pass models that notebook 1 argues against: `python -m helpers.weights.one_pass vae` and `… one_pass gan`."""

import argparse

import torch
from torch import nn

from helpers import assets
from helpers.data import load_digits
from helpers.gan import train_gan
from helpers.vae import train_vae

STEPS, BATCH = {"vae": 3000, "gan": 4000}, 64
CARD = """# {model}_digits

{what}

Trained by `python -m helpers.weights.one_pass {model}` (seed 0) on the first 9,000 of the 10,000 bundled digits: {steps:,} steps
of {batch} images, {parameters:,} parameters, stored in half precision. What it reaches is measured by
`benchmarks/digit_models.py`; the loss of the run is in `log.jsonl`.
"""
WHAT = {
    "vae": "A variational autoencoder with 16 latent numbers: `helpers.vae.VAE`.",
    "gan": "The generator of a small GAN, its running average: `helpers.gan.Generator`.",
}


def save(model: str, network: nn.Module, log: list[dict], steps: int) -> None:
    """Write an asset."""
    parameters = sum(p.numel() for p in network.parameters())
    card = CARD.format(model=model, what=WHAT[model], steps=steps, batch=BATCH, parameters=parameters)
    halves = assets.halved(network.state_dict())
    assets.save_weights(f"{model}_digits", halves, {"network": network.config}, card, log)


def main(arguments: list[str] | None = None) -> None:
    """Train one of the two and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=list(STEPS))
    parser.add_argument("--steps", type=int)
    args = parser.parse_args(arguments)
    steps = args.steps or STEPS[args.model]
    torch.manual_seed(0)
    if args.model == "vae":
        result = train_vae(load_digits("train")[0], steps, BATCH)
        save("vae", result.model, assets.loss_log(result.losses, 250), steps)
    else:
        losses: list[tuple[float, float]] = []
        network = train_gan(
            load_digits("train")[0], steps, torch.Generator().manual_seed(0), on_step=lambda _n, d, g: losses.append((d, g))
        )
        critic, painter = (assets.loss_log([pair[i] for pair in losses], 250) for i in (0, 1))
        log = [{"step": a["step"], "critic": a["loss"], "painter": b["loss"]} for a, b in zip(critic, painter)]
        save("gan", network, log, steps)


if __name__ == "__main__":
    main()
