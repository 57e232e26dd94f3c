"""Sample quality against training time, ours and others' at equal minutes: `python benchmarks/quality.py`.

    python benchmarks/quality.py                    # whatever of the plan is not yet in results/quality.json
    python benchmarks/quality.py --network "ours, in class" --minutes 2 5
    python benchmarks/quality.py --shipped          # the weights that ship, 5,000 samples
    python benchmarks/quality.py --plot

The whole plan takes about an hour and a half on two cores.

A run of m minutes is a number of steps: 1,050 a minute of our in-class network, and of the others as many as
fit into the same time, by the throughputs in results/training.json, which were measured side by side. So it may be
interrupted, or run on one core of a busy machine, and still be the same run. Rows are added to results/quality.json as
they are finished.
"""

import argparse
import functools
import json
import time

import torch
from measure import NETWORKS, RESULTS, build, print_table, read, write

from helpers import assets, evaluate, recipe
from helpers.autoguidance import Autoguided, KeepYounger
from helpers.data import load_digits
from helpers.files import write_text
from helpers.patch_classifier import load_second_classifier
from helpers.pretrained import load_ddpm
from helpers.profile import PRECISIONS
from helpers.training import TrainConfig, train
from helpers.weights import ddpm_digits

BATCH = 64
OURS = "ours, in class"
GUIDED = "ours, in class, guided by its younger self"
SHIPPED = "the weights that ship"
SHIPPED_GUIDED = "the weights that ship, guided by their younger self"
PROTOTYPE = "prototype, 1 M, AdamW"
PLAN = [(OURS, 2), (OURS, 5), (OURS, 10), (OURS, 20), (PROTOTYPE, 4)]
PLAN += [("classic, full size", 5), ("diffusers UNet2DModel, course", 5), ("denoising-diffusion-pytorch, dim 32", 5)]
SHOWN = (
    "network",
    "minutes",
    "steps",
    "fid",
    "low",
    "high",
    "floor",
    "second_fid",
    "second_floor",
    "legible",
    "rarest_class",
    "commonest_class",
    "samples",
)


def steps_in(name, minutes):
    """How many steps of a network fit into so many minutes, on two cores that do the recipe's STEPS_PER_MINUTE of ours."""
    speed = {row["network"]: row["images_per_second"] for row in read("training")["rows"]}
    return round(minutes * recipe.STEPS_PER_MINUTE * speed[name] / speed[OURS])


def settings(name, steps, checkpoint, precision):
    """Our recipe for our network; for the others what the classic recipe does: Adam 2e-4, linear schedule, noise."""
    if name == OURS:
        return recipe.config(steps, checkpoint=checkpoint), recipe.SCHEDULE
    if name == PROTOTYPE:  # what an earlier attempt at a quick recipe did
        adam = {"optimizer": "adam", "lr_decay": "cosine", "ema_decay": 0.995}
        return recipe.config(steps, checkpoint=checkpoint, **adam), recipe.SCHEDULE
    # an average over a tenth of the run, as 0.9999 is for the paper's 800,000 steps many times over
    decay = 1 - 1 / max(10, steps / 10)
    config = TrainConfig(steps=steps, batch_size=BATCH, lr=2e-4, ema_decay=decay, checkpoint=checkpoint, precision=precision)
    return config, "linear"


def trained(name, minutes, checkpoint, precision):
    """The network after so many minutes' worth of training, its younger self, and how to sample from it."""
    steps = steps_in(name, minutes)
    torch.manual_seed(0)
    model = recipe.network(0) if name == OURS else build(name)[0]
    config, schedule_name = settings(name, steps, checkpoint, precision)
    younger = KeepYounger(recipe.YOUNGER, f"{checkpoint}.younger" if checkpoint else None)
    schedule = recipe.schedule(schedule_name)
    result = train(model, load_digits("train")[0], schedule, config, on_step=younger)
    return result.model, younger.get(recipe.network()), schedule, config.prediction, steps


def second_opinion(samples, splits=5):
    """FID in the features of the second classifier, and that of as many real digits, split as `evaluate.report` splits them."""
    read_by_second = functools.partial(evaluate.features, classifier=load_second_classifier())
    real, made = read_by_second(load_digits("all")[0]), read_by_second(samples)
    pairs = evaluate.real_splits(real, len(made), splits, torch.Generator().manual_seed(0))
    of = [(evaluate.fid(made, rest), evaluate.fid(few, rest)) for few, rest in pairs]
    return tuple(sum(values) / splits for values in zip(*of, strict=True))


