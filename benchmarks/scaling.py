"""How the cost of a training step grows with image size, batch and width: `python benchmarks/scaling.py` (1 minute).

One thing varies at a time around the in-class network. `power` is the slope in a log-log plot over the last
doubling: 1 means that the cost grows in proportion, 2 that twice as much costs four times as much. Writes
results/scaling.json and scaling.png.
"""

import argparse
import math

from measure import RESULTS, read, seconds_per_call, training_step, write

from helpers import recipe
from helpers.muon import Muon

BASE = {"image size": 32, "batch": 64, "width": 32}
VALUES = {"image size": (16, 32, 64, 128), "batch": (1, 4, 16, 64, 256), "width": (8, 16, 32, 64, 128)}


def measure(setting, budget):
    """Seconds of one training step."""
    width = setting["width"]
    model = recipe.network(0, widths=(width, 2 * width, 4 * width))
    step = training_step(model, Muon(model), "fp32", setting["batch"], setting["image size"])
    return seconds_per_call(step, budget)[0], sum(p.numel() for p in model.parameters())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds a setting")
    args = parser.parse_args()
    rows = []
    for what, values in VALUES.items():
        before = None
        for value in values:
            seconds, parameters = measure({**BASE, what: value}, args.budget)
            row = {"varies": what, "value": value, "parameters": parameters, "ms_per_step": 1000 * seconds}
            power = math.log(seconds / before[1]) / math.log(value / before[0]) if before else ""
            rows.append({**row, "power": power})
            before = (value, seconds)
    write("scaling", rows, around=BASE)
    plot()


def plot():
    """Write results/scaling.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = read("scaling")["rows"]
    labels = {"image size": "side of the images (pixels)", "batch": "images in a batch", "width": "channels of the first level"}
    figure, panels = plt.subplots(1, 3, figsize=(12, 4), sharey=True)
    for axes, (what, label) in zip(panels, labels.items()):
        some = [row for row in rows if row["varies"] == what]
        x, y = [row["value"] for row in some], [row["ms_per_step"] for row in some]
        axes.loglog(x, y, "o-", markersize=8)
        for row in some[1:]:
            axes.annotate(
                f"{row['power']:.1f}", (row["value"], row["ms_per_step"]), (-4, 9), textcoords="offset points", ha="right"
            )
        axes.set_xticks(x, [str(value) for value in x])
        axes.minorticks_off()
        axes.margins(x=0.12, y=0.15)
        axes.set_xlabel(label, fontsize=13)
        axes.tick_params(labelsize=12)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("ms a training step", fontsize=13)
    figure.suptitle("numbers: the slope since the point before; 1 is in proportion", fontsize=12)
    figure.tight_layout()
    figure.savefig(RESULTS / "scaling.png", dpi=110)


if __name__ == "__main__":
    main()
