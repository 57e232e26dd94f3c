"""Sample quality against training time, ours and others' at equal minutes: `python benchmarks/quality.py`.

    python benchmarks/quality.py                    # whatever of the plan is not yet in results/quality.json
    python benchmarks/quality.py --network "ours, in class" --minutes 2 5 --seeds 0 1 2
    python benchmarks/quality.py --shipped          # the weights that ship, 5,000 samples
    python benchmarks/quality.py --plot

The whole plan takes about three hours on two cores.

A run of m minutes is a number of steps: 1,050 a minute of our in-class network, and of the others as many as
fit into the same time, by the throughputs in results/training.json, which were measured side by side. So it may be
interrupted, or run on one core of a busy machine, and still be the same run. Rows are added to results/quality.json as
they are finished.
"""

import argparse
import functools
import itertools
import statistics
import time

import torch
from measure import NETWORKS, RESULTS, build, keep, kept, print_table, read, write

from helpers import assets, evaluate, guidance, recipe
from helpers.autoguidance import Autoguided, KeepYounger
from helpers.conditional import conditional_loss
from helpers.data import load_digits
from helpers.fit import fit
from helpers.patch_classifier import load_second_classifier
from helpers.pretrained import load_conditional, load_ddpm
from helpers.profile import PRECISIONS
from helpers.training import TrainConfig, train
from helpers.weights import conditional_digits, ddpm_digits

