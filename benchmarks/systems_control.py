"""The control's part of `systems.py`: does the ink keep to an outline, and do the words still count?"""

from functools import partial
from typing import Any

import torch
from systems_lora import share
from systems_video import mean
from text_to_image import in_batches, real_pictures

from helpers.control.network import Controlled, load_control, paint_inside
from helpers.evaluate import load_classifier
from helpers.text_to_image import captions, loop, read_back
from helpers.text_to_image.pipelines import load_pipeline


def overlap(a: torch.Tensor, b: torch.Tensor) -> dict[str, float]:
    """The mean of |a ∩ b| / |a ∪ b| of sheets of ink (N, 1, 32, 32), with its 95 % interval."""
    a, b = a > 0.5, b > 0.5
    return mean((a & b).sum((1, 2, 3)) / (a | b).sum((1, 2, 3)))


@torch.no_grad()
def measure(n: int) -> dict:
    """Overlap with the outlined ink and agreement with the prompt of n held-out scenes, by what the model is told."""
    pipe = load_pipeline(device="cpu")
    scenes = captions.random_scenes(n, torch.Generator().manual_seed(81), True)
    real, others_real = (real_pictures(scenes, "test", seed) for seed in (82, 84))
    again = loop.decode(pipe, loop.encode(pipe, real))
    ink, ink_again, ink_of_others = (read_back.separate(some * 2 - 1)[2] for some in (real, again, others_real))
    control, none = load_control(pipe.unet), Controlled(pipe.unet)
    prompts, own, others = captions.prompts(scenes), torch.arange(n), torch.arange(n).roll(1)
    rows = {  # what is told → the network, its prompts, whose outline each picture gets
        "the prompt alone": (none, prompts, own),
        "prompt and outline": (control, prompts, own),
        "the outline alone": (control, [""] * n, own),
        "prompt and another's outline": (control, prompts, others),
    }
    result: dict[str, Any] = {
        "pictures": n,
        "overlap of two people's ink": overlap(ink, ink_of_others),
        "overlap after the autoencoder": overlap(ink, ink_again),
        "another's digit is the prompt's": share(scenes.digit == scenes.digit[others]),
    }
    for name, (network, told, whose) in rows.items():
        pictures = in_batches(partial(paint_inside, pipe, network), 83, told, ink[whose])
        read = read_back.read(pictures, load_classifier())
        agrees = read.agrees(scenes)
        result[name] = {
            "overlap": overlap(read_back.separate(pictures * 2 - 1)[2], ink[whose]),
            "the prompt's digit": share(agrees["digit"]),
            "the outlined digit": share(read.digit == scenes.digit[whose]),
            "both colours": share(agrees["colour"] & agrees["ground"]),
        }
    return result
