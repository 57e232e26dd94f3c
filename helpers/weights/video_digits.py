"""Train the video model of notebook 7: `python -m helpers.weights.video_digits`.

It starts from the class-conditional network of notebook 5, which has seen single, larger digits, and learns from films that
are made as they are needed.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from helpers import assets
from helpers.conditional import DROP, drop_labels
from helpers.data import load_digits
from helpers.diffusion import diffuse, velocity
from helpers.fit import FitConfig, fit
from helpers.video.moving import FRAMES, paths, render
from helpers.video.network import VideoUnet
from helpers.video.noise import film_schedule

STEPS, BATCH = [7000, 9000], 4
MORE = 4000  # steps of a second run, from the weights of the first as they are stored
KNOWN = 0.4  # the share of films whose first frames are known
CARD = """# video_digits

Films of 16 frames in which one handwritten digit moves and bounces off the edges: `helpers.video.network.VideoUnet`, predicting
the velocity on `helpers.video.noise.film_schedule`, 1,000 steps; label 10 means no label, time 0 a known frame.

Trained by `python -m helpers.weights.video_digits` (seed 0), from a conditional_digits of
3,000 steps on (`python -m helpers.weights.conditional_digits --steps 3000 --seed 0`): {steps:,} steps of
{batch} films made from the training digits, in four of ten films with the first frames known; {parameters:,} parameters, the
running average, in half precision. The run was planned for 7,000 steps, and lengthened when these were done, so its learning
rate rises once at step 7,000; the script does the same. A second run (seed 1) went on from these weights for {more:,} steps,
with a learning rate that falls along a cosine. What it reaches is measured by `benchmarks/systems_video.py`; the loss of both
runs is in `log.jsonl`.

- Asked for a digit with guidance 5, it shows that digit in all 16 frames of 87.5 % of 160 films (81.5 to 91.8 %);
  steadied besides, with 0.3, of 91.2 % (85.8 to 94.7 %).
- Going on from four frames it keeps a digit that is named, though not its strokes, and follows the direction only in part.
"""


def film_loss(images: Tensor, labels: Tensor, batch_size: int = BATCH):
    """The mean square of what the network missed on fresh films, as `helpers.fit` calls it.

    In four films of ten the first frames, one to half of them, are known: they are handed over clean, at time 0, their own
    loss does not count, and half of these films have no label, so that the network learns to read it off the frames.
    """
    schedule = film_schedule()

    def loss(network: VideoUnet, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(images), (batch_size,), generator=generator)
        x0 = render(images[rows], paths(batch_size, generator))
        spread = (torch.rand(1, generator=generator) + torch.arange(batch_size) / batch_size) % 1
        known = known_frames(batch_size, generator)
        t = torch.where(known, 0, (schedule.T * spread).long()[:, None])
        noise = torch.randn(x0.shape, generator=generator)
        told = drop_labels(labels[rows], DROP, network.null, generator)
        told = torch.where(known[:, 0], drop_labels(told, 0.5, network.null, generator), told)
        pictures, times, noises = framewise(x0), framewise(t), framewise(noise)
        x_t = diffuse(pictures, times, noises, schedule).reshape(x0.shape)
        v = velocity(pictures, times, noises, schedule).reshape(x0.shape)
        missed = network(torch.where(known[..., None, None], x0, x_t), t, told).float() - v
        return missed.square().mean(dim=(2, 3))[~known].mean()

    return loss


def known_frames(n: int, generator: torch.Generator) -> Tensor:
    """Which frames are known, (n, 16): none in six films of ten, in the others the first 1 to 8."""
    how_many = torch.randint(1, FRAMES // 2 + 1, (n, 1), generator=generator)
    some = torch.rand(n, 1, generator=generator) < KNOWN
    return some & (torch.arange(FRAMES) < how_many)


def framewise(x: Tensor) -> Tensor:
    """Frames one by one, (B, frames, …) → (B·frames, 1, …) for pictures and (B·frames,) for times."""
    return x.flatten() if x.ndim == 2 else x.flatten(0, 1)[:, None]


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
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="where to end; of several, go on to each in turn")
    parser.add_argument("--more", type=int, default=MORE, help="steps of the second run")
    parser.add_argument("--work", type=Path, default=Path("runs/video_digits.safetensors"), help="file of the state")
    args = parser.parse_args(arguments)
    network, loss = new_network(), film_loss(*load_digits("train"))
    config = FitConfig(
        lr=1e-3, lr_decay="tail", warmup=100, optimizer="muon", clip_grad=1.0, ema_decay=0.999, checkpoint=args.work
    )
    for steps in args.steps:
        first = fit(network, loss, replace(config, steps=steps))
    network.load_state_dict(assets.halved(first.model.state_dict()))
    again = args.work.with_stem(f"{args.work.stem}_more")
    second = fit(network, loss, replace(config, steps=args.more, lr_decay="cosine", seed=1, checkpoint=again))
    parameters = sum(p.numel() for p in network.parameters())
    card = CARD.format(steps=args.steps[-1], more=args.more, batch=BATCH, parameters=parameters)
    halves, log = assets.halved(second.model.state_dict()), assets.loss_log(first.losses + second.losses, 250)
    assets.save_weights("video_digits", halves, {"network": network.config}, card, log)


if __name__ == "__main__":
    main()
