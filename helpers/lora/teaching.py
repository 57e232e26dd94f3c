"""Teach the text-to-image model a ninth colour: LoRA in its U-Net and its text encoder, trained for two minutes.

Half of the pictures are pink in ink or ground, the others are as before: without those the model would forget the old words while
it learns the new one.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from helpers.files import write_atomically
from helpers.fit import FitConfig, FitResult, fit
from helpers.lora.layer import LoRALinear
from helpers.text_to_image import captions
from helpers.text_to_image.captions import Scenes
from helpers.text_to_image.denoiser import Denoiser, denoiser_loss, latent_schedule, some_left_out
from helpers.text_to_image.parts import tokens

RANK, ALPHA = 4, 4.0
STEPS, BATCH, PICTURES = 400, 48, 3000
OLD = 0.5  # the share of old colours in the lesson
ADAPTED = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def adapt(module: nn.Module, rank: int = RANK, alpha: float = ALPHA, layer: Callable[..., nn.Module] = LoRALinear) -> list[str]:
    """Put a detour around every attention and text layer of a network, in place; the rest is frozen. Returns their names.

    Args:
        module: the network.
        rank, alpha: of the detours.
        layer: (base, rank, alpha) → the adapted layer: the course's, or a student's own.

    Raises:
        ValueError: it has no such layer, as when it has been adapted before.
    """
    names = [name for name, part in module.named_modules() if isinstance(part, nn.Linear) and name.endswith(ADAPTED)]
    if not names:
        raise ValueError("no layer to put a detour around: if the network has been taught already, load it anew and teach that")
    module.requires_grad_(False)
    for name in names:
        parent, _, last = name.rpartition(".")
        owner = module.get_submodule(parent)
        setattr(owner, last, layer(getattr(owner, last), rank, alpha))
    return names


def save_detours(run: FitResult, file: str | Path) -> int:
    """Write what a run of `teach` has taught to a safetensors file, in half precision; returns its size in bytes."""
    from safetensors.torch import save_file

    halves = {name: value.half().contiguous() for name, value in run.learnt().items()}
    write_atomically(Path(file), lambda temporary: save_file(halves, temporary))
    return Path(file).stat().st_size


def lesson(n: int, generator: torch.Generator, old: float = OLD) -> Scenes:
    """n scenes for the lesson: a share `old` as in the model's training, the others with pink in them."""
    return pink(captions.random_scenes(n, generator), generator, old)


def pink(scenes: Scenes, generator: torch.Generator, old: float = 0.0) -> Scenes:
    """The scenes with pink ink (two in three) or on pink ground (one in three), but for a share `old` that stays as it is."""
    draw = (torch.rand(len(scenes), generator=generator) - old) / (1 - old) if old < 1 else torch.full((len(scenes),), -1.0)
    return replace(
        scenes,
        colour=torch.where((draw >= 0) & (draw < 2 / 3), captions.NINTH_COLOUR, scenes.colour),
        ground=torch.where(draw >= 2 / 3, captions.NINTH_COLOUR, scenes.ground),
    )


def teach(
    pipe: Any, digits: Tensor, labels: Tensor, steps: int = STEPS, layer: Callable[..., nn.Module] = LoRALinear, old: float = OLD
) -> FitResult:
    """Teach the pipeline's own networks, in place, the word “pink”; returns the run, whose model is the averaged `Denoiser`.

    Args:
        pipe: the course's small pipeline.
        digits, labels: handwriting to paint with, (N, 1, H, W) in [-1, 1] and (N,).
        steps: of `BATCH` pictures; the default takes two minutes on two cores.
        layer: as in `adapt`.
        old: the share of old colours among the pictures.

    Raises:
        ValueError: the pipeline has been taught before.
    """
    generator = torch.Generator().manual_seed(0)
    scenes = lesson(PICTURES if steps > 20 else 4 * BATCH, generator, old)
    images = captions.render(scenes, captions.handwriting(scenes, digits, labels, generator), generator)
    with torch.no_grad():
        factor = pipe.vae.config.scaling_factor
        latents = torch.cat([pipe.vae.encode(part).latent_dist.mean * factor for part in images.split(256)])
    schedule = latent_schedule()

    def loss(network: Denoiser, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(latents), (BATCH,), generator=generator)
        texts = some_left_out(captions.captions(scenes[rows], generator), generator)
        return denoiser_loss(network, latents[rows], tokens(pipe.tokenizer, texts), schedule, generator)

    torch.manual_seed(0)
    pupil = Denoiser(pipe.unet, pipe.text_encoder)
    adapt(pupil, layer=layer)
    settings = FitConfig(steps=steps, lr=4e-3, lr_decay="cosine", warmup=min(20, steps), clip_grad=1.0, ema_decay=0.97)
    result = fit(pupil, loss, settings)
    pipe.unet, pipe.text_encoder = result.model.unet, result.model.text_encoder
    return result
