"""Paint with a network that is told something else than words, or more than words: the sampler is the same."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from helpers.sampling import final, sample
from helpers.text_to_image import loop
from helpers.text_to_image.denoiser import latent_schedule

Told = Callable[[Tensor, Tensor], Tensor]  # (latents (2B, C, h, w), t (2B,)) → velocities; only the first B are told anything


@torch.no_grad()
def paint_guided(
    pipe: Any,
    network: Told,
    n: int,
    generator: torch.Generator,
    steps: int = 25,
    scale: float = 5.0,
    x: Tensor | None = None,
    **how: Any,
) -> Tensor:
    """Pictures (n, 3, H, W) in [0, 1], by DPM-Solver++ unless `how` says otherwise, with classifier-free guidance.

    Args:
        pipe: the text-to-image pipeline, for its autoencoder.
        network: asked for 2n velocities at a time, those that are told and those that are not.
        n: how many.
        generator: of all noise.
        steps, scale: of sampling and guidance.
        x: latents of noise to start from (default: drawn from the generator).
        how: fields of `helpers.sampling.Sampling`, such as method="ddim", eta=1.0.
    """

    def predict(x: Tensor, t: Tensor) -> Tensor:
        told, untold = network(torch.cat([x, x]), torch.cat([t, t])).chunk(2)
        return loop.classifier_free_guidance(untold, told, scale)

    shape = loop.noise_shape(pipe, n)
    how = {"method": "dpm", "steps": steps, "prediction": "velocity", "clip": None, **how}
    return loop.decode(pipe, final(sample(predict, latent_schedule(), shape, generator=generator, x=x, **how)))
