"""Flows of digits against a DDPM, few steps against many, likelihood: `python benchmarks/flow.py PART …`.

    python benchmarks/flow.py few             # the shipped networks at 1, 2, 4 and 50 steps
    python benchmarks/flow.py training        # a flow, a DDPM and a DiT, each trained for a minute, several seeds
    python benchmarks/flow.py live            # a flow and a DDPM, each trained as long as notebook 6 does it live, several seeds
    python benchmarks/flow.py jumps           # jumps learnt in 75 seconds, several seeds, 4 steps
    python benchmarks/flow.py jumps --own     # and in four minutes, each from where the network's own jumps before land
    python benchmarks/flow.py bits            # bits a dimension of digits, held out and trained on
    python benchmarks/flow.py tables          # write the tables that notebook 6 shows

Results go to results/flow.json, a row each; what is there already is not measured again. A run of equal minutes is a number of
steps in proportion to the processor time of one step, measured before the run.
"""

import argparse
import functools
import itertools
import json
import math
import statistics
import time

import torch
from measure import RESULTS, interval_of_mean, keep, kept, machine, read

from helpers import assets, evaluate, flow_model, flow_training, likelihood, pretrained, recipe
from helpers.bound import variational_bound
from helpers.data import load_digits
from helpers.fit import fit
from helpers.training import train
from helpers.weights import flow_digits_few

FILE = RESULTS / "flow.json"
SEEDS = (0, 1, 2)
TRAIN_STEPS = 400  # of the U-Net; the DiT gets as many as fit into the same processor time
LIVE_STEPS = 1800  # as notebook 6 has them
JUMPS_LIVE = 250, {"paths": 2000}  # steps, and how; 75 seconds of one core
JUMPS_OWN = flow_digits_few.STEPS["jumps"], flow_digits_few.OWN_JUMPS  # as the shipped ones
SAMPLES = 1000
TRAINED_SAMPLES = {"training": 500, "live": 1000}  # of each network that is trained here
TRAINED = ("U-Net flow", "DDPM", "DiT flow")
KINDS = {"U-Net flow": flow_model.flow_unet, "DiT flow": flow_model.flow_dit}
NETWORKS = {  # that draw in few steps, as the table names them
    "flow_digits": "the flow",
    "flow_digits_reflow": "reflowed",
    "flow_digits_few": "consistency tuning",
    "flow_digits_jumps": "jumps",
}
SAMPLERS = {"euler": "Euler", "heun": "Heun", "consistency": "consistency", "fresh": "fresh noise"}
EULER: dict[str, dict] = {"20 Euler steps": {"steps": 20, "sampler": "euler"}}
WAYS: dict[str, dict[str, dict]] = {  # to draw from each kind
    "U-Net flow": EULER
    | {"10 Heun steps": {"steps": 10, "sampler": "heun"}, "20 steps with fresh noise": {"steps": 20, "sampler": "fresh"}},
    "DDPM": {f"50 steps of DDIM, η = {eta:g}": {"eta": eta} for eta in (1.0, 0.0)},
    "DiT flow": EULER,
}


def rows() -> list[dict]:
    return kept(FILE).get("rows", [])


def done(**key) -> bool:
    return any(all(row.get(name) == value for name, value in key.items()) for row in rows())


def add(row: dict) -> None:
    print(json.dumps(row, ensure_ascii=False), flush=True)
    keep(FILE, {"machine": machine(), "rows": [*rows(), row]})


@functools.cache
def real_features():
    return evaluate.features(load_digits("all")[0])


def measured(pictures) -> dict:
    """FID against all real digits but as many as there are pictures, its interval, legibility."""
    rest = real_features()[: -len(pictures)]
    score = evaluate.interval(evaluate.fid, pictures, rest, 30, torch.Generator().manual_seed(0))
    return {"fid": score.value, "low": score.low, "high": score.high, "legible": evaluate.confident_share(pictures)}


def few() -> None:
    """The shipped networks, each with its sampler, at few steps; the flow at 50, too, and real digits."""
    plan = [("flow_digits", "euler", n) for n in (4, 2, 1, 20)]
    plan += [("flow_digits_reflow", "euler", n) for n in (4, 2, 1)]
    plan += [("flow_digits_few", "consistency", n) for n in (4, 2, 1)]
    plan += [("flow_digits_jumps", "euler", n) for n in (4, 2, 1)]
    plan += [("flow_digits", "euler", 50), ("flow_digits", "heun", 10), ("flow_digits", "fresh", 20), ("flow_digits", "fresh", 4)]
    for asset, sampler, steps in plan:
        key = {"part": "few", "asset": asset, "sampler": sampler, "steps": steps}
        if (assets.ROOT / asset).is_dir() and not done(**key):
            started = time.process_time()
            pictures = flow_model.draw(flow_model.load_flow(asset), SAMPLES, steps, sampler, seed=1)
            add({**key, "cpu_seconds": round(time.process_time() - started, 1), **measured(pictures)})
    if not done(part="few", asset="real digits"):
        add({"part": "few", "asset": "real digits", **measured(load_digits("all")[0][-SAMPLES:])})


