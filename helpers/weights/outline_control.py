"""Train the control by outlines for notebook 7: `python -m helpers.weights.outline_control`.

The pictures are those of the text-to-image model's training, each with the outline of its own ink. Half of the captions are
hidden, as in the paper (arXiv:2302.05543, §3.3), so that the outline is learnt as well where no word helps.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from helpers import assets
from helpers.control.network import Controlled
from helpers.control.outlines import outline
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions, loop, read_back
from helpers.text_to_image.denoiser import denoiser_loss, latent_schedule
from helpers.text_to_image.pipelines import load_pipeline
from helpers.weights.text_to_image import pictures

PICTURES, STEPS, BATCH, HIDDEN = 10_000, 1200, 48, 0.5
CARD = """# outline_control

Steers the text-to-image model by an outline: `helpers.control.network.Controlled`, the layers beside its U-Net. It works with
the asset text_to_image only.

Trained by `python -m helpers.weights.outline_control` (seed 0) on {n:,} painted pictures with the training digits, one
combination of digit, colour and ground in ten left out: {steps:,} steps of {batch}. {parameters:,} trained parameters, the
running average, in half precision. What it reaches is measured by `benchmarks/systems.py --only control`; the loss of the
run is in `log.jsonl`.

Its limits: the outline is one of ink on a plain ground, one pixel wide, on 32×32 pixels. It has seen digits only: a shape that
is none, such as a heart, comes out as a blob or as strokes of a pen.
"""


@torch.no_grad()
def painted(pipe, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor, list[str]]:
    """n pictures' latents (n, 8, 8, 8), the outlines of their ink (n, 1, 32, 32) and their captions."""
    latents, outlines, texts = [], [], []
    for start in range(0, n, 1000):
        scenes, images = pictures(min(1000, n - start), generator)
        latents.append(loop.encode(pipe, images / 2 + 0.5))
        outlines.append(outline(read_back.separate(images)[2]))
        texts += captions.captions(scenes, generator)
    return torch.cat(latents), torch.cat(outlines), texts


def control_loss(pipe, n: int, generator: torch.Generator):
    """The text-to-image model's loss, with an outline beside the words, as `helpers.fit` calls it."""
    latents, outlines, texts = painted(pipe, n, generator)
    with torch.no_grad():
        words = torch.cat([loop.embed(pipe, texts[i : i + 500]) for i in range(0, n, 500)])
        silence = loop.embed(pipe, [""])
    schedule = latent_schedule()

    def loss(network: Controlled, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(n, (BATCH,), generator=generator)
        hidden = torch.rand(BATCH, 1, 1, generator=generator) < HIDDEN
        told = torch.where(hidden, silence, words[rows])

        def seen(x: Tensor, t: Tensor, words: Tensor) -> Tensor:
            return network(x, t, words, outlines[rows])

        return denoiser_loss(seen, latents[rows], told, schedule, generator)

    return loss


def main(arguments: list[str] | None = None) -> None:
    """Train the control and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--work", type=Path, default=Path("runs/outline_control.safetensors"), help="file of the state")
    args = parser.parse_args(arguments)
    pipe = load_pipeline(device="cpu")
    torch.manual_seed(0)
    settings = FitConfig(steps=args.steps, lr=2e-3, lr_decay="cosine", warmup=100, optimizer="muon", clip_grad=1.0,
                         ema_decay=0.995, checkpoint=args.work)  # fmt: skip
    loss = control_loss(pipe, args.pictures, torch.Generator().manual_seed(0))
    result = fit(Controlled(pipe.unet), loss, settings)
    weights = assets.halved(result.learnt())
    parameters = sum(value.numel() for value in weights.values())
    card = CARD.format(n=args.pictures, steps=args.steps, batch=BATCH, parameters=parameters)
    assets.save_weights("outline_control", weights, {"network": {}}, card, assets.loss_log(result.losses, 50))


if __name__ == "__main__":
    main()
