"""What the challenge measures of pictures: a distance to held-out digits with its interval, legibility, and copies."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch

from helpers import evaluate
from helpers.data import load_digits

NEAR = 0.01  # a picture counts as near a training digit if this share of real held-out digits is nearer to one
SUSPECT = 0.10  # of the pictures near a training digit: so many are copies


@dataclass(frozen=True)
class ChallengeEntry:
    """One line of the board."""

    name: str
    steps: int
    fid: float
    low: float
    high: float
    legible: float
    near: float
    copies: bool
    sampler: str
    n: int
    sha256: str


@functools.cache
def _real() -> tuple[torch.Tensor, torch.Tensor, float]:
    """Features of the held-out digits, the training digits, and the distance below which a picture is near one of these."""
    held_out, train = load_digits("test")[0], load_digits("train")[0]
    distances = evaluate.nearest_neighbours(held_out, train)[0][:, 0]
    return evaluate.features(held_out), train, torch.quantile(distances, NEAR).item()


def score(name: str, pictures: torch.Tensor, steps: int, sampler: str, sha256: str) -> ChallengeEntry:
    """The entry of pictures (n, 1, 32, 32), n > 64."""
    held_out, train, threshold = _real()
    fid = evaluate.interval(evaluate.fid, pictures, held_out, 50, torch.Generator().manual_seed(0))
    distances = evaluate.nearest_neighbours(pictures, train)[0][:, 0]
    near = (distances < threshold).float().mean().item()
    legible = evaluate.confident_share(pictures)
    count = len(pictures)
    return ChallengeEntry(name, steps, fid.value, fid.low, fid.high, legible, near, near > SUSPECT, sampler, count, sha256)


def floor(n: int) -> float:
    """The distance of n real training digits to the held-out ones: what a perfect model would score."""
    held_out, train, _ = _real()
    return evaluate.fid(evaluate.features(train[:n]), held_out)
