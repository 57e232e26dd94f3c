"""The course's models of digits side by side: `python benchmarks/digit_models.py` (some minutes on one core).

FID in the digit classifier's features, with real digits in the same numbers as the floor. Writes results/digit_models.json, and
the tables that notebooks 1 and 2 show into the folders of the VAE's and the score model's weights. A model that is not measured
keeps its old row; time is measured anew for all of them, in seconds of the processor and so whatever else the machine does.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from measure import RESULTS, keep, kept, machine, print_table

from helpers import assets, evaluate, gan, guidance, recipe, vae
from helpers.data import load_digits
from helpers.energy import load_ebm, sample_energy
from helpers.flow import euler_solve
from helpers.flow_model import load_flow
from helpers.langevin import annealed_langevin
from helpers.pretrained import load_conditional, load_ddpm
from helpers.score_model import load_ncsn

FILE = RESULTS / "digit_models.json"


def enlarge(images, rounds=10):
    """16×16 → 32×32 so that reducing it again gives `images` (iterative back-projection).

    Plain bilinear enlargement blurs so much that the classifier misreads a third of the *real* digits.
    """
    large = F.interpolate(images, (32, 32), mode="bilinear")
    for _ in range(rounds):
        missing = images - F.interpolate(large, (16, 16), mode="bilinear", antialias=True)
        large = (large + F.interpolate(missing, (32, 32), mode="bilinear")).clamp(-1, 1)
    return large


def from_ebm(n, generator):
    model, sampling = load_ebm()
    x = 2 * torch.rand(n, 1, 16, 16, generator=generator) - 1
    x = sample_energy(model, x, sampling["steps"], sampling["step_size"], 1.0, tuple(sampling["bounds"]), generator)
    return enlarge(x)


@torch.no_grad()
def from_ncsn(n, generator):
    model, sigmas, sampling = load_ncsn()
    x = model.data_mean + 10 * torch.randn(n, 1, 32, 32, generator=generator)
    x = annealed_langevin(model, x, sigmas, sampling["steps_per_level"], sampling["step_size"], generator)
    return x + sigmas[-1] ** 2 * model(x, sigmas[-1])


def from_ddpm(n, generator):
    model, schedule, prediction = load_ddpm()
    return recipe.draw(model, schedule, n, seed=torch.randint(2**31, (), generator=generator).item(), prediction=prediction)


def from_vae(n, generator):
    return vae.draw(vae.load_vae(), n, generator)


def from_gan(n, generator):
    return gan.draw(gan.load_gan(), n, generator)


@torch.no_grad()
def from_conditional(n, generator):
    model, schedule = load_conditional()
    seed = torch.randint(2**31, (), generator=generator).item()
    return guidance.draw(
        lambda labels: guidance.classifier_free(model, labels, model.network.null, 1.5), schedule, torch.arange(n) % 10, seed
    )


@torch.no_grad()
def from_flow(n, generator):
    return euler_solve(load_flow(), torch.randn(n, 1, 32, 32, generator=generator), 20)


MODELS = {
    "VAE, one pass (notebook 1)": ("vae_digits", from_vae),
    "GAN, one pass (notebook 1)": ("gan_digits", from_gan),
    "energy-based, 16×16 (notebook 1)": ("ebm_digits", from_ebm),
    "NCSN, annealed Langevin (notebook 2)": ("ncsn_digits", from_ncsn),
    "DDPM, 50 DDIM steps (notebook 3)": ("ddpm_digits", from_ddpm),
    "conditional, guided, 50 DDIM steps (notebook 5)": ("conditional_digits", from_conditional),
    "flow, 20 Euler steps (notebook 6)": ("flow_digits", from_flow),
}
LATER = ("VAE", "GAN", "conditional", "flow")  # not in notebook 2's table
ASSETS = [asset for asset, _ in MODELS.values()]


COVERED = 0.02  # the share of all drawings from which on a digit counts as covered; an even share is 0.1


def row(name, samples, real):
    score = evaluate.interval(evaluate.fid, samples, real, generator=torch.Generator().manual_seed(0))
    balance = evaluate.class_balance(samples)
    return {
        "model": name,
        "fid": score.value,
        "low": score.low,
        "high": score.high,
        "legible": evaluate.confident_share(samples),
        "rarest": balance.min().item(),
        "commonest": balance.max().item(),
        "classes covered": int((balance >= COVERED).sum()),
    }


def cpu_seconds(draw, n=100):
    """Seconds of the processor for one sample, drawn n at a time."""
    started = time.process_time()
    draw(n, torch.Generator().manual_seed(1))
    return float(f"{(time.process_time() - started) / n:.2g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument(
        "--only", nargs="+", choices=ASSETS, default=ASSETS, help="measure these; keep the other rows as they were"
    )
    args = parser.parse_args()
    n, generator = args.samples, torch.Generator().manual_seed(0)
    images = load_digits("all")[0]
    few, rest = images[-n:], evaluate.features(images[:-n])
    small = enlarge(load_digits("all", size=16)[0][-n:])
    rows = [row("real digits (the floor)", few, rest), row("real digits, 16×16 enlarged", small, rest)]
    before = kept(FILE).get("rows", [])
    for name, (asset, draw) in MODELS.items():
        if asset not in args.only:
            rows += [{**old, "seconds a sample": cpu_seconds(draw)} for old in before if old["model"] == name]
            continue
        samples = torch.cat([draw(min(100, n - done), generator) for done in range(0, n, 100)])
        rows.append({**row(name, samples, rest), "seconds a sample": cpu_seconds(draw)})
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    setting = f"{n} samples of each against {len(rest):,} real digits; FID in the features of the digit classifier."
    timed = f"{setting[:-1]}; seconds of one core."
    print_table(rows)
    print(timed, machine(), sep="\n")
    keep(FILE, {"setting": timed, "machine": machine(), "rows": rows})
    keys = ("model", "fid", "low", "high", "legible")
    for folder, said, more, shown in (
        ("ncsn_digits", setting, (), [r for r in rows if not r["model"].startswith(LATER)]),
        ("vae_digits", timed, ("classes covered", "seconds a sample"), rows),
    ):
        table = {"setting": said, "rows": [{key: r[key] for key in (*keys, *more) if key in r} for r in shown]}
        keep(assets.ROOT / folder / "comparison.json", table)


if __name__ == "__main__":
    main()
