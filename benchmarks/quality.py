"""Sample quality against training time, ours and others' at equal minutes: `python benchmarks/quality.py`.

    python benchmarks/quality.py --network "ours, in class" --minutes 2 5 10
    python benchmarks/quality.py --network "classic, full size" --minutes 5
    python benchmarks/quality.py --shipped          # the weights that ship, 5,000 samples
    python benchmarks/quality.py --plot

A run of m minutes is the number of steps that fit into m minutes on two idle cores, by results/training.json. So it
may be interrupted, or run on one core of a busy machine, and still be the same run. Rows are added to
results/quality.json as they are finished.
"""

import argparse
import json
import time

import torch
from measure import NETWORKS, RESULTS, build, print_table, read, write

from helpers import assets, evaluate, recipe
from helpers.data import load_digits
from helpers.files import write_text
from helpers.pretrained import load_ddpm
from helpers.training import TrainConfig, train

BATCH = 64


def steps_in(name, minutes):
    """How many steps of a network fit into so many minutes on two idle cores."""
    if name.startswith("ours, in class"):
        return round(minutes * recipe.STEPS_PER_MINUTE)
    speed = next(row["images_per_second"] for row in read("training")["rows"] if row["network"] == name)
    return round(60 * minutes * speed / BATCH)


def settings(name, steps, checkpoint):
    """Our recipe for our networks; for the others what the classic recipe does: Adam 2e-4, linear schedule, noise."""
    if name.startswith("ours"):
        optimiser = "adam" if "AdamW" in name else "muon"
        return recipe.config(steps, optimizer=optimiser, checkpoint=checkpoint), "cosine"
    # an average over a tenth of the run, as 0.9999 is for the paper's 800,000 steps many times over
    decay = 1 - 1 / max(10, steps / 10)
    return TrainConfig(steps=steps, batch_size=BATCH, lr=2e-4, ema_decay=decay, checkpoint=checkpoint), "linear"


def trained(name, minutes, checkpoint):
    """(model, schedule, prediction, steps) after so many minutes' worth of training."""
    steps = steps_in(name, minutes)
    torch.manual_seed(0)
    model = recipe.network(0) if name.startswith("ours, in class") else build(name)[0]
    config, schedule_name = settings(name, steps, checkpoint)
    schedule = recipe.schedule(schedule_name)
    result = train(model, load_digits("train")[0], schedule, config)
    return result.model, schedule, config.prediction, steps


def measured(model, schedule, prediction, n, sampling_steps):
    """FID with its interval, floor, legibility and balance of n samples."""
    start = time.process_time()
    samples = recipe.draw(model, schedule, n, seed=1, steps=sampling_steps, prediction=prediction)
    report = evaluate.report(samples)
    return {
        "samples": n,
        "fid": report.fid.value,
        "low": report.fid.low,
        "high": report.fid.high,
        "floor": report.floor,
        "kid": report.kid.value,
        "legible": report.confident,
        "real_legible": report.real_confident,
        "rarest_class": min(report.balance),
        "commonest_class": max(report.balance),
        "neighbour": report.neighbour,
        "real_neighbour": report.real_neighbour,
        "sampling_steps": sampling_steps,
        "sampling_cpu_seconds": round(time.process_time() - start),
    }, samples


def add(row):
    """Add a row to results/quality.json in place of an older one of the same network and minutes."""
    old = read("quality")["rows"] if (RESULTS / "quality.json").exists() else []
    same = ("network", "minutes")
    rows = [other for other in old if any(other[key] != row[key] for key in same)] + [row]
    write("quality", sorted(rows, key=lambda r: (r["network"], r["minutes"])))


def shipped(n, sampling_steps):
    """Measure the shipped weights; quality.json beside them holds the result."""
    model, schedule, prediction = load_ddpm()
    steps = sum(1 for _ in (assets.path("ddpm_digits") / "log.jsonl").open()) * recipe.LOG_EVERY
    row, samples = measured(model, schedule, prediction, n, sampling_steps)
    write_text(assets.path("ddpm_digits") / "quality.json", json.dumps(row, indent=1) + "\n")
    minutes = round(steps / recipe.STEPS_PER_MINUTE, 1)
    add({"network": "ours, in class", "minutes": minutes, "steps": steps, **row, "shipped": True})
    picture(samples[:64])


def picture(samples):
    """Write results/samples.png: the first 64 samples, not chosen."""
    from torchvision.utils import save_image

    save_image((evaluate.quantise(samples) + 1) / 2, RESULTS / "samples.png", nrow=16, padding=2, pad_value=0.3)


def plot():
    """Write results/quality.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = read("quality")["rows"]
    ours = [row for row in rows if row["network"] == "ours, in class"]
    figure, axes = plt.subplots(figsize=(8, 5))
    plt.rcParams.update({"font.size": 12})

    def points(some, **style):
        values = [row["fid"] for row in some]
        errors = [[max(0, r["fid"] - r["low"]) for r in some], [max(0, r["high"] - r["fid"]) for r in some]]
        axes.errorbar([row["minutes"] for row in some], values, errors, capsize=4, markersize=8, **style)

    points(ours, marker="o", color="tab:blue", label="this course, in-class network")
    for marker, name in zip("sD^v", sorted({row["network"] for row in rows} - {"ours, in class"})):
        points([row for row in rows if row["network"] == name], marker=marker, linestyle="none", label=name)
    axes.axhline(ours[-1]["floor"], color="0.4", linestyle="--", label="real digits against real digits")
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("minutes of training on two cores", fontsize=13)
    axes.set_ylabel("FID in a digit classifier's features", fontsize=13)
    ticks = sorted({round(row["minutes"], 1) for row in rows})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=11)
    figure.tight_layout()
    figure.savefig(RESULTS / "quality.png", dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=NETWORKS, default="ours, in class")
    parser.add_argument("--minutes", type=float, nargs="*", default=[2, 5, 10, 20])
    parser.add_argument("--samples", type=int, help="default: 1,000; of the shipped weights 5,000")
    parser.add_argument("--sampling-steps", type=int, default=50)
    parser.add_argument("--checkpoint", help="resume from this file (with one number of minutes)")
    parser.add_argument("--shipped", action="store_true", help="measure the shipped weights instead of training")
    parser.add_argument("--plot", action="store_true", help="only draw results/quality.png")
    args = parser.parse_args()
    if args.shipped:
        shipped(args.samples or 5000, args.sampling_steps)
    elif not args.plot:
        for minutes in args.minutes:
            model, schedule, prediction, steps = trained(args.network, minutes, args.checkpoint)
            row, _ = measured(model, schedule, prediction, args.samples or 1000, args.sampling_steps)
            add({"network": args.network, "minutes": minutes, "steps": steps, **row})
    print_table(read("quality")["rows"])
    plot()


if __name__ == "__main__":
    main()
