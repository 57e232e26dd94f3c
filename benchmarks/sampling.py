"""Sampling steps against quality and time, shipped weights: `python benchmarks/sampling.py` (5 minutes on two cores).

The time is the processor time of 16 digits, with and without watching: a picture is made at every fifth of the way.
"""

import argparse
import json
import time
from functools import partial

import torch
from measure import RESULTS, read, write
from quality import draw_told

from helpers import evaluate, recipe
from helpers.autoguidance import Autoguided
from helpers.data import load_digits
from helpers.guidance import conditional
from helpers.pretrained import load_conditional, load_ddpm
from helpers.sampling import sample
from helpers.weights import ddpm_digits

SAMPLERS = {  # name: (method, η, which network, numbers of steps)
    "DDIM, η = 0": ("ddim", 0.0, "alone", (20, 50)),
    "DDIM, η = 1": ("ddim", 1.0, "alone", (10, 20, 50)),
    "DDIM, η = 1, guided": ("ddim", 1.0, "guided", (20, 50)),
    "DDIM, η = 1, told the digit": ("ddim", 1.0, "told", (10, 20, 50)),
    "DPM-Solver++(2M)": ("dpm", 0.0, "alone", (5, 10, 20, 50)),
    "DPM-Solver++(2M), told the digit": ("dpm", 0.0, "told", (5, 10, 20)),
    "ancestral (Algorithm 2)": ("ancestral", 0.0, "alone", (1000,)),
}


def networks():
    """name: (what draws n samples, the network as it draws sixteen, what it predicts), of the weights that ship."""
    model, schedule, velocity = load_ddpm()
    guided = Autoguided(model, load_ddpm(name="ddpm_digits_younger")[0], ddpm_digits.GUIDANCE)
    told, _ = load_conditional()
    return schedule, {
        "alone": (partial(recipe.draw, model, schedule, prediction=velocity), model, velocity),
        "guided": (partial(recipe.draw, guided, schedule, prediction=velocity), guided, velocity),
        "told": (partial(draw_told, partial(conditional, told), schedule), conditional(told, torch.arange(16) % 10), "noise"),
    }


@torch.no_grad()
def seconds(model, schedule, watch, **how):
    """Seconds of processor time to draw 16 digits, making a picture five times on the way if watched."""
    every = max(1, how["steps"] // 5)
    start = time.process_time()
    for i, step in enumerate(sample(model, schedule, (16, 1, 32, 32), **how)):
        if watch and (i + 1) % every == 0:
            (evaluate.quantise(step.x0) * 127.5 + 127.5).byte().numpy()
    return time.process_time() - start


def quality(draw, real, n, **how):
    """FID with its interval and legibility of n samples, made by draw(n, seed=…, …)."""
    samples = draw(n, seed=1, **how)
    score = evaluate.interval(evaluate.fid, samples, real, 50, torch.Generator().manual_seed(0))
    legible = evaluate.confident_share(samples)
    return {"fid": score.value, "low": score.low, "high": score.high, "legible": legible, "samples": n}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--time-only", action="store_true", help="keep the quality that was measured before, time again")
    args = parser.parse_args()
    schedule, shipped = networks()
    known = {(row["sampler"], row["steps"]): row for row in read("sampling")["rows"]} if args.time_only else {}
    real = evaluate.features(load_digits("all")[0])
    n = next(iter(known.values()))["samples"] if known else args.samples
    floor = evaluate.fid(real[:n], real[n:])
    rows = []
    for name, (method, eta, which, counts) in SAMPLERS.items():
        draw, network, prediction = shipped[which]
        for steps in counts:
            how = {"method": method, "eta": eta, "steps": steps}
            row = known.get((name, steps))
            row = dict(row) if row else {"sampler": name, "steps": steps, **quality(draw, real, n, **how)}
            for key, watch in (("seconds_16", False), ("seconds_16_watched", True)):
                again = range(1 if steps > 100 else 5)
                row[key] = min(seconds(network, schedule, watch, prediction=prediction, **how) for _ in again)
            rows.append(row)
            print(json.dumps(row), flush=True)
            write("sampling", rows, floor=floor)
    for row in rows:
        row["fid_over_1000_steps"] = row["fid"] / rows[-1]["fid"]
    write("sampling", rows, floor=floor)
    plot()


def plot():
    """Write results/sampling.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    content = read("sampling")
    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    for name, marker in zip(SAMPLERS, "v^P*oXs"):
        some = [row for row in content["rows"] if row["sampler"] == name]
        if not some:
            continue
        errors = [[row["fid"] - row["low"] for row in some], [row["high"] - row["fid"] for row in some]]
        times = [row["seconds_16"] for row in some]
        line, *_ = axes.errorbar(times, [row["fid"] for row in some], errors, marker=marker, capsize=4, markersize=8, label=name)
        for row in some:
            where = (row["seconds_16"], row["fid"])
            axes.annotate(str(row["steps"]), where, (6, 6), textcoords="offset points", fontsize=10, color=line.get_color())
    axes.axhline(content["floor"], color="0.4", linestyle="--", label="as many real digits")
    axes.set(xscale="log", yscale="log")
    seconds, fids = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100), (1, 2, 5, 10, 20, 50, 100)
    axes.set_xticks(seconds, [f"{value:g}" for value in seconds])
    axes.set_yticks(fids, [f"{value:g}" for value in fids])
    axes.minorticks_off()
    axes.margins(x=0.1)
    axes.set_xlabel("seconds of processor time for 16 digits (numbers: sampling steps)", fontsize=13)
    axes.set_ylabel("FID in a digit classifier's features", fontsize=13)
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=11)
    figure.savefig(RESULTS / "sampling.png", dpi=130)


if __name__ == "__main__":
    main()