BATCH = 64
SAME = ("network", "minutes", "seed")  # rows that agree in these measure the same run
OURS = "ours, in class"
X0 = "ours, in class, predicting x0"
WAYS = {OURS: {}, X0: recipe.IN_CLASS}  # what is changed in the recipe
WEIGHT = {OURS: 1.0, X0: 0.5}  # of the guidance by the younger self
TOLD = "ours, in class, told the digit"  # the same network and recipe, with a label as input (helpers.conditional)
SHIPPED = "the weights that ship"
SHIPPED_GUIDED = "the weights that ship, guided by their younger self"
SHIPPED_TOLD = "the weights that ship, told the digit"
SHIPPED_TOLD_GUIDED = "the weights that ship, told the digit, guided by their younger self"
TOLD_GUIDANCE = 1.25
PROTOTYPE = "prototype, 1 M, AdamW"
PLAN = [(OURS, minutes, 0) for minutes in (2, 5, 10, 20)]  # network, minutes, seed
PLAN += [(OURS, 5, 1), (OURS, 5, 2), (PROTOTYPE, 4, 0), (X0, 1, 0), *((X0, 5, seed) for seed in range(3))]
PLAN += [(TOLD, minutes, seed) for minutes in (1, 5) for seed in range(3)]
PLAN += [(name, 5, 0) for name in ("classic, full size", "diffusers UNet2DModel, course", "denoising-diffusion-pytorch, dim 32")]
CLOSE = [(OURS, 20), (TOLD, 5)]  # so close to real digits that 1,000 samples would not tell them apart
SHOWN = (
    *SAME,
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


def guided_row(name):
    """The row of a network that is guided by its younger self."""
    return f"{name}, guided by its younger self"


def steps_in(name, minutes):
    """How many steps of a network fit into so many minutes, on two cores that do the recipe's STEPS_PER_MINUTE of ours."""
    speed = {row["network"]: row["images_per_second"] for row in read("training")["rows"]}
    speed[TOLD] = speed[X0] = speed[OURS]  # the same network; a label is one more row added to the time's
    return round(minutes * recipe.STEPS_PER_MINUTE * speed[name] / speed[OURS])


def samples_for(name, minutes):
    """How many samples to measure by default."""
    return 5000 if (name, minutes) in CLOSE else 1000


def settings(name, steps, checkpoint, precision, seed):
    """Our recipe for our network; for the others what the classic recipe does: Adam 2e-4, linear schedule, noise."""
    if name in WAYS:
        return recipe.config(steps, checkpoint=checkpoint, seed=seed, **WAYS[name]), recipe.SCHEDULE
    if name == PROTOTYPE:  # what an earlier attempt at a quick recipe did
        adam = {"optimizer": "adam", "lr_decay": "cosine", "ema_decay": 0.995}
        return recipe.config(steps, checkpoint=checkpoint, seed=seed, **adam), recipe.SCHEDULE
    # an average over a tenth of the run, as 0.9999 is for the paper's 800,000 steps many times over
    decay = 1 - 1 / max(10, steps / 10)
    about = {"steps": steps, "batch_size": BATCH, "precision": precision, "checkpoint": checkpoint, "seed": seed}
    return TrainConfig(lr=2e-4, ema_decay=decay, **about), "linear"


def trained(name, minutes, checkpoint, precision, seed):
    """The network after so many minutes' worth of training, its younger self, and how to sample from it."""
    steps = steps_in(name, minutes)
    torch.manual_seed(seed)
    model = recipe.network(seed) if name in WAYS else build(name)[0]
    config, schedule_name = settings(name, steps, checkpoint, precision, seed)
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


def trained_told(minutes, checkpoint, seed):
    """The same recipe's network after so many minutes, with the digit's label as one more input; dropped a tenth of the time."""
    steps = steps_in(TOLD, minutes)
    model, loss = conditional_digits.new_network(seed), conditional_loss(*load_digits("train"), recipe.schedule())
    return fit(model, loss, recipe.config(steps, checkpoint=checkpoint, seed=seed)).model, steps


def draw_told(guide, schedule, n, seed, **how):
    """n samples (n, 1, 32, 32) of digits in the shares of the training digits; guide(labels) is the predictor of ε for them."""
    known = load_digits("train")[1]
    asked = known[torch.randint(len(known), (n,), generator=torch.Generator().manual_seed(seed))]
    with torch.no_grad():
        return guidance.draw(guide, schedule, asked, seed=seed, **how)


def measured(draw, n, sampling_steps):
    """FID with its interval, floor, legibility and balance of n samples, made by draw(n, seed=…, steps=…)."""
    start = time.process_time()
    samples = draw(n, seed=1, steps=sampling_steps)
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


def compare(name, minutes, seed, n, sampling_steps, checkpoint=None, precision="fp32"):
    """Train, sample, measure and add the rows; ours alone and guided by its younger self."""
    if name == TOLD:
        model, steps = trained_told(minutes, checkpoint, seed)
        predictor = guidance.NoisePredictor(model, recipe.schedule())
        draws = {TOLD: functools.partial(draw_told, functools.partial(guidance.conditional, predictor), recipe.schedule())}
    else:
        model, younger, schedule, prediction, steps = trained(name, minutes, checkpoint, precision, seed)
        networks = {name: model}
        if name in WAYS and younger is not None:
            networks[guided_row(name)] = Autoguided(model, younger, WEIGHT[name])
        draws = {
            label: functools.partial(recipe.draw, network, schedule, prediction=prediction) for label, network in networks.items()
        }
    for label, draw in draws.items():
        row, _ = measured(draw, n, sampling_steps)
        add({"network": label, "minutes": minutes, "seed": seed, "steps": steps, **row})


def rows_so_far():
    return kept(RESULTS / "quality.json").get("rows", [])


def add(row):
    """Add a row to results/quality.json in place of an older one of the same network, minutes and seed."""
    rows = [other for other in rows_so_far() if any(other[key] != row[key] for key in SAME)] + [row]
    write("quality", sorted(rows, key=lambda other: [other[key] for key in SAME]))


def shipped(n, sampling_steps):
    """Measure the shipped weights of notebook 3, alone and guided, into quality.json beside them as well; then notebook 5's."""
    model, schedule, prediction = load_ddpm()
    younger, _, _ = load_ddpm(name="ddpm_digits_younger")
    about = {"minutes": round(ddpm_digits.STEPS / steps_in(SHIPPED, 1), 1), "seed": 0, "steps": ddpm_digits.STEPS}
    draw = functools.partial(recipe.draw, schedule=schedule, prediction=prediction)
    alone, samples = measured(functools.partial(draw, model), n, sampling_steps)
    add({"network": SHIPPED, **about, **alone})
    picture(samples[:64])
    guided, _ = measured(functools.partial(draw, Autoguided(model, younger, ddpm_digits.GUIDANCE)), n, sampling_steps)
    add({"network": SHIPPED_GUIDED, **about, **guided})
    keep(assets.path("ddpm_digits") / "quality.json", {**alone, "guided": guided})
    shipped_told(n, sampling_steps)


def shipped_told(n, sampling_steps):
    """Measure notebook 5's weights, which are told the digit: alone, and guided by their younger self."""
    (model, schedule), (worse, _) = load_conditional(), load_conditional("conditional_digits_younger")
    guides = {
        SHIPPED_TOLD: functools.partial(guidance.conditional, model),
        SHIPPED_TOLD_GUIDED: functools.partial(guidance.autoguided, model, worse, scale=TOLD_GUIDANCE),
    }
    steps = conditional_digits.STEPS
    about = {"minutes": round(steps / steps_in(TOLD, 1), 1), "seed": conditional_digits.SEED, "steps": steps}
    for label, guide in guides.items():
        row, _ = measured(functools.partial(draw_told, guide, schedule), n, sampling_steps)
        add({"network": label, **about, **row})


def picture(samples):
    """Write results/samples.png: the first 64 samples, not chosen."""
    from torchvision.utils import save_image

    save_image((evaluate.quantise(samples) + 1) / 2, RESULTS / "samples.png", nrow=16, padding=2, pad_value=0.3)


def over_seeds(rows):
    """One row a network and minutes: FID's mean over the seeds and its range, or of one seed its own interval."""
    groups = {}
    for row in rows:
        groups.setdefault((row["network"], row["minutes"]), []).append(row)
    return [{**some[0], **spread(some)} if len(some) > 1 else some[0] for some in groups.values()]


def spread(rows):
    """Mean, lowest and highest FID of rows that differ in their seed."""
    fids = [row["fid"] for row in rows]
    return {"fid": statistics.mean(fids), "low": min(fids), "high": max(fids)}


def plot():
    """Write results/quality.png: points are means over the seeds, bars their range, or with one seed a 95 % interval."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = over_seeds(rows_so_far())
    curves = {
        X0: "this course, in class",
        guided_row(X0): "guided by its younger self",
        OURS: "predicting the velocity, t even",
        guided_row(OURS): "this, guided by its younger self",
        TOLD: "told the digit",
        SHIPPED: SHIPPED,
        SHIPPED_GUIDED: "these, guided by their younger self",
        SHIPPED_TOLD: SHIPPED_TOLD,
        SHIPPED_TOLD_GUIDED: "these, told the digit and guided",
    }
    asides = {X0: 1.06, guided_row(X0): 0.94}
    figure, axes = plt.subplots(figsize=(9, 6.5), layout="constrained")
    plt.rcParams.update({"font.size": 12})

    def points(some, aside=1.0, **style):
        """Rows as points with their errors; `aside` is a factor on the minutes, so that no point hides another."""
        values = [row["fid"] for row in some]
        errors = [[max(0, r["fid"] - r["low"]) for r in some], [max(0, r["high"] - r["fid"]) for r in some]]
        minutes = [row["minutes"] * aside for row in some]
        axes.errorbar(minutes, values, errors, capsize=4, **style)

    for marker, (name, label) in zip("oPsX^*vdH", curves.items()):
        some, size = [row for row in rows if row["network"] == name], 11 if name in asides else 8
        points(some, asides.get(name, 1.0), marker=marker, label=label, markersize=size)
    for marker, name in zip("p<>Dh", sorted({row["network"] for row in rows} - set(curves))):
        points([row for row in rows if row["network"] == name], marker=marker, linestyle="none", label=name, markersize=8)
    axes.axhline(min(row["floor"] for row in rows), color="0.4", linestyle="--", label="real digits against real digits")
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("minutes of training on two cores", fontsize=13)
    axes.set_ylabel("FID in a digit classifier's features", fontsize=13)
    ticks = sorted({round(row["minutes"]) for row in rows})
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    highest = max(row["high"] for row in rows)
    heights = [y for y in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if y < 2 * highest]
    axes.set_yticks(heights, [str(y) for y in heights])
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=11)
    figure.savefig(RESULTS / "quality.png", dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=[*NETWORKS, X0, TOLD], help="one network instead of the plan")
    parser.add_argument("--minutes", type=float, nargs="*", default=[5])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--samples", type=int, help="default: 1,000; where these are too few, 5,000")
    parser.add_argument("--sampling-steps", type=int, default=50)
    parser.add_argument("--checkpoint", help="resume from this file (with one number of minutes and one seed)")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32", help="of a peer's training; ours has its recipe's")
    parser.add_argument("--shipped", action="store_true", help="measure the shipped weights instead of training")
    parser.add_argument("--shipped-told", action="store_true", help="measure of the shipped weights only notebook 5's")
    parser.add_argument("--plot", action="store_true", help="only draw results/quality.png")
    args = parser.parse_args()
    if args.shipped:
        shipped(args.samples or 5000, args.sampling_steps)
    elif args.shipped_told:
        shipped_told(args.samples or 5000, args.sampling_steps)
    elif args.network:
        for seed, minutes in itertools.product(args.seeds, args.minutes):
            n = args.samples or samples_for(args.network, minutes)
            compare(args.network, minutes, seed, n, args.sampling_steps, args.checkpoint, args.precision)
    elif not args.plot:
        done = {tuple(row[key] for key in SAME) for row in rows_so_far()}
        for name, minutes, seed in PLAN:
            if (name, minutes, seed) not in done:
                compare(name, minutes, seed, args.samples or samples_for(name, minutes), args.sampling_steps)
        if not any(row["network"] == SHIPPED for row in rows_so_far()):
            shipped(5000, args.sampling_steps)
    print_table([{key: row.get(key, "") for key in SHOWN} for row in rows_so_far()])
    plot()


if __name__ == "__main__":
    main()
