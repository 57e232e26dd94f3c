"""Measure the small text-to-image model: `python benchmarks/text_to_image.py` (about 15 minutes on two cores).

Prompts are drawn from scenes of training and from held-out ones (a combination of digit, colour and ground that
training never showed). Each picture is read back: digit by the course's classifier, colours by the palette.
Writes results/text_to_image.json; what `--only` leaves out stays there as it was.
"""

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from measure import RESULTS, keep, kept, machine, print_table, wilson

from helpers.data import load_digits
from helpers.evaluate import fid, load_classifier
from helpers.text_to_image import captions, read_back
from helpers.text_to_image.loop import decode, encode, load_pipeline, seeds, text_to_image
from helpers.text_to_image.pipelines import SMALL

FILE = RESULTS / "text_to_image.json"
PARTS = ("digit", "colour", "ground", "place", "all")


def paint_in_batches(pipe, prompts: list[str], steps: int, scale: float, first_seed: int, batch: int = 50):
    """Pictures (N, 3, 32, 32) for N prompts, the i-th from seed first_seed + i."""
    parts = []
    for start in range(0, len(prompts), batch):
        some = prompts[start : start + batch]
        parts.append(text_to_image(pipe, some, steps, scale, seeds(first_seed + start, len(some))))
    return torch.cat(parts)


def real_pictures(scenes: captions.Scenes, split: str, seed: int) -> torch.Tensor:
    """The same scenes painted with real handwriting: (N, 3, 32, 32) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = load_digits(split)
    digits = captions.handwriting(scenes, images, labels, generator)
    return captions.render(scenes, digits, generator) / 2 + 0.5


def in_batches(painted: Callable[..., torch.Tensor], seed: int, *of: Any) -> torch.Tensor:
    """What `painted` makes of tensors or lists with one row a picture, fifty rows at a time, from one generator."""
    generator, starts = torch.Generator().manual_seed(seed), range(0, len(of[0]), 50)
    return torch.cat([painted(*(some[i : i + 50] for some in of), generator=generator) for i in starts])


def interval(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, `right` of `n`, in per cent; unlike ± it stays within 0 and 100."""
    low, high = wilson(right, n)
    return round(max(0.0, 100 * low), 1), round(min(100.0, 100 * high), 1)


def shares(pictures: torch.Tensor, scenes: captions.Scenes) -> dict[str, float]:
    """The share of pictures with the right digit, colour, ground and place, in per cent, with 95 % intervals."""
    right = read_back.read(pictures, load_classifier()).agrees(scenes)
    row = {}
    for part in PARTS:
        count, n = int(right[part].sum()), len(right[part])
        row[part] = round(100 * count / n, 1)
        row[f"{part}_low"], row[f"{part}_high"] = interval(count, n)
    return row


def ink(pictures: torch.Tensor) -> torch.Tensor:
    """The digits cut out of pictures, (N, 1, 32, 32) in [-1, 1]: what the Fréchet distance is taken of."""
    return read_back.isolate(read_back.separate(pictures * 2 - 1)[2])


def measure_accuracy(pipe, n: int, scales: tuple[float, ...], steps: int, kinds: list[str]):
    """One row for each guidance scale and kind of prompt; the first rows are real pictures, the ceiling."""
    for kind in kinds:
        unseen = kind == "held-out"
        scenes = captions.random_scenes(n, torch.Generator().manual_seed(100 + unseen), unseen)
        real, again = real_pictures(scenes, "test", 1), real_pictures(scenes, "train", 2)
        yield {"pictures": "real", "prompts": kind, **shares(real, scenes), "fid": round(fid(ink(again), ink(real)), 2)}
        for scale in scales:
            made = paint_in_batches(pipe, captions.prompts(scenes), steps, scale, 1000)
            row = {"pictures": f"guidance {scale:g}", "prompts": kind, **shares(made, scenes)}
            yield {**row, "fid": round(fid(ink(made), ink(real)), 2)}


