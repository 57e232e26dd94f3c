"""Train the video model of notebook 7: `python -m helpers.weights.video_digits`.

It starts from the class-conditional network of notebook 5, which has seen single, larger digits, and learns from films that
are made as they are needed.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from helpers import assets, recipe
from helpers.conditional import DROP, drop_labels
from helpers.data import load_digits
from helpers.fit import FitConfig, fit
from helpers.training import denoising_loss
from helpers.video.moving import paths, render
from helpers.video.network import VideoUnet

STEPS, BATCH = 2500, 4
CARD = """# video_digits

Films of 16 frames in which one handwritten digit moves and bounces off the edges: `helpers.video.network.VideoUnet`, predicting
the velocity on a cosine schedule of 1,000 steps; label 10 means no label.

Trained by `python -m helpers.weights.video_digits` (seed 0), from the weights of conditional_digits on: {steps:,} steps of
{batch} films made from the training digits, {parameters:,} parameters, the running average, in half precision. What it
reaches is measured by `benchmarks/systems_video.py`; the loss of the run is in `log.jsonl`.

- Licence: handwriting MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
"""


def film_loss(images: Tensor, labels: Tensor, batch_size: int = BATCH):
    """Eq. 14 of arXiv:2006.11239 on fresh films with one label in ten dropped, as `helpers.fit` calls it."""
    schedule = recipe.schedule()

    def loss(network: VideoUnet, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(images), (batch_size,), generator=generator)
        x0 = render(images[rows], paths(batch_size, generator))
        t = torch.randint(schedule.T, (batch_size,), generator=generator)
        noise = torch.randn(x0.shape, generator=generator)
        told = drop_labels(labels[rows], DROP, network.null, generator)
        return denoising_loss(lambda x, t: network(x, t, told), x0, t, noise, schedule, "velocity")

    return loss


def new_network() -> VideoUnet:
    """The network before training: notebook 5's weights in space, nothing along time."""
    config, weights = assets.load_weights("conditional_digits")
    torch.manual_seed(0)
    network = VideoUnet(**config["network"])
    network.space.load_state_dict(weights)
    return network


def main(arguments: list[str] | None = None) -> None:
    """Train the network, or go on with it, and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--work", type=Path, default=Path("runs/video_digits.safetensors"), help="file of the state")
    args = parser.parse_args(arguments)
    network = new_network()
    config = FitConfig(steps=args.steps, lr=1e-3, lr_decay="tail", warmup=100, optimizer="muon", clip_grad=1.0, ema_decay=0.998,
                       checkpoint=args.work)  # fmt: skip
    result = fit(network, film_loss(*load_digits("train")), config)
    card = CARD.format(steps=args.steps, batch=BATCH, parameters=sum(p.numel() for p in network.parameters()))
    halves = assets.halved(result.model.state_dict())
    assets.save_weights("video_digits", halves, {"network": network.config}, card, assets.loss_log(result.losses, 250))


if __name__ == "__main__":
    main()