def measured(model, schedule, prediction, n, sampling_steps):
    """FID with its interval, floor, legibility and balance of n samples."""
    start = time.process_time()
    samples = recipe.draw(model, schedule, n, seed=1, steps=sampling_steps, prediction=prediction)
    report = evaluate.report(samples)
    second_fid, second_floor = second_opinion(samples)
    return {
        "samples": n,
        "fid": report.fid.value,
        "low": report.fid.low,
        "high": report.fid.high,
        "floor": report.floor,
        "second_fid": second_fid,
        "second_floor": second_floor,
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


def compare(name, minutes, n, sampling_steps, checkpoint=None, precision="fp32"):
    """Train, sample, measure and add the rows; ours alone and guided by its younger self."""
    model, younger, schedule, prediction, steps = trained(name, minutes, checkpoint, precision)
    networks = {name: model}
    if name == OURS and younger is not None:
        networks[GUIDED] = Autoguided(model, younger)
    for label, network in networks.items():
        row, _ = measured(network, schedule, prediction, n, sampling_steps)
        add({"network": label, "minutes": minutes, "steps": steps, **row})


def rows_so_far():
    return read("quality")["rows"] if (RESULTS / "quality.json").exists() else []


def add(row):
    """Add a row to results/quality.json in place of an older one of the same network and minutes."""
    same = ("network", "minutes")
    rows = [other for other in rows_so_far() if any(other[key] != row[key] for key in same)] + [row]
    write("quality", sorted(rows, key=lambda r: (r["network"], r["minutes"])))


def shipped(n, sampling_steps):
    """Measure the shipped weights, alone and guided; quality.json beside them holds the result."""
    model, schedule, prediction = load_ddpm()
    younger, _, _ = load_ddpm(name="ddpm_digits_younger")
    about = {"minutes": round(ddpm_digits.STEPS / steps_in(SHIPPED, 1), 1), "steps": ddpm_digits.STEPS}
    alone, samples = measured(model, schedule, prediction, n, sampling_steps)
    add({"network": SHIPPED, **about, **alone})
    picture(samples[:64])
    guided, _ = measured(Autoguided(model, younger, ddpm_digits.GUIDANCE), schedule, prediction, n, sampling_steps)
    add({"network": SHIPPED_GUIDED, **about, **guided})
    content = json.dumps({**alone, "guided": guided}, indent=1)
    write_text(assets.path("ddpm_digits") / "quality.json", content + "\n")


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
    curves = {
        OURS: "this course, in-class network",
        GUIDED: "the same, guided by its younger self",
        SHIPPED: SHIPPED,
        SHIPPED_GUIDED: SHIPPED_GUIDED,
    }
    figure, axes = plt.subplots(figsize=(9, 6.5), layout="constrained")
    plt.rcParams.update({"font.size": 12})

    def points(some, **style):
        values = [row["fid"] for row in some]
        errors = [[max(0, r["fid"] - r["low"]) for r in some], [max(0, r["high"] - r["fid"]) for r in some]]
        axes.errorbar([row["minutes"] for row in some], values, errors, capsize=4, markersize=8, **style)

    for marker, (name, label) in zip("oP*X", curves.items()):
        points([row for row in rows if row["network"] == name], marker=marker, label=label)
    for marker, name in zip("sD^vp", sorted({row["network"] for row in rows} - set(curves))):
        points([row for row in rows if row["network"] == name], marker=marker, linestyle="none", label=name)
    axes.axhline(min(row["floor"] for row in rows), color="0.4", linestyle="--", label="real digits against real digits")
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("minutes of training on two cores", fontsize=13)
    axes.set_ylabel("FID in a digit classifier's features", fontsize=13)
    ticks = sorted({round(row["minutes"]) for row in rows})
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    heights = [y for y in (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if y < 2 * max(row["high"] for row in rows)]
    axes.set_yticks(heights, [str(y) for y in heights])
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=11)
    figure.savefig(RESULTS / "quality.png", dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=NETWORKS, help="one network instead of the plan")
    parser.add_argument("--minutes", type=float, nargs="*", default=[5])
    parser.add_argument("--samples", type=int, help="default: 1,000; of the shipped weights 5,000")
    parser.add_argument("--sampling-steps", type=int, default=50)
    parser.add_argument("--checkpoint", help="resume from this file (with one number of minutes)")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32", help="of a peer's training; ours has its recipe's")
    parser.add_argument("--shipped", action="store_true", help="measure the shipped weights instead of training")
    parser.add_argument("--plot", action="store_true", help="only draw results/quality.png")
    args = parser.parse_args()
    if args.shipped:
        shipped(args.samples or 5000, args.sampling_steps)
    elif args.network:
        for minutes in args.minutes:
            compare(args.network, minutes, args.samples or 1000, args.sampling_steps, args.checkpoint, args.precision)
    elif not args.plot:
        done = {(row["network"], row["minutes"]) for row in rows_so_far()}
        for name, minutes in PLAN:
            if (name, minutes) not in done:
                compare(name, minutes, args.samples or 1000, args.sampling_steps)
        if not any(row["network"] == SHIPPED for row in rows_so_far()):
            shipped(5000, args.sampling_steps)
    print_table([{key: row.get(key, "") for key in SHOWN} for row in rows_so_far()])
    plot()


if __name__ == "__main__":
    main()
