"""unCLIP's part of `systems.py`: agreement with and without the prior, variations, arithmetic with text."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from systems_lora import share
from text_to_image import ink, real_pictures

from helpers.evaluate import load_classifier
from helpers.text_to_image import captions, read_back
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import load_decoder, vary
from helpers.unclip.editing import text_difference
from helpers.unclip.prior import draw_features, load_prior

WEIGHT, DRAWS = 0.5, 4


def agreements(pictures: torch.Tensor, scenes: captions.Scenes) -> dict[str, dict]:
    """The share of each part of the scenes that the pictures show."""
    return {part: share(right) for part, right in read_back.read(pictures, load_classifier()).agrees(scenes).items()}


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """The root mean square difference of the strokes in two sets of pictures, cut out and brought to one size."""
    return (ink(a) - ink(b)).square().mean().sqrt().item()


def variations(real: torch.Tensor, features: torch.Tensor, scenes: captions.Scenes, painted: Callable) -> dict:
    """Two pictures of each real one's features: what they keep, and how far the strokes differ."""
    first, second = painted(features, 11), painted(features, 12)
    read = [read_back.read(pictures, load_classifier()).agrees(scenes) for pictures in (first, second)]
    kept = torch.cat([right["digit"] & right["colour"] & right["ground"] for right in read])
    return {
        "digit and colours kept": share(kept),
        "strokes apart": round(apart(first, second), 3),
        "strokes from the original": round(apart(first, real), 3),
    }


def arithmetic(features: torch.Tensor, scenes: captions.Scenes, clip: Any, painted: Callable) -> dict:
    """Another ink by the difference of two captions: how often it comes, and how often digit and ground stay."""
    colours = len(captions.COLOURS)
    other = (scenes.colour + 3) % colours
    other = torch.where(other == scenes.ground, (other + 1) % colours, other)
    wanted = replace(scenes, colour=other)
    was, becomes = (clip.text_features(captions.prompts(some)) for some in (scenes, wanted))
    right = read_back.read(painted(text_difference(features, was, becomes, WEIGHT), 13), load_classifier()).agrees(wanted)
    kept = right["digit"] & right["ground"]
    return {"weight": WEIGHT, "new colour": share(right["colour"]), "digit and ground kept": share(kept)}


@torch.no_grad()
def measure(n: int) -> dict:
    """All of unCLIP's figures, from n held-out scenes."""
    pipe = load_pipeline(device="cpu")
    clip, prior = load_clip(pipe.tokenizer), load_prior()
    result: dict[str, Any] = {"pictures": n}
    scenes = captions.random_scenes(n, torch.Generator().manual_seed(71), True)
    real = real_pictures(scenes, "test", 72)
    features = clip.image_features(real * 2 - 1)
    texts = clip.text_features(captions.prompts(scenes))
    decoder = load_decoder(pipe.unet)

    def painted(of: torch.Tensor, seed: int, draws: int = 1) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.cat([vary(pipe, decoder, clip, part, generator, draws) for part in of.split(50)])

    told = {
        "real picture's features": features,
        "with prior": draw_features(prior, texts, torch.Generator().manual_seed(73)),
        "without prior": texts,
    }
    result["agreement"] = {name: agreements(painted(of, 10), scenes) for name, of in told.items()}
    others = real_pictures(scenes, "test", 99)  # the same scenes in other people's handwriting
    result["variations"] = {
        "strokes of two real pictures": round(apart(real, others), 3),
        "one painted": variations(real, features, scenes, painted),
        f"nearest of {DRAWS}": variations(real, features, scenes, partial(painted, draws=DRAWS)),
    }
    result["arithmetic"] = arithmetic(features, scenes, clip, painted)
    return result