def measure_schedulers(pipe, n: int, scale: float, steps: int, unseen: bool):
    """One row for each scheduler; the one that ships at 50 steps is among the rows of `measure_accuracy`, with the same seeds."""
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, PNDMScheduler

    kinds = {"DPM-Solver++": DPMSolverMultistepScheduler, "DDIM": DDIMScheduler, "PNDM": PNDMScheduler}
    kinds |= {"Euler": EulerDiscreteScheduler}
    scenes = captions.random_scenes(n, torch.Generator().manual_seed(100 + unseen), unseen)
    real, own = real_pictures(scenes, "test", 1), pipe.scheduler
    for name, kind in kinds.items():
        pipe.scheduler = kind.from_config(own.config)
        started = time.process_time()
        made = paint_in_batches(pipe, captions.prompts(scenes), steps, scale, 1000)
        row = {"scheduler": name, "steps": steps, "scale": scale, "prompts": "held-out" if unseen else "seen"}
        row["cpu_seconds_a_picture"] = round((time.process_time() - started) / n, 3)
        yield {**row, **shares(made, scenes), "fid": round(fid(ink(made), ink(real)), 2)}
    pipe.scheduler = own


def measure_autoencoder(pipe, n: int) -> dict:
    """Peak signal-to-noise ratio of held-out pictures through the autoencoder and back, and what is still legible."""
    scenes = captions.random_scenes(n, torch.Generator().manual_seed(102), None)
    real = real_pictures(scenes, "test", 3)
    back = torch.cat([decode(pipe, encode(pipe, part)) for part in real.split(100)])
    psnr = -10 * (back - real).square().mean((1, 2, 3)).log10()
    quality = {"pictures": n, "psnr_db": round(psnr.mean().item(), 2), "worst_db": round(psnr.min().item(), 2)}
    return {**quality, **shares(back, scenes)}


def measure_times(steps: int) -> dict:
    """Seconds after a warm-up: to load, for one and four pictures at these steps, for one in 20 of DPM-Solver++."""
    from diffusers import DPMSolverMultistepScheduler

    started = time.perf_counter()
    pipe = load_pipeline(device="cpu")
    times = {"threads": torch.get_num_threads(), "load_s": round(time.perf_counter() - started, 2)}
    text_to_image(pipe, "a red seven", 2)
    for n in (1, 4):
        started = time.perf_counter()
        pipe(["a red seven on a blue background"] * n, num_inference_steps=steps, guidance_scale=8.0)
        times[f"paint_{n}_s"] = round(time.perf_counter() - started, 2)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    runs = []
    for seed in range(5):
        started = time.perf_counter()
        text_to_image(pipe, "a red seven on a blue background", 20, 8.0, seeds(seed, 1))
        runs.append(time.perf_counter() - started)
    return {**times, "paint_1_in_20_steps_s": round(statistics.median(runs), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=500, help="pictures in each row of the table")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--scales", type=float, nargs="+", default=[1.0, 3.0, 8.0])
    parser.add_argument("--prompts", nargs="+", default=["seen", "held-out"], choices=["seen", "held-out"])
    parser.add_argument("--only", choices=["times", "autoencoder", "accuracy", "schedulers"])
    args = parser.parse_args()
    content = kept(FILE)

    def found(**measured):
        content.update(measured)
        keep(FILE, content)
        print(json.dumps(measured, ensure_ascii=False), flush=True)

    size = sum(file.stat().st_size for file in Path(SMALL).rglob("*") if file.is_file())
    found(megabytes=round(size / 1e6, 2))
    if args.only in (None, "times"):
        found(times={"machine": machine(), **measure_times(args.steps)})
    pipe = load_pipeline(device="cpu")
    if args.only in (None, "autoencoder"):
        found(autoencoder=measure_autoencoder(pipe, args.n))
    if args.only in (None, "schedulers"):
        rows = []
        for scale, kind in itertools.product((8.0, 3.0), args.prompts):
            for row in measure_schedulers(pipe, args.n, scale, 20, kind == "held-out"):
                rows.append(row)
                found(schedulers={"machine": machine(), "setting": f"{args.n} pictures a row", "rows": rows})
    if args.only in (None, "accuracy"):
        rows = []
        for row in measure_accuracy(pipe, args.n, tuple(args.scales), args.steps, args.prompts):
            rows.append(row)
            print(json.dumps(row), flush=True)
        found(machine=machine(), setting=f"{args.n} pictures a row, PNDM, {args.steps} steps", rows=rows)
        print_table([{key: value for key, value in row.items() if not key.endswith(("_low", "_high"))} for row in rows])


if __name__ == "__main__":
    main()
