"""Video's part of `systems.py`: is it one digit in all frames, is its motion steady, does it go on from given frames?

Real films of held-out digits are the floor. “Each frame by itself” takes the frames of one film from as many films of the same
digit: what the model would draw if no frame knew of another.
"""

import time
from typing import Any

import torch
from systems_lora import share

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.video.continuation import FilmGuidance, continue_films, draw_films
from helpers.video.moving import FRAMES, centres_of_mass, frame_by_frame, jerk, paths, read_frames, render
from helpers.video.network import load_video

STEPS, GIVEN, BATCH = 25, 4, 16
UNGUIDED, GUIDED = FilmGuidance(), FilmGuidance(scale=5.0)
STEADIED = FilmGuidance(scale=5.0, steady=0.3)
WEIGHT = 2.0  # of reconstruction guidance


def mean(values: torch.Tensor) -> dict[str, float]:
    """The mean of one number a film with its 95 % interval."""
    middle, half = values.double().mean().item(), 1.96 * values.double().std().item() / len(values) ** 0.5
    return {"mean": round(middle, 3), "low": round(middle - half, 3), "high": round(middle + half, 3)}


def judged(films: torch.Tensor, labels: torch.Tensor | None = None) -> dict[str, dict]:
    """What films (N, frames, H, W) measure; with labels (N,), also whether they show the digit that was asked for."""
    read = read_frames(films, load_classifier())
    row = {"one digit in all frames": share((read == read[:, :1]).all(1))}
    if labels is not None:
        right = read == labels[:, None]
        row |= {"that digit in all frames": share(right.all(1)), "that digit, of all frames": share(right.flatten())}
    return row | {"jerk": mean(jerk(films))}


def drawn(network, labels: torch.Tensor, seed: int, guidance: FilmGuidance = UNGUIDED) -> torch.Tensor:
    """One film a label, a batch at a time."""
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([draw_films(network, some, generator, STEPS, guidance) for some in labels.split(BATCH)])


def continuations(network, real: torch.Tensor, labels: torch.Tensor) -> dict[str, dict]:
    """Films that go on from the first four frames of real ones: is it still that digit, and where?

    The digit is untold, but for one way, which tells what the classifier reads in most of the given frames.
    """
    rows, first = {"the real films": judged(real[:, GIVEN:], labels)}, real[:, :GIVEN]
    untold, read = torch.full_like(labels, network.null), read_frames(first, load_classifier()).mode(dim=1).values
    ways: dict[str, tuple[torch.Tensor, dict[str, Any]]] = {
        "frames handed over clean": (untold, {}),
        "and the digit read in them": (read, {"guidance": GUIDED}),
        "and steadied": (read, {"guidance": STEADIED}),
        "reconstruction guidance": (untold, {"weight": WEIGHT}),
    }
    for name, (told, how) in ways.items():
        generator, parts = torch.Generator().manual_seed(3), zip(first.split(BATCH), told.split(BATCH))
        films = [continue_films(network, some, labels_of, generator, STEPS, **how) for some, labels_of in parts]
        rest = torch.cat(films)[:, GIVEN:]
        away = (centres_of_mass(rest) - centres_of_mass(real[:, GIVEN:])).norm(dim=2)
        rows[name] = judged(rest, labels) | {"pixels from the real one's place": mean(away.mean(1))}
    held = real[:, GIVEN - 1 : GIVEN].expand(-1, FRAMES - GIVEN, -1, -1)
    away = (centres_of_mass(held) - centres_of_mass(real[:, GIVEN:])).norm(dim=2)
    rows["the fourth frame held still"] = {"pixels from the real one's place": mean(away.mean(1))}
    return rows


def measure(n: int) -> dict:
    """All of video's figures: n films by guidance, rounded up so that each digit has as many as a film has frames, an eighth
    as many without guidance, and a quarter as many that go on."""
    digits, known = load_digits("test")
    network = load_video()
    each = max(FRAMES, -(-n // 10))
    labels = torch.arange(10).repeat_interleave(each)
    real = render(digits[: len(labels)], paths(len(labels), torch.Generator().manual_seed(1)))
    rows = {"real films": judged(real, known[: len(labels)])}
    some, started = labels[::8], time.process_time()
    rows["any digit"] = judged(drawn(network, torch.full_like(some, network.null), seed=2))
    rows["asked for a digit"] = judged(drawn(network, some, seed=2), some)
    seconds = (time.process_time() - started) / len(some) / 2
    films = drawn(network, labels, 2, GUIDED)
    rows[f"asked with guidance {GUIDED.scale:g}"] = judged(films, labels)
    rows[f"and steadied {STEADIED.steady:g}"] = judged(drawn(network, labels, 2, STEADIED), labels)
    apart = torch.cat([frame_by_frame(part) for part in films.split(each)])
    rows["each frame by itself"] = judged(apart, labels)
    ratio = jerk(films).mean().item() / jerk(apart).mean().item()
    few = len(labels) // 4
    return {
        "films": len(labels),
        "steps": STEPS,
        "CPU seconds a film, without guidance": round(seconds, 2),
        "rows": rows,
        "jerk against each frame by itself": round(ratio, 3),
        "continued": {"films": few, "given": GIVEN, **continuations(network, real[:few], known[:few])},
    }
