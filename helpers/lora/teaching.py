"""Teach the text-to-image model a ninth colour: LoRA in its U-Net and its text encoder, trained for two minutes.

The word's own vector is trained along with the detours, so that the colour is one token as the other colours are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from helpers.checkpoint import write_tensors
from helpers.fit import FitConfig, FitResult, fit
from helpers.lora.layer import LoRALinear
from helpers.lora.lesson import lesson_loss
from helpers.lora.new_word import add_word
from helpers.text_to_image.denoiser import Denoiser

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


def save_learnt(run: FitResult, file: str | Path) -> int:
    """Write what a run has taught to a safetensors file, in half precision; returns its size in bytes."""
    halves = {name: value.half().contiguous() for name, value in run.learnt().items()}
    write_tensors(file, halves)
    return Path(file).stat().st_size


def teach(
    pipe: Any, digits: Tensor, labels: Tensor, steps: int = STEPS, layer: Callable[..., nn.Module] = LoRALinear, old: float = OLD
) -> FitResult:
    """Teach the pipeline's own networks, in place, the word “pink”, by detours and the word's vector.

    Returns the run, whose model is the averaged `Denoiser`.

    Args:
        pipe: the course's small pipeline.
        digits, labels: handwriting to paint with, (N, 1, H, W) in [-1, 1] and (N,).
        steps: of `BATCH` pictures; the default takes two minutes on two cores.
        layer: as in `adapt`.
        old: the share of old colours among the pictures.

    Raises:
        ValueError: the pipeline has been taught the word before.
    """
    add_word(pipe)
    loss = lesson_loss(pipe, digits, labels, PICTURES if steps > 20 else 4 * BATCH, old, BATCH)
    torch.manual_seed(0)
    pupil = Denoiser(pipe.unet, pipe.text_encoder)
    adapt(pupil, layer=layer)
    pipe.text_encoder.get_input_embeddings().vector.requires_grad_(True)
    settings = FitConfig(steps=steps, lr=4e-3, lr_decay="cosine", warmup=min(20, steps), clip_grad=1.0, ema_decay=0.97)
    result = fit(pupil, loss, settings)
    pipe.unet, pipe.text_encoder = result.model.unet, result.model.text_encoder
    return result