def jumps(seeds=SEEDS, own: bool = False) -> None:
    """Jumps learnt from the shipped flow as in notebook 6 or from their own places; a seed is a run's noise and batches."""
    teacher, count = flow_model.load_flow(), flow_digits_few.JUMPS
    train_steps, how = JUMPS_OWN if own else JUMPS_LIVE
    for seed in seeds:
        if done(part="jumps", seed=seed, train_steps=train_steps):
            continue
        started = time.process_time()
        model = flow_digits_few.distil("jumps", teacher, train_steps, seed, **how).model
        about = {"train_steps": train_steps, "paths": how["paths"], "cpu_seconds": round(time.process_time() - started, 1)}
        pictures = flow_model.draw(model, SAMPLES, count, "euler", seed=1)
        add({"part": "jumps", "seed": seed, "steps": count, **about, **measured(pictures)})


def seconds_a_step(build, optimizer: str) -> float:
    """Processor seconds of one training step, the median of ten."""
    loss, times = flow_training.matching(load_digits("train")[0]), []
    settings = flow_training.settings(12, optimizer=optimizer)
    clock = [time.process_time()]
    fit(build(0), loss, settings, progress=False, on_step=lambda *_: clock.append(time.process_time()))
    times = [after - before for before, after in zip(clock[2:], clock[3:])]
    return statistics.median(times)


def training(seeds=SEEDS, kinds=TRAINED) -> None:
    """Equal minutes, several seeds: a U-Net as a flow, as a DDPM, and a DiT as a flow."""
    speed = {"U-Net flow": seconds_a_step(flow_model.flow_unet, "muon"), "DiT flow": seconds_a_step(flow_model.flow_dit, "adam")}
    steps = {**dict.fromkeys(kinds, TRAIN_STEPS), "DiT flow": round(TRAIN_STEPS * speed["U-Net flow"] / speed["DiT flow"])}
    compare("training", seeds, {kind: steps[kind] for kind in kinds})


def live(seeds=SEEDS, kinds=TRAINED[:2]) -> None:
    """As many steps as notebook 6 trains live, several seeds: the U-Net as a flow and as a DDPM."""
    compare("live", seeds, dict.fromkeys(kinds, LIVE_STEPS))


def compare(part: str, seeds, steps: dict[str, int]) -> None:
    """Train each kind for its steps with each seed, and measure what each way to draw from it gives."""
    for seed, kind in itertools.product(seeds, steps):
        missing = [way for way in WAYS[kind] if not done(part=part, kind=kind, seed=seed, sampler=way)]
        if not missing:
            continue
        started, draw = time.process_time(), trained(kind, steps[kind], seed)
        about = {"train_steps": steps[kind], "cpu_seconds": round(time.process_time() - started, 1)}
        for way in missing:
            pictures = draw(TRAINED_SAMPLES[part], seed=1, **WAYS[kind][way])
            add({"part": part, "kind": kind, "seed": seed, "sampler": way, **about, **measured(pictures)})


def trained(kind: str, steps: int, seed: int):
    """Train one network; what draws from it, to be called as (n, seed=…, **way)."""
    images = load_digits("train")[0]
    if kind == "DDPM":
        schedule = recipe.schedule()
        model = train(recipe.network(seed), images, schedule, recipe.config(steps, seed=seed), progress=False).model
        return functools.partial(recipe.draw, model, schedule)
    settings = flow_training.settings(steps, seed=seed, optimizer="muon" if kind == "U-Net flow" else "adam")
    model = fit(KINDS[kind](seed), flow_training.matching(images), settings, progress=False).model
    return functools.partial(flow_model.draw, model)


