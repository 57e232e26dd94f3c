"""How well notebook 5's networks obey their label, unguided and guided: `python benchmarks/guidance.py`.

Prints and writes to results/guidance.json, for each kind of drawing with the weights that ship, the share of digits that the
digit classifier reads as asked (with its 95 % Wilson interval), the FID with real digits in the same numbers as the floor, and
the variety: how far the features of one digit's drawings scatter about their mean, as a share of what real digits of the same
numbers do.

`python benchmarks/guidance.py --live 3` trains the notebook's own run with three seeds (three minutes each on two idle cores) and
writes the same share and FID of these networks to results/guidance_live.json.
"""

import argparse
import time

import torch
from measure import wilson, write

from helpers import evaluate, recipe
from helpers.conditional import LIVE_STEPS, ConditionalUnet, conditional_loss, live_settings
from helpers.data import load_digits
from helpers.fit import fit
from helpers.guidance import NoisePredictor, autoguided, classifier_free, classifier_guided, conditional, draw
from helpers.pretrained import load_conditional, load_noisy_classifier

SCALES = (1.0, 1.5, 2.0)


def trained(seed: int) -> tuple[NoisePredictor, float]:
    """The notebook's live run with another seed, and the processor time that it took in seconds."""
    images, labels = load_digits("train")
    torch.manual_seed(seed)
    network = ConditionalUnet(**recipe.NETWORK).to(memory_format=torch.channels_last)
    started = time.process_time()
    run = fit(network, conditional_loss(images, labels, recipe.schedule()), live_settings(LIVE_STEPS, seed=seed))
    return NoisePredictor(run.model, recipe.schedule()), time.process_time() - started


def live(seeds: int, n: int) -> None:
    """Train and measure one network a seed."""
    images, _ = load_digits("all")
    real = evaluate.features(images)
    order = torch.randperm(len(real), generator=torch.Generator().manual_seed(0))
    floor, rest = evaluate.fid(real[order[:n]], real[order[n:]]), real[order[n:]]
    asked, rows = torch.arange(n) % 10, []
    for seed in range(seeds):
        model, seconds = trained(seed)
        for scale in SCALES:
            with torch.no_grad():
                made = draw(
                    lambda y, m=model, s=scale: classifier_free(m, y, m.network.null, s), recipe.schedule(), asked, seed=1
                )
            right = int((evaluate.probabilities(made).argmax(1) == asked).sum())
            low, high = wilson(right, n)
            rows.append({"seed": seed, "steps": LIVE_STEPS, "cpu_seconds": round(seconds), "scale": scale, "agreement": right / n,
                         "agreement_low": low, "agreement_high": high, "fid": evaluate.fid(evaluate.features(made), rest),
                         "floor": floor, "samples": n})  # fmt: skip
            write("guidance_live", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--live", type=int, metavar="SEEDS", help="train the notebook's own run with so many seeds")
    args = parser.parse_args()
    if args.live:
        return live(args.live, args.samples)
    n = args.samples
    model, schedule = load_conditional()
    worse, _ = load_conditional("conditional_digits_younger")
    labels, null = torch.arange(n) % 10, model.network.null
    images, true_labels = load_digits("all")
    real = evaluate.features(images)
    order = torch.randperm(len(real), generator=torch.Generator().manual_seed(0))
    usual = evaluate.scatter(real[order[:n]], true_labels[order[:n]])
    noisy, clean, none = load_noisy_classifier(), evaluate.load_classifier(), torch.full((n,), null)
    floor, rest = evaluate.fid(real[order[:n]], real[order[n:]]), real[order[n:]]
    guides = {
        "conditional": lambda y: conditional(model, y),
        "classifier-free, scale 1.5": lambda y: classifier_free(model, y, null, 1.5),
        "classifier-free, scale 3": lambda y: classifier_free(model, y, null, 3.0),
        "autoguidance, scale 1.5": lambda y: autoguided(model, worse, y, 1.5),
        "no label": lambda y: conditional(model, none[: len(y)]),
        **{
            f"{name} classifier, scale {scale:g}": lambda y, c=c, scale=scale: classifier_guided(
                conditional(model, none[: len(y)]), c, y, schedule, scale
            )
            for name, c in (("noise-aware", noisy), ("plain", lambda x, t: clean(x)))
            for scale in (1.0, 3.0)
        },
    }
    rows = []
    for name, guide in guides.items():
        with torch.no_grad():
            samples = draw(guide, schedule, labels)
        right = int((evaluate.probabilities(samples).argmax(1) == labels).sum())
        low, high = wilson(right, n)
        drawn = evaluate.features(samples)
        score = evaluate.interval(evaluate.fid, drawn, rest, 20, torch.Generator().manual_seed(0))
        rows.append({"guidance": name, "agreement": right / n, "agreement_low": low, "agreement_high": high,
                     "fid": score.value, "low": score.low, "high": score.high, "floor": floor,
                     "variety": evaluate.scatter(drawn, labels) / usual, "samples": n})  # fmt: skip
        write("guidance", rows)


if __name__ == "__main__":
    main()
