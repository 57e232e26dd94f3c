"""What each choice of the in-class recipe bought: `python benchmarks/ablation.py` (4 minutes on two cores).

The recipe is trained for a few hundred steps, then again with one thing changed at a time, same seed. Writes
the table that notebook 3 shows, ablation.json, into the folder of the shipped weights. With --changes, only those rows
are measured, and the others of the same setting kept.
"""

import argparse
import json

import torch
from measure import machine, print_table

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
    "AdamW instead of Muon": ({}, {"optimizer": "adam"}, "cosine"),
    "4×4 patches, widths 96 and 192": ({"widths": (96, 192), "patch": 4}, {}, "cosine"),
}


def measure(change, steps, n, real, trained):
    """One row; `trained` remembers the recipe's own network, whose last weights are a row too."""
    network, training, schedule_name = VARIANTS[change]
    schedule = recipe.schedule(schedule_name)
    if change == UNAVERAGED:
        model, prediction = trained, "velocity"
    else:
        settings = recipe.config(steps, **training)
        trained = recipe.network(0, **network)
        prediction = settings.prediction
        model = train(trained, load_digits("train")[0], schedule, settings, progress=False).model
    samples = recipe.draw(model, schedule, n, 1, method="dpm", steps=25, prediction=prediction)
    score = evaluate.interval(evaluate.fid, samples, real, generator=torch.Generator().manual_seed(0))
    row = {"change": change, "fid": score.value, "low": score.low, "high": score.high}
    return {**row, "legible": evaluate.confident_share(samples)}, trained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--changes", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="CHANGE")
    args = parser.parse_args()
    if UNAVERAGED in args.changes and RECIPE not in args.changes:
        parser.error(f"{UNAVERAGED!r} is measured on the network of {RECIPE!r}: name that as well")
    path = assets.ROOT / "ddpm_digits" / "ablation.json"
    real = evaluate.features(load_digits("all")[0])
    floor = evaluate.fid(real[: args.samples], real[args.samples :])
    setting = (
        f"Each trained for {args.steps} steps of 64 digits ({60 * args.steps / recipe.STEPS_PER_MINUTE:.0f} s on two "
        f"cores), one seed; {args.samples} samples of 25 DPM-Solver++ steps. FID of as many real digits: {floor:.0f}."
    )
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = {row["change"]: row for row in before["rows"]} if before.get("setting") == setting else {}
    trained = None
    for change in (change for change in VARIANTS if change in args.changes):
        rows[change], trained = measure(change, args.steps, args.samples, real, trained)
        print(json.dumps(rows[change]), flush=True)
        content = {"setting": setting, "rows": [rows[change] for change in VARIANTS if change in rows]}
        write_text(path, json.dumps(content, indent=1) + "\n")
    print_table(content["rows"])
    print(setting, machine(), sep="\n")


if __name__ == "__main__":
    main()
