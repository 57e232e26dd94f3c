"""unCLIP's part of `systems.py`: agreement with and without the prior, variations, arithmetic with text."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from systems_lora import share
from text_to_image import in_batches, ink, real_pictures

from helpers.evaluate import load_classifier
from helpers.text_to_image import captions, read_back
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip import decoder as unclip_decoder
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import load_decoder, noise_of, vary
from helpers.unclip.editing import text_difference
from helpers.unclip.prior import draw_features, load_prior

WEIGHT = 0.5
LITTLE = 0.4  # η: new noise in a variation, less than `vary` adds by default


def agreements(pictures: torch.Tensor, scenes: captions.Scenes) -> dict[str, dict]:
    """The share of each part of the scenes that the pictures show."""
    return {part: share(right) for part, right in read_back.read(pictures, load_classifier()).agrees(scenes).items()}


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """The root mean square difference of the strokes in two sets of pictures, cut out and brought to one size."""
    return (ink(a) - ink(b)).square().mean().sqrt().item()


def variations(real: torch.Tensor, scenes: captions.Scenes, painted: Callable[[int], torch.Tensor]) -> dict:
    """Two pictures of each real one, painted from two seeds: what they keep, and how far the strokes differ."""
    first, second = painted(11), painted(12)
    read = [read_back.read(pictures, load_classifier()).agrees(scenes) for pictures in (first, second)]
    kept = torch.cat([right["digit"] & right["colour"] & right["ground"] for right in read])
    return {
        "digit and colours kept": share(kept),
        "strokes apart": round(apart(first, second), 3),
        "strokes from the original": round(apart(first, real), 3),
    }


def other_ink(scenes: captions.Scenes) -> captions.Scenes:
    """The scenes in another ink, never the ground's colour."""
    colours = len(captions.COLOURS)
    other = (scenes.colour + 3) % colours
    return replace(scenes, colour=torch.where(other == scenes.ground, (other + 1) % colours, other))


def arithmetic(pictures: torch.Tensor, wanted: captions.Scenes) -> dict:
    """Pictures whose features were turned to another ink: how often it has come, and how often digit and ground stayed."""
    right = read_back.read(pictures, load_classifier()).agrees(wanted)
    return {"new colour": share(right["colour"]), "digit and ground kept": share(right["digit"] & right["ground"])}


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

    def paint(of: torch.Tensor, generator: torch.Generator, **how: Any) -> torch.Tensor:
        return unclip_decoder.paint(pipe, decoder, of, generator, **how)

    def varied(of: torch.Tensor, noise: torch.Tensor, generator: torch.Generator, **how: Any) -> torch.Tensor:
        return vary(pipe, decoder, of, noise, generator, **how)

    def from_noise(of: torch.Tensor, noise: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return paint(of, generator, x=noise, method="ddim")

    told = {
        "real picture's features": features,
        "with prior": draw_features(prior, texts, torch.Generator().manual_seed(73)),
        "without prior": texts,
    }
    result["agreement"] = {name: agreements(in_batches(paint, 10, of), scenes) for name, of in told.items()}
    own = noise_of(pipe, decoder, real, features)
    result["variations"] = {
        "strokes of two real pictures": round(apart(real, real_pictures(scenes, "test", 99)), 3),
        "from other noise": variations(real, scenes, lambda seed: in_batches(paint, seed, features)),
        "from its own noise": variations(real, scenes, lambda seed: in_batches(varied, seed, features, own)),
        f"from its own noise, η = {LITTLE}": variations(
            real, scenes, lambda seed: in_batches(partial(varied, eta=LITTLE), seed, features, own)
        ),
    }
    wanted = other_ink(scenes)
    was, becomes = (clip.text_features(captions.prompts(some)) for some in (scenes, wanted))
    turned = text_difference(features, was, becomes, WEIGHT)
    result["arithmetic"] = {
        "weight": WEIGHT,
        "from other noise": arithmetic(in_batches(paint, 13, turned), wanted),
        "from its own noise": arithmetic(in_batches(from_noise, 13, turned, own), wanted),
    }
    return result
