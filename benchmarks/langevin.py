"""Langevin dynamics and score matching in figures: `python benchmarks/langevin.py` (a minute on one core).

Three tables, written to results/langevin.json: the variance at which the chain settles on a Gaussian, against the closed
form, for right and wrong pairings of step and noise; KL from an exact mixture for the same pairings; and the error of a
learned score against the exact one, level by level.
"""

import argparse
import math

import torch
from measure import RESULTS, keep, machine, print_table

from helpers import densities
from helpers.langevin import annealed_langevin, langevin, sigma_levels
from helpers.score_model import ConditionalMLP, ScoreModel, ScoreTraining, train_score

PAIRINGS = {
    "√(2α) z, right": lambda alpha: math.sqrt(2 * alpha),
    "√α z, half the variance": lambda alpha: math.sqrt(alpha),
    "z unscaled": lambda alpha: 1.0,
    "0.0011 √(2α) z, a tutorial's": lambda alpha: math.sqrt(2 * alpha) * 0.005 / math.sqrt(2 * 10),
    "no noise": lambda alpha: 0.0,
}


def run(score_fn, start, steps, alpha, std, generator):
    chain = langevin(score_fn, start, steps, alpha, generator=generator, step_fn=lambda x, s, a, z: x + a * s + std * z)
    *_, x = chain
    return x


def stationary_variances(n, generator):
    """On N(0, 1) a chain with noise of standard deviation c settles at variance c²/(2α - α²)."""
    for alpha in (0.01, 0.1, 0.5, 1.0):
        for name, pairing in PAIRINGS.items():
            std = pairing(alpha)
            x = run(lambda x: -x, torch.randn(n, 1, generator=generator), 600, alpha, std, generator)
            expected = std**2 / (2 * alpha - alpha**2)
            yield {"α": alpha, "noise": name, "variance": x.var().item(), "closed form": expected}


def divergences(n, generator):
    """KL from the mixture 0.3 N(-2, 0.5²) + 0.7 N(1.5, 0.9²) after 1000 steps of α = 0.05, and of exact samples."""
    hills, alpha = densities.two_hills(), 0.05
    yield {"noise": "exact samples", "KL": densities.kl_from_samples(hills.sample(n, generator), hills, -9, 9)}
    for name, pairing in PAIRINGS.items():
        x = run(hills.score, 3 * torch.randn(n, 1, generator=generator), 1000, alpha, pairing(alpha), generator)
        yield {"noise": name, "KL": densities.kl_from_samples(x, hills, -9, 9)}


def score_errors(steps, generator):
    """Of a network fitted to 2,000 points of two blobs: relative error where the noised data lies; then the modes' weights."""
    blobs, sigmas = densities.two_blobs(share=0.8), sigma_levels(8, 0.3, 10)
    torch.manual_seed(0)
    data = blobs.sample(2000, generator)
    model = train_score(ScoreModel(ConditionalMLP(), data_std=4.0), data, sigmas, ScoreTraining(steps, 256, lr=8e-3)).model
    errors, start = [], 8 * torch.randn(3000, 2, generator=generator)
    with torch.no_grad():
        for sigma in sigmas.tolist():
            noised = blobs.noised(sigma)
            x = noised.sample(10_000, generator)
            error = (model(x, sigma) - noised.score(x)).norm() / noised.score(x).norm()
            errors.append({"σ": round(sigma, 2), "relative error": round(error.item(), 4)})
        plain = run(blobs.score, 16 * torch.rand(3000, 2, generator=generator) - 8, 1000, 0.05, math.sqrt(0.1), generator)
        annealed = annealed_langevin(model, start, sigmas, 100, 0.2 * 0.3**2, generator)
        exact = annealed_langevin(lambda x, s: blobs.noised(s[0].item()).score(x), start, sigmas, 100, 0.2 * 0.3**2, generator)
    weights = [
        {"sampler": name, "share of the upper mode": round((blobs.component(x) == 0).float().mean().item(), 3)}
        for name, x in (
            ("2,000 data points", data),
            ("Langevin, exact score", plain),
            ("annealed, exact score", exact),
            ("annealed, learned score", annealed),
        )
    ]
    return errors, weights


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=2000, help="training steps of the score network")
    args = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    errors, weights = score_errors(args.steps, generator)
    tables = {
        "stationary variance": list(stationary_variances(args.chains, generator)),
        "divergence": list(divergences(args.chains, generator)),
        "score error": errors,
        "weights of the modes": weights,
    }
    for title, rows in tables.items():
        print(f"\n{title}")
        print_table(rows)
    print(machine())
    keep(RESULTS / "langevin.json", {**tables, "machine": machine()})


if __name__ == "__main__":
    main()
