"""How the cost of a training step grows with image size, batch and width: `python benchmarks/scaling.py` (1 minute).

One thing varies at a time around the in-class network. `power` is the slope in a log-log plot over the last
doubling: 1 means that the cost grows in proportion, 2 that twice as much costs four times as much.
"""

import argparse
import math

from measure import seconds_per_call, training_step, write

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


if __name__ == "__main__":
    main()
