"""Training throughput and memory, ours and others': `python benchmarks/training.py` (3 minutes on two cores).

Each network is timed in a process of its own, so that the peak memory is its own too. The share of the peak is that of the
multiplications and additions which this machine does a second on large square matrices of the same precision, timed in the same
process.
"""

import argparse
import json
import resource
import subprocess
import sys

import torch
from measure import NETWORKS, RESULTS, build, seconds_per_call, training_step, write
from torch.utils.flop_counter import FlopCounterMode

from helpers.profile import autocast

BATCH = 64


def operations(call):
    """Multiplications and additions in the matrix products and convolutions of one call."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def peak(precision, side=2048):
    """Multiplications and additions a second in a product of large square matrices."""
    a = torch.randn(side, side)
    with autocast("cpu", precision), torch.no_grad():
        wall, _ = seconds_per_call(lambda: a @ a, budget=1.0, least=5)
    return 2 * side**3 / wall


def measure(name, budget):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model, optimiser, precision = build(name)
    step = training_step(model, optimiser, precision, BATCH)
    wall, cpu = seconds_per_call(step, budget)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "network": name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "precision": precision,
        "images_per_second": BATCH / wall,
        "images_per_cpu_second": BATCH / cpu,
        "memory_mb": memory,
        "share_of_peak": operations(step) / wall / peak(precision),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=8.0, help="seconds a network")
    parser.add_argument("--only", choices=NETWORKS, help="one network, as JSON (used by this script itself)")
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measure(args.only, args.budget)))
        return
    rows = []
    for name in NETWORKS:
        command = [sys.executable, __file__, "--only", name, "--budget", str(args.budget)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: left out ({done.stderr.strip().splitlines()[-1]})")
            continue
        rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
    classic = next(row for row in rows if row["network"].startswith("classic"))["images_per_cpu_second"]
    for row in rows:
        row["times_classic"] = row["images_per_cpu_second"] / classic
    write("training", rows, what=f"one training step of {BATCH} images, 32×32, {torch.get_num_threads()} threads")
    plot(rows)


def plot(rows):
    """Write results/training.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = sorted(rows, key=lambda row: row["images_per_cpu_second"])
    figure, axes = plt.subplots(figsize=(9, 0.55 * len(rows) + 1.2))
    others = ("classic", "diffusers", "denoising")
    colours = ["0.6" if row["network"].startswith(others) else "tab:blue" for row in rows]
    labels = [f"{row['network']}\n({row['parameters'] / 1e6:.1f} M, {row['precision']})" for row in rows]
    bars = axes.barh(labels, [row["images_per_cpu_second"] for row in rows], color=colours)
    axes.bar_label(bars, [f"{row['images_per_cpu_second']:.3g}" for row in rows], padding=4, fontsize=12)
    axes.set_xlabel("images trained on in a second of processor time", fontsize=13)
    axes.tick_params(labelsize=11)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(RESULTS / "training.png", dpi=130)


if __name__ == "__main__":
    main()
