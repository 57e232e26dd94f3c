"""LoRA's and textual inversion's part of `systems.py`: does the text-to-image model learn pink, and what does it forget?"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from text_to_image import interval, paint_in_batches, real_pictures

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.fit import FitResult
from helpers.lora.lesson import pink
from helpers.lora.new_word import teach_word
from helpers.lora.teaching import save_learnt, teach
from helpers.text_to_image import captions, loop, read_back
from helpers.text_to_image.pipelines import load_pipeline

SETTING = {"steps": 30, "scale": 3.0, "first_seed": 2000}
LESSONS = {"the word alone": teach_word, "with old colours": teach, "pink only": partial(teach, old=0.0)}


def share(right: torch.Tensor) -> dict[str, float]:
    """A share in per cent with its 95 % interval, of bool (N,)."""
    low, high = interval(int(right.sum()), len(right))
    return {"share": round(100 * right.double().mean().item(), 1), "low": low, "high": high}


def change(before: torch.Tensor, after: torch.Tensor) -> dict[str, float]:
    """The change of a share in points, picture by picture, with its 95 % interval: bool (N,) each."""
    difference = 100 * (after.double() - before.double())
    half = 1.96 * difference.std().item() / len(difference) ** 0.5
    mean = difference.mean().item()
    return {"points": round(mean, 1), "low": round(mean - half, 1), "high": round(mean + half, 1)}


def scenes_of(n: int) -> dict[str, captions.Scenes]:
    """Held-out scenes: n in pink ink or on pink ground, n in the old colours."""
    generator = torch.Generator().manual_seed(70)
    many = pink(captions.random_scenes(16 * n, generator, None), generator)
    return {"pink": many[captions.held_out(many)][:n], "old": captions.random_scenes(n, generator, True)}


def agreement(pipe, scenes: captions.Scenes) -> dict[str, torch.Tensor]:
    """For each part of the scenes whether the picture painted from the prompt shows it, among nine colours."""
    pictures = paint_in_batches(pipe, captions.prompts(scenes), **SETTING)
    return read_back.read(pictures, load_classifier(), ninth=True).agrees(scenes)


def through_the_autoencoder(pipe: Any, scenes: captions.Scenes) -> torch.Tensor:
    """Whether real pictures, sent through the autoencoder, which no lesson changes, are read as their prompts: bool (N,)."""
    pictures = loop.decode(pipe, loop.encode(pipe, real_pictures(scenes, "test", 71)))
    return read_back.read(pictures, load_classifier(), ninth=True).agrees(scenes)["all"]


def after(
    lesson: Callable[..., FitResult], asked: dict[str, captions.Scenes], before: dict[str, dict[str, torch.Tensor]]
) -> dict:
    """Agreement after a lesson, its seconds and bytes, and whether the old prompts are still read as before, to the bit."""
    pipe, prompts = load_pipeline(device="cpu"), captions.prompts(asked["old"])
    encoded = loop.embed(pipe, prompts)
    started = time.process_time()
    run = lesson(pipe, *load_digits("train"))
    seconds = time.process_time() - started
    with tempfile.TemporaryDirectory() as folder:
        size = save_learnt(run, Path(folder) / "pink.safetensors")
    right = {kind: agreement(pipe, scenes) for kind, scenes in asked.items()}
    ink = asked["pink"].colour == captions.NINTH_COLOUR
    return {
        "steps": len(run.losses),
        "cpu_seconds": round(seconds),
        "bytes": size,
        **{kind: share(parts["all"]) for kind, parts in right.items()},
        "pink ink": share(right["pink"]["all"][ink]),
        "pink ground": share(right["pink"]["all"][~ink]),
        "colours of pink": share(right["pink"]["colour"] & right["pink"]["ground"]),
        "change of old": change(before["old"]["all"], right["old"]["all"]),
        "old prompts encoded as before": torch.equal(loop.embed(pipe, prompts), encoded),
    }


def measure(n: int) -> dict:
    """Agreement before the lessons and after each, always from the same noise."""
    asked = scenes_of(n)
    pipe = load_pipeline(device="cpu")
    before = {kind: agreement(pipe, scenes) for kind, scenes in asked.items()}
    result = {"pictures": n, **SETTING, "before": {kind: share(right["all"]) for kind, right in before.items()}}
    result["real, through the autoencoder"] = {
        kind: share(through_the_autoencoder(pipe, scenes)) for kind, scenes in scenes_of(1000).items()
    }
    return result | {name: after(lesson, asked, before) for name, lesson in LESSONS.items()}
