"""The course's three models of digits side by side: `python benchmarks/digit_models.py` (some minutes on one core).

FID in the digit classifier's features, with real digits in the same numbers as the floor. Writes results/digit_models.json, and
the table that notebook 2 shows into the folder of the score model's weights. A model without weights keeps its old row.
"""

import argparse
import json
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from measure import machine, print_table

from helpers import assets, evaluate, recipe
from helpers.data import load_digits
from helpers.energy import load_ebm, sample_energy
from helpers.files import write_text
from helpers.langevin import annealed_langevin
from helpers.pretrained import load_ddpm
from helpers.score_model import load_ncsn

RESULTS = Path(__file__).parent / "results" / "digit_models.json"


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


MODELS = {
    "energy-based, 16×16 (notebook 1)": ("ebm_digits", from_ebm),
    "NCSN, annealed Langevin (notebook 2)": ("ncsn_digits", from_ncsn),
    "DDPM, 50 DDIM steps (notebook 3)": ("ddpm_digits", from_ddpm),
}
ASSETS = [asset for asset, _ in MODELS.values()]


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
    }


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
    before = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"] if RESULTS.exists() else []
    for name, (asset, draw) in MODELS.items():
        if asset not in args.only or not (assets.ROOT / asset / "model.safetensors").exists():
            rows += [old for old in before if old["model"] == name]
            continue
        started = time.perf_counter()
        samples = torch.cat([draw(min(100, n), generator) for _ in range(max(1, n // 100))])
        seconds = (time.perf_counter() - started) / len(samples)
        rows.append({**row(name, samples, rest), "seconds a sample": round(seconds, 3)})
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    setting = f"{n} samples of each against {len(rest):,} real digits; FID in the features of the digit classifier."
    print_table(rows)
    print(setting, machine(), sep="\n")
    write_text(RESULTS, json.dumps({"setting": setting, "machine": machine(), "rows": rows}, indent=1, ensure_ascii=False) + "\n")
    shown = [{key: r[key] for key in ("model", "fid", "low", "high", "legible")} for r in rows]
    table = json.dumps({"setting": setting, "rows": shown}, indent=1, ensure_ascii=False) + "\n"
    write_text(assets.ROOT / "ncsn_digits" / "comparison.json", table)


if __name__ == "__main__":
    main()
