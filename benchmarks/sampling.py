"""Sampling steps against quality and time, shipped weights: `python benchmarks/sampling.py` (5 minutes on two cores).

The time is that of 16 digits, with and without watching: a figure is redrawn at every fifth of the way.
"""

import argparse
import json
import time

import torch
from measure import RESULTS, read, write

from helpers import evaluate, recipe
from helpers.data import load_digits
from helpers.pretrained import load_ddpm
from helpers.sampling import sample

SETTINGS = [("ancestral", 1000), ("ddim", 10), ("ddim", 20), ("ddim", 50), ("ddim", 250)]
SETTINGS += [("dpm", 5), ("dpm", 10), ("dpm", 20), ("dpm", 50)]


def seconds(model, schedule, method, steps, prediction, watch=False):
    """Wall-clock seconds to draw 16 digits."""
    start = time.perf_counter()
    for i, step in enumerate(sample(model, schedule, (16, 1, 32, 32), method, steps, prediction=prediction)):
        if watch and (i + 1) % max(1, steps // 5) == 0:
            _ = (evaluate.quantise(step.x0) * 127.5 + 127.5).byte().numpy()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--time-only", action="store_true", help="keep the measured quality, time again")
    args = parser.parse_args()
    model, schedule, prediction = load_ddpm()
    known = {}
    if args.time_only:
        known = {(row["method"], row["steps"]): row for row in read("sampling")["rows"]}
    real = evaluate.features(load_digits("all")[0])
    rows = []
    for method, steps in SETTINGS:
        row = known.get((method, steps))
        if row is None:
            samples = recipe.draw(model, schedule, args.samples, 1, method=method, steps=steps, prediction=prediction)
            score = evaluate.interval(evaluate.fid, samples, real, 50, torch.Generator().manual_seed(0))
            row = {"method": method, "steps": steps, "fid": score.value, "low": score.low, "high": score.high}
            row |= {"legible": evaluate.confident_share(samples), "samples": args.samples}
        repeats = 1 if steps > 100 else 5
        row["seconds_16"] = min(seconds(model, schedule, method, steps, prediction) for _ in range(repeats))
        row["seconds_16_watched"] = min(seconds(model, schedule, method, steps, prediction, True) for _ in range(repeats))
        rows.append(row)
        print(json.dumps(row), flush=True)
        write("sampling", rows)
    reference = next(row["fid"] for row in rows if row["method"] == "ancestral")
    for row in rows:
        row["fid_over_1000_steps"] = row["fid"] / reference
    write("sampling", rows)
    plot()


def plot():
    """Write results/sampling.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = read("sampling")["rows"]
    figure, axes = plt.subplots(figsize=(8, 5))
    names = {"ancestral": "ancestral (Algorithm 2)", "ddim": "DDIM", "dpm": "DPM-Solver++(2M)"}
    for (method, name), marker in zip(names.items(), "s^o"):
        some = [row for row in rows if row["method"] == method]
        errors = [[row["fid"] - row["low"] for row in some], [row["high"] - row["fid"] for row in some]]
        times = [row["seconds_16"] for row in some]
        axes.errorbar(times, [row["fid"] for row in some], errors, marker=marker, capsize=4, markersize=8, label=name)
        for row in some:
            axes.annotate(
                f"{row['steps']} steps", (row["seconds_16"], row["fid"]), (6, 6), textcoords="offset points", fontsize=11
            )
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("seconds for 16 digits", fontsize=13)
    axes.set_ylabel("FID in a digit classifier's features", fontsize=13)
    axes.tick_params(labelsize=12, which="both")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=11)
    figure.tight_layout()
    figure.savefig(RESULTS / "sampling.png", dpi=130)


if __name__ == "__main__":
    main()
