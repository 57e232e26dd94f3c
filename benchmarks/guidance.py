"""How well notebook 5's shipped network obeys its label, unguided and guided: `python benchmarks/guidance.py`.

Prints and writes to results/guidance.json, for each kind of drawing, the share of digits that the digit classifier reads as asked
(with its 95 % Wilson interval), the FID with real digits in the same numbers as the floor, and the variety: how far the features
of one digit's drawings scatter about their mean, as a share of what real digits of the same numbers do.
"""

import argparse

import torch
from measure import wilson, write

from helpers import evaluate
from helpers.data import load_digits
from helpers.guidance import autoguided, classifier_free, classifier_guided, conditional, draw
from helpers.pretrained import load_conditional, load_noisy_classifier


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500)
    n = parser.parse_args().samples
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
