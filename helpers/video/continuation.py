"""Draw a film, or go on with one whose first frames are given (arXiv:2204.03458, §3.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from helpers.diffusion import diffuse, noise_from_x0, split
from helpers.sampling import final, sample
from helpers.schedules import Schedule, extract
from helpers.text_to_image.loop import classifier_free_guidance
from helpers.video.moving import SIDE
from helpers.video.network import VideoUnet
from helpers.video.noise import film_schedule

Velocity = Callable[[Tensor, Tensor], Tensor]  # (noisy films, their times) → of the films' shape
HOW: dict[str, Any] = {"method": "ddim", "eta": 1.0}


@dataclass(frozen=True)
class FilmGuidance:
    """What a film is guided to, by an evaluation more a step for each.

    Attributes:
        scale: of classifier-free guidance (arXiv:2207.12598) towards the labels, 1 for none.
        steady: how strongly the film is guided away from what the network draws when its space-time blocks do not look along
            time, 0 for not at all (arXiv:2411.18664).
    """

    scale: float = 1.0
    steady: float = 0.0


@torch.no_grad()
def draw_films(
    network: VideoUnet,
    labels: Tensor,
    generator: torch.Generator,
    steps: int = 50,
    guidance: FilmGuidance = FilmGuidance(),
) -> Tensor:
    """One film a label, (B, frames, 32, 32) in [-1, 1]; label 10 asks for any digit.

    Args:
        network: trained.
        labels: (B,).
        generator: of all noise.
        steps: network evaluations, and as many more for each kind of guidance.
        guidance: where the film is guided to, by default nowhere.
    """
    shape = (len(labels), network.config["frames"], SIDE, SIDE)
    how = {**HOW, "steps": steps, "prediction": "velocity"}
    predict = _guided(network, labels, guidance)
    return final(tqdm(sample(predict, film_schedule(), shape, generator=generator, **how), total=steps, desc="drawing"))


def _guided(network: VideoUnet, labels: Tensor, guidance: FilmGuidance) -> Velocity:
    """The velocity for labels (B,), guided towards them and away from frames that know less of each other."""

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        asked = network(x, t, labels)
        guided = asked
        if guidance.scale != 1:
            guided = classifier_free_guidance(network(x, t, torch.full_like(labels, network.null)), asked, guidance.scale)
        return guided + guidance.steady * (asked - network(x, t, labels, along=False)) if guidance.steady else guided

    return velocity


def continue_films(
    network: VideoUnet,
    first: Tensor,
    labels: Tensor,
    generator: torch.Generator,
    steps: int = 50,
    guidance: FilmGuidance = FilmGuidance(),
    weight: float | None = None,
) -> Tensor:
    """Films (B, frames, 32, 32) in [-1, 1] whose first frames are given.

    Without a weight they are handed over as in training: clean, at time 0. With one they are put in at each step's level of
    noise, as a network needs it that was never trained to go on, and the prediction of the others is moved so that the known
    ones would be predicted right as well (reconstruction guidance):
    x̃_0 = x̂_0 - (w √ᾱ_t / 2) ∇ ‖first - x̂_0(first frames)‖² (eq. 7).
    Weight 0 only puts the known frames in, which the paper calls the replacement method.

    Args:
        network: trained.
        first: (B, k, 32, 32) in [-1, 1], k below the number of frames.
        labels: (B,), 10 for none.
        generator: of all noise.
        steps: network evaluations, with a weight above 0 each with its gradient.
        guidance: as in `draw_films`.
        weight: w of the reconstruction guidance, or None.

    Raises:
        ValueError: as many frames are given as a film has, or more.
    """
    frames, given, schedule = network.config["frames"], first.shape[1], film_schedule()
    if given >= frames:
        raise ValueError(f"a film has {frames} frames, and {given} are given: there is nothing to go on with")
    velocity = _guided(network, labels, guidance)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        rest = x[:, given:]
        if weight is None:
            x0 = _told(velocity, first, rest, t, schedule)
        else:
            noisy = diffuse(first, t, torch.randn(first.shape, generator=generator), schedule)
            x0 = _reconstructed(velocity, first, torch.cat([noisy, rest], dim=1), t, schedule, weight)
        return noise_from_x0(torch.cat([first, x0], dim=1).clamp(-1, 1), x, t, schedule)

    shape = (len(first), frames, SIDE, SIDE)
    walk = sample(predict, schedule, shape, generator=generator, steps=steps, **HOW)
    film = final(tqdm(walk, total=steps, desc="going on"))
    return torch.cat([first, film[:, given:]], dim=1)


@torch.no_grad()
def _told(velocity: Velocity, first: Tensor, rest: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """x_0 of the noisy frames `rest` (B, frames - k, 32, 32), beside the first ones at time 0."""
    given = first.shape[1]
    times = torch.cat([torch.zeros_like(t)[:, None].expand(-1, given), t[:, None].expand(-1, rest.shape[1])], dim=1)
    return split(velocity(torch.cat([first, rest], dim=1), times)[:, given:], rest, t, schedule, "velocity")[0]


def _reconstructed(velocity: Velocity, first: Tensor, seen: Tensor, t: Tensor, schedule: Schedule, weight: float) -> Tensor:
    """x_0 of the frames after the first ones by eq. 7, from the whole film `seen` at time t."""
    given = first.shape[1]
    with torch.enable_grad():
        seen = seen.detach().requires_grad_(weight != 0)
        x0, _ = split(velocity(seen, t), seen, t, schedule, "velocity")
        moved = x0.detach()
        if weight:
            (slope,) = torch.autograd.grad((first - x0[:, :given]).square().sum(), seen)
            moved = moved - weight / 2 * extract(schedule.sqrt_alphas_cumprod, t, seen.device) * slope
    return moved[:, given:]
