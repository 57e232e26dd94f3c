"""Train the two stages of notebook 7's cascade: `python -m helpers.weights.cascade base` and `… upsampler`."""

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from helpers import assets, recipe
from helpers.cascade.base import Base
from helpers.cascade.upsampler import Upsampler, shrink, upsampler_loss
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions, loop
from helpers.text_to_image.denoiser import some_left_out
from helpers.text_to_image.pipelines import load_pipeline
from helpers.training import denoising_loss
from helpers.weights.text_to_image import pictures

STEPS = {"base": 3500, "upsampler": 8000}
BATCH = {"base": 64, "upsampler": 32}
CARD = """# cascade_{stage}

{what}

Trained by `python -m helpers.weights.cascade {stage}` (seed 0) on painted pictures with the training digits, one combination of
digit, colour and ground in ten left out: {steps:,} steps of {batch} pictures, {parameters:,} parameters, the running average, in
half precision. What the cascade reaches is measured by `benchmarks/systems.py`; the loss of the run is in `log.jsonl`.
"""
WHAT = {
    "base": "The first stage: a prompt to 16×16 pixels, `helpers.cascade.base.Base`. It starts from the weights of the asset "
    "text_to_image,\nwhose text encoder it needs.",
    "upsampler": "The second stage: 16×16 pixels to 32×32, `helpers.cascade.upsampler.Upsampler`. It sees no words.",
}


def base_loss(pipe: Any, batch_size: int):
    """Eq. 14 of arXiv:2006.11239 given the caption, one caption in eight left out, as `helpers.fit` calls it."""
    noising = recipe.schedule()

    def loss(network: Base, step: int, generator: torch.Generator) -> Tensor:
        scenes, images = pictures(batch_size, generator)
        texts = some_left_out(captions.captions(scenes, generator), generator)
        with torch.no_grad():
            words = loop.embed(pipe, texts)
        x0 = shrink(images)
        t = torch.randint(noising.T, (batch_size,), generator=generator)
        noise = torch.randn(x0.shape, generator=generator)
        return denoising_loss(lambda x, t: network(x, t, words), x0, t, noise, noising, "velocity")

    return loss


def main(arguments: list[str] | None = None) -> None:
    """Train one stage, or go on with it, and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=list(STEPS))
    parser.add_argument("--steps", type=int)
    parser.add_argument("--work", type=Path, default=Path("runs/cascade"), help="folder of the states")
    args = parser.parse_args(arguments)
    steps, batch = args.steps or STEPS[args.stage], BATCH[args.stage]
    torch.manual_seed(0)
    config = FitConfig(steps=steps, lr=2e-3, lr_decay="cosine", warmup=100, optimizer="muon", clip_grad=1.0, ema_decay=0.998,
                       checkpoint=args.work / f"{args.stage}.safetensors")  # fmt: skip
    network: nn.Module
    if args.stage == "base":
        pipe = load_pipeline()
        network, loss = Base(pipe.unet), base_loss(pipe, batch)
    else:
        network = Upsampler().to(memory_format=torch.channels_last)
        loss = upsampler_loss(lambda generator: pictures(batch, generator)[1])
    result = fit(network, loss, config)
    parameters = sum(p.numel() for p in network.parameters())
    card = CARD.format(stage=args.stage, what=WHAT[args.stage], steps=steps, batch=batch, parameters=parameters)
    halves = assets.halved(result.model.state_dict())
    log = assets.loss_log(result.losses, 250)
    assets.save_weights(f"cascade_{args.stage}", halves, {"network": network.config}, card, log)


if __name__ == "__main__":
    main()