def bits(n: int = 128, steps: int = 40) -> None:
    """Bits a dimension under the shipped flow, and the shipped DDPM's bound, with the error of their means."""
    model, (ddpm, schedule, prediction) = flow_model.load_flow(), pretrained.load_ddpm()
    for split in ("test", "train"):
        if done(part="bits", split=split):
            continue
        levels = likelihood.to_levels(load_digits(split)[0][:n])
        g = torch.Generator().manual_seed(0)
        flow_bits, bound = [], []
        for part in levels.split(32):
            y = likelihood.dequantise(part, g)
            found = likelihood.log_likelihood(model, y, steps, likelihood.rademacher(y.shape, g))
            flow_bits.append(likelihood.bits_per_dim(found, y[0].numel()))
            bound.append(variational_bound(ddpm, schedule, part / 127.5 - 1, prediction, 40, g).total)
        row = {"part": "bits", "split": split, "n": n, "solver_steps": steps}
        for name, values in (("flow", torch.cat(flow_bits)), ("ddpm_bound", torch.cat(bound))):
            row |= {name: values.mean().item(), f"{name}_error": 1.96 * values.std().item() / math.sqrt(n)}
        add(row)


def tables() -> None:
    """Write the tables that notebook 6 shows, from the results."""
    shown = []
    for row in sorted((row for row in rows() if row["part"] == "few"), key=place):
        label = row["asset"]
        if label in NETWORKS:
            label = f"{NETWORKS[label]}, {row['steps']} step{'s' * (row['steps'] > 1)} ({SAMPLERS[row['sampler']]})"
        shown.append({"model": label, **{key: row[key] for key in ("fid", "low", "high", "legible")}})
    save("flow_digits_few", f"{SAMPLES:,} samples of each; FID in the features of the digit classifier.", shown)
    one_seed = [row for row in shown if any(way in row["model"] for way in ("the flow, 20", "the flow, 50", "the flow, 10"))]
    ddpm = [row for row in read("quality")["rows"] if row["network"] == "ours, in class" and row["minutes"] == 5]
    one_seed += [
        {"model": "DDPM, 50 steps (DDIM, η = 1)", **{key: row[key] for key in shown[0] if key != "model"}} for row in ddpm
    ]
    about = "The same network, 5,250 steps of training, one seed; 1,000 samples of each; FID in the digit classifier's features."
    save("flow_digits", about, one_seed)
    minute = f"{TRAIN_STEPS} steps of the U-Net, or the same time"
    for part, length in (("training", minute), ("live", f"{LIVE_STEPS:,} steps of training, as notebook 6 does it live")):
        trained_table(part, length)


def place(row: dict) -> tuple[int, int, int]:
    """Where a row stands in the table: network by network, real digits last, and each by its sampler and steps."""
    if row["asset"] not in NETWORKS:
        return len(NETWORKS), 0, 0
    return [*NETWORKS].index(row["asset"]), [*SAMPLERS].index(row["sampler"]), row["steps"]


def trained_table(part: str, length: str) -> None:
    """The table of the networks that were trained here in one part, if there are any."""
    found = [row for row in rows() if row["part"] == part]
    if not found:
        return
    count = len({row["seed"] for row in found})
    about = "One seed, and the interval of its samples; " if count == 1 else f"Mean over {count} seeds and its interval; "
    about += f"{length}; {TRAINED_SAMPLES[part]:,} samples of each; FID in the digit classifier's features."
    ways = sorted({(row["kind"], row["sampler"]) for row in found}, reverse=True)
    save("flow_digits", about, [summary(found, kind, sampler) for kind, sampler in ways], part)


def summary(trained: list[dict], kind: str, sampler: str) -> dict:
    """The mean over seeds and its 95 % interval."""
    found = [row for row in trained if row["kind"] == kind and row["sampler"] == sampler]
    mean, half = interval_of_mean([row["fid"] for row in found])
    if len(found) == 1:  # the interval is that of the samples
        return {"model": f"{kind}, {sampler}", **{key: found[0][key] for key in ("fid", "low", "high", "legible")}}
    legible = statistics.mean(row["legible"] for row in found)
    return {"model": f"{kind}, {sampler}", "fid": mean, "low": mean - half, "high": mean + half, "legible": legible}


def save(asset: str, setting: str, shown: list[dict], table: str = "comparison") -> None:
    """A table among the files of an asset, where the notebook finds it."""
    keep(assets.ROOT / asset / f"{table}.json", {"setting": setting, "rows": shown})


PARTS = {"few": few, "jumps": jumps, "training": training, "live": live, "bits": bits, "tables": tables}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS, help="of the parts training, live and jumps")
    parser.add_argument("--kinds", nargs="+", choices=TRAINED, help="of the parts training and live")
    parser.add_argument("--own", action="store_true", help="the part jumps: from the network's own places")
    args = parser.parse_args()
    kinds = {"kinds": args.kinds} if args.kinds else {}
    choices = {part: {"seeds": args.seeds, **kinds} for part in ("training", "live")}
    choices["jumps"] = {"seeds": args.seeds, "own": args.own}
    for part in args.parts:
        PARTS[part](**choices.get(part, {}))


if __name__ == "__main__":
    main()
