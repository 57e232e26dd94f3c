"""LoRA's part of `systems.py`: does the text-to-image model learn pink, and what does it forget?"""

import tempfile
import time
from pathlib import Path

import torch
from text_to_image import interval, paint_in_batches

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.lora.teaching import OLD, STEPS, pink, save_detours, teach
from helpers.text_to_image import captions, read_back
from helpers.text_to_image.pipelines import load_pipeline

SETTING = {"steps": 30, "scale": 3.0, "first_seed": 2000}
LESSONS = {"with old colours": OLD, "pink only": 0.0}


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


def measure(n: int, steps: int = STEPS) -> dict:
    """Agreement before the lesson and after it, with and without old colours among its pictures; minutes and bytes."""
    digits, labels = load_digits("train")
    asked = scenes_of(n)
    pipe = load_pipeline(device="cpu")
    before = {kind: agreement(pipe, scenes) for kind, scenes in asked.items()}
    result = {"pictures": n, **SETTING, "before": {kind: share(right["all"]) for kind, right in before.items()}}
    for name, old in LESSONS.items():
        pipe = load_pipeline(device="cpu")
        started = time.process_time()
        run = teach(pipe, digits, labels, steps, old=old)
        seconds = time.process_time() - started
        with tempfile.TemporaryDirectory() as folder:
            size = save_detours(run, Path(folder) / "pink.safetensors")
        after = {kind: agreement(pipe, scenes) for kind, scenes in asked.items()}
        result[name] = {
            "steps": steps,
            "cpu_seconds": round(seconds),
            "bytes": size,
            **{kind: share(right["all"]) for kind, right in after.items()},
            "colours of pink": share(after["pink"]["colour"] & after["pink"]["ground"]),
            "change of old": change(before["old"]["all"], after["old"]["all"]),
        }
    return result
