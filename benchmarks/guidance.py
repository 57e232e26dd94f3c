"""How well notebook 5's networks obey their label, unguided and guided: `python benchmarks/guidance.py`.

Prints and writes to results/guidance.json, for each kind of drawing with the weights that ship, the share of digits that the
digit classifier reads as asked (with its 95 % Wilson interval), the FID with real digits in the same numbers as the floor, and
the variety: how far the features of one digit's drawings scatter about their mean, as a share of what real digits of the same
numbers do.

`python benchmarks/guidance.py --live 2` trains the notebook's own run with two seeds (three minutes each on two idle cores) and
writes the same share and FID of these networks to results/guidance_live.json.
"""

import argparse
import time

import torch
from measure import wilson, write

from helpers import evaluate, recipe
from helpers.conditional import LIVE_STEPS, conditional_loss, live_settings
from helpers.data import load_digits
from helpers.fit import fit
from helpers.guidance import NoisePredictor, autoguided, classifier_free, classifier_guided, conditional, draw
from helpers.pretrained import load_conditional, load_noisy_classifier
from helpers.weights.conditional_digits import new_network

SCALES = (1.0, 1.5, 2.0)


def trained(seed: int) -> tuple[NoisePredictor, float]:
    """The notebook's live run with another seed, and the processor time that it took in seconds."""
    images, labels = load_digits("train")
    network = new_network(seed)
    started = time.process_time()
    run = fit(network, conditional_loss(images, labels, recipe.schedule()), live_settings(LIVE_STEPS, seed=seed))
    return NoisePredictor(run.model, recipe.schedule()), time.process_time() - started


def real_digits(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features and labels of n real digits, for the floor, and the features of the rest, which all else is compared with."""
    images, labels = load_digits("all")
    real = evaluate.features(images)
    few, rest = next(evaluate.real_splits(torch.arange(len(real)), n, 1, torch.Generator().manual_seed(0)))
    return real[few], labels[few], real[rest]


def read_back(made: torch.Tensor, asked: torch.Tensor) -> dict[str, float]:
    """The share of digits that the classifier reads as asked, with its interval."""
    right = int((evaluate.probabilities(made).argmax(1) == asked).sum())
    low, high = wilson(right, len(asked))
    return {"agreement": right / len(asked), "agreement_low": low, "agreement_high": high}


def live(seeds: int, n: int) -> None:
    """Train and measure one network a seed."""
    few, _, rest = real_digits(n)
    floor, asked, rows = evaluate.fid(few, rest), torch.arange(n) % 10, []
    for seed in range(seeds):
        model, seconds = trained(seed)
        for scale in SCALES:
            with torch.no_grad():
                made = draw(
                    lambda y, m=model, s=scale: classifier_free(m, y, m.network.null, s), recipe.schedule(), asked, seed=1
                )
            rows.append({"seed": seed, "steps": LIVE_STEPS, "cpu_seconds": round(seconds), "scale": scale,
                         **read_back(made, asked), "fid": evaluate.fid(evaluate.features(made), rest), "floor": floor,
                         "samples": n})  # fmt: skip
            write("guidance_live", rows)


def shipped(n: int) -> None:
    """Measure each kind of drawing with the weights that ship."""
    model, schedule = load_conditional()
    worse, _ = load_conditional("conditional_digits_younger")
    labels, null = torch.arange(n) % 10, model.network.null
    few, known, rest = real_digits(n)
    floor, usual = evaluate.fid(few, rest), evaluate.scatter(few, known)
    noisy, clean, none = load_noisy_classifier(), evaluate.load_classifier(), torch.full((n,), null)
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
        drawn = evaluate.features(samples)
        score = evaluate.interval(evaluate.fid, drawn, rest, 20, torch.Generator().manual_seed(0))
        rows.append({"guidance": name, **read_back(samples, labels), "fid": score.value, "low": score.low, "high": score.high,
                     "floor": floor, "variety": evaluate.scatter(drawn, labels) / usual, "samples": n})  # fmt: skip
        write("guidance", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--live", type=int, metavar="SEEDS", help="train the notebook's own run with so many seeds")
    args = parser.parse_args()
    live(args.live, args.samples) if args.live else shipped(args.samples)


if __name__ == "__main__":
    main()
