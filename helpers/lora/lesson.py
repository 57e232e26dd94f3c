"""The lesson in pink, a ninth colour that the text-to-image model has never seen: its pictures, its captions and its loss.

Who has weights to lose learns from old colours too: without those the model would forget the old words while it learns the new
one.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from helpers.fit import LossFn
from helpers.text_to_image import captions, loop
from helpers.text_to_image.captions import Scenes
from helpers.text_to_image.denoiser import Denoiser, denoiser_loss, latent_schedule, some_left_out
from helpers.text_to_image.parts import tokens


def pink(scenes: Scenes, generator: torch.Generator, old: float = 0.0) -> Scenes:
    """The scenes with pink ink (two in three) or on pink ground (one in three), but for a share `old` that stays as it is."""
    draw = (torch.rand(len(scenes), generator=generator) - old) / (1 - old) if old < 1 else torch.full((len(scenes),), -1.0)
    return replace(
        scenes,
        colour=torch.where((draw >= 0) & (draw < 2 / 3), captions.NINTH_COLOUR, scenes.colour),
        ground=torch.where(draw >= 2 / 3, captions.NINTH_COLOUR, scenes.ground),
    )


def lesson(n: int, generator: torch.Generator, old: float) -> Scenes:
    """n scenes for the lesson: a share `old` as in the model's training, the others with pink in them."""
    return pink(captions.random_scenes(n, generator), generator, old)


def lesson_loss(pipe: Any, digits: Tensor, labels: Tensor, n: int, old: float, batch: int) -> LossFn:
    """Paint the lesson, squeeze it into latents, and return a step's loss on it: (Denoiser, step, generator) → scalar.

    Args:
        pipe: the course's small pipeline; its tokenizer must not change afterwards.
        digits, labels: handwriting to paint with, (N, 1, H, W) in [-1, 1] and (N,).
        n: pictures in the lesson.
        old: the share of old colours among them.
        batch: pictures in a step.
    """
    generator = torch.Generator().manual_seed(0)
    scenes = lesson(n, generator, old)
    images = captions.render(scenes, captions.handwriting(scenes, digits, labels, generator), generator)
    latents = torch.cat([loop.encode(pipe, part) for part in (images / 2 + 0.5).split(256)])
    schedule, tokenizer = latent_schedule(), pipe.tokenizer

    def loss(network: Denoiser, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(latents), (batch,), generator=generator)
        texts = some_left_out(captions.captions(scenes[rows], generator), generator)
        return denoiser_loss(network, latents[rows], tokens(tokenizer, texts), schedule, generator)

    return loss
