"""A recipe trained again with one thing changed at a time, over seeds: what `ablation.py` and `weighting.py` share.

Each change's mean over the seeds, and its difference from the recipe with a 95 % interval from the seeds' paired differences
(Student's t). Seeds that were measured before in the same setting are kept, so a run can be interrupted.
"""

import argparse
import json
import statistics
from pathlib import Path

from measure import interval_of_mean, keep, kept, machine, print_table

from helpers import evaluate, recipe
from helpers.data import load_digits

RECIPE = "the recipe"


def row(change, runs):
    """A change's row of the table: means over the seeds, and the paired difference from the recipe."""
    fids = [runs[seed][change]["fid"] for seed in runs]
    mean, half = interval_of_mean(fids)
    found = {"change": change, "fid": mean, "low": mean - half, "high": mean + half}
    found["legible"] = statistics.mean(runs[seed][change]["legible"] for seed in runs)
    if change != RECIPE:
        difference, half = interval_of_mean([runs[seed][change]["fid"] - runs[seed][RECIPE]["fid"] for seed in runs])
        found |= {"difference": difference, "difference_low": difference - half, "difference_high": difference + half}
    return found


def judge(model, schedule, prediction, seed, n, real):
    """FID and legible share of n samples by 25 steps of DPM-Solver++."""
    samples = recipe.draw(model, schedule, n, 1000 + seed, method="dpm", steps=25, prediction=prediction)
    return {"fid": evaluate.fid(samples, real), "legible": evaluate.confident_share(samples)}


def main(about, path, changes, measure, steps, seeds):
    """A benchmark's command line; `steps` and `seeds` are its defaults, the rest as in `compare`."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--output", type=Path, default=path)
    args = parser.parse_args()
    compare(args.output, changes, measure, args.steps, args.samples, args.seeds)


def compare(path, changes, measure, steps, samples, seeds):
    """Measure all changes for each seed, and write the table into `path` after each.

    measure(seed, steps, samples, real) yields (change, {"fid", "legible"}), the recipe among them; `real` holds the digits'
    features.
    """
    real = evaluate.features(load_digits("all")[0])
    floor = evaluate.fid(real[:samples], real[samples:])
    before = kept(path)
    same = (before.get("steps"), before.get("samples")) == (steps, samples)
    runs = before.get("runs", {}) if same else {}
    for seed in map(str, range(seeds)):
        if set(runs.get(seed, {})) == set(changes):
            continue
        found = {}
        for change, figures in measure(int(seed), steps, samples, real):
            found[change] = figures
            print(seed, change, json.dumps(figures), flush=True)
        runs[seed] = found
        setting = (
            f"Each trained for {steps} steps of 64 digits, {len(runs)} seeds; {samples} samples of 25 DPM-Solver++ "
            f"steps a run. Intervals are 95 %, over the seeds. FID of as many real digits: {floor:.0f}."
        )
        rows = [row(change, runs) for change in changes]
        keep(path, {"setting": setting, "rows": rows, "steps": steps, "samples": samples, "runs": runs})
    print_table([row(change, runs) for change in changes])
    print(machine())
