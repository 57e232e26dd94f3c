"""What each choice of the in-class recipe bought, over several seeds: `python benchmarks/ablation.py`.

On two cores an hour and a half. For each seed the recipe is trained for a few hundred steps, then again with one thing changed
at a time. Writes the table that notebook 3 shows, ablation.json, into the folder of the shipped weights: each change's mean over
the seeds, and its difference from the recipe with a 95 % interval from the seeds' paired differences (Student's t). Seeds that
were measured before in the same setting are kept, so the run can be interrupted.
"""

import argparse
import json
import statistics
from pathlib import Path

from measure import machine, print_table
from scipy.stats import t as student

from helpers import assets, evaluate, recipe
from helpers.data import load_digits
from helpers.files import write_text
from helpers.training import train

RECIPE, UNAVERAGED = "the recipe", "without the average of the weights"
# change: (what differs in the network, in the training, the schedule)
VARIANTS = {
    RECIPE: ({}, {}, "cosine"),
    UNAVERAGED: ({}, {}, "cosine"),
    "noise instead of velocity": ({}, {"prediction": "noise"}, "cosine"),
    "linear instead of cosine schedule": ({}, {}, "linear"),
    "BatchNorm instead of GroupNorm": ({"norm": "batch"}, {}, "cosine"),
    "plain blocks, no residual connections": ({"residual": False}, {}, "cosine"),
    "with self-attention at the bottom": ({"attention": True}, {}, "cosine"),
    "AdamW instead of Muon": ({}, {"optimizer": "adam"}, "cosine"),
    "4×4 patches, widths 96 and 192": ({"widths": (96, 192), "patch": 4}, {}, "cosine"),
}


def measure(change, seed, steps, n, real, recipes_own):
    """One run's FID and legible share; `recipes_own` is the network of the recipe, whose last weights are a row too."""
    network, training, schedule_name = VARIANTS[change]
    schedule = recipe.schedule(schedule_name)
    settings = recipe.config(steps, seed=seed, **training)
    trained = recipes_own if change == UNAVERAGED else recipe.network(seed, **network)
    model = trained
    if change != UNAVERAGED:
        model = train(trained, load_digits("train")[0], schedule, settings, progress=False).model
    samples = recipe.draw(model, schedule, n, 1000 + seed, method="dpm", steps=25, prediction=settings.prediction)
    return {"fid": evaluate.fid(samples, real), "legible": evaluate.confident_share(samples)}, trained


def interval(values):
    """Mean of the values and the half width of its 95 % interval."""
    half = (
        student.ppf(0.975, len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    )
    return statistics.mean(values), half


def row(change, runs):
    """A change's row of the table: means over the seeds, and the paired difference from the recipe."""
    fids = [runs[seed][change]["fid"] for seed in runs]
    mean, half = interval(fids)
    found = {"change": change, "fid": mean, "low": mean - half, "high": mean + half}
    found["legible"] = statistics.mean(runs[seed][change]["legible"] for seed in runs)
    if change != RECIPE:
        difference, half = interval([runs[seed][change]["fid"] - runs[seed][RECIPE]["fid"] for seed in runs])
        found |= {"difference": difference, "difference_low": difference - half, "difference_high": difference + half}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=assets.ROOT / "ddpm_digits" / "ablation.json")
    args = parser.parse_args()
    path = args.output
    real = evaluate.features(load_digits("all")[0])
    floor = evaluate.fid(real[: args.samples], real[args.samples :])
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    same = (before.get("steps"), before.get("samples")) == (args.steps, args.samples)
    runs = before.get("runs", {}) if same else {}
    for seed in map(str, range(args.seeds)):
        if set(runs.get(seed, {})) == set(VARIANTS):
            continue
        found, trained = {}, None
        for change in VARIANTS:
            found[change], network = measure(change, int(seed), args.steps, args.samples, real, trained)
            trained = network if change == RECIPE else trained
            print(seed, change, json.dumps(found[change]), flush=True)
        runs[seed] = found
        setting = (
            f"Each trained for {args.steps} steps of 64 digits, {len(runs)} seeds; {args.samples} samples of 25 DPM-Solver++ "
            f"steps a run. Intervals are 95 %, over the seeds. FID of as many real digits: {floor:.0f}."
        )
        rows = [row(change, runs) for change in VARIANTS]
        content = {"setting": setting, "rows": rows, "steps": args.steps, "samples": args.samples, "runs": runs}
        write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    print_table([row(change, runs) for change in VARIANTS])
    print(machine())


if __name__ == "__main__":
    main()
