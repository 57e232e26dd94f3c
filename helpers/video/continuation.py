"""Draw a film, or go on with one whose first frames are given (arXiv:2204.03458, §3.1)."""

from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from helpers import recipe
from helpers.diffusion import diffuse, noise_from_x0, split
from helpers.sampling import final, sample
from helpers.schedules import extract
from helpers.video.moving import SIDE
from helpers.video.network import VideoUnet

HOW: dict[str, Any] = {"method": "ddim", "eta": 1.0}


@torch.no_grad()
def draw_films(network: VideoUnet, labels: Tensor, generator: torch.Generator, steps: int = 50, scale: float = 1.0) -> Tensor:
    """One film a label, (B, frames, 32, 32) in [-1, 1]; label 10 asks for any digit.

    With a scale other than 1 the digit is asked for by classifier-free guidance (arXiv:2207.12598), at twice the work.
    """
    shape = (len(labels), network.config["frames"], SIDE, SIDE)
    nothing = torch.full_like(labels, network.null)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        asked = network(x, t, labels)
        return asked if scale == 1 else network(x, t, nothing).lerp(asked, scale)

    how = {**HOW, "steps": steps, "prediction": "velocity"}
    return final(tqdm(sample(predict, recipe.schedule(), shape, generator=generator, **how), total=steps, desc="drawing"))


def continue_films(
    network: VideoUnet, first: Tensor, labels: Tensor, generator: torch.Generator, steps: int = 50, weight: float = 2.0
) -> Tensor:
    """Films (B, frames, 32, 32) in [-1, 1] whose first frames are given, by reconstruction guidance.

    At each step the known frames are put in at the step's level of noise, and the prediction of the others is moved so that the
    known ones would be predicted right as well: x̃_0 = x̂_0 - (w √ᾱ_t / 2) ∇ ‖first - x̂_0(first frames)‖² (eq. 7). Weight 0 only
    puts the known frames in, which the paper calls the replacement method.

    Args:
        network: trained.
        first: (B, k, 32, 32) in [-1, 1], k below the number of frames.
        labels: (B,), 10 for none.
        generator: of all noise.
        steps: network evaluations, each with its gradient.
        weight: w of the guidance.

    Raises:
        ValueError: as many frames are given as a film has, or more.
    """
    frames, given, schedule = network.config["frames"], first.shape[1], recipe.schedule()
    if given >= frames:
        raise ValueError(f"a film has {frames} frames, and {given} are given: there is nothing to go on with")

    def predict(x: Tensor, t: Tensor) -> Tensor:
        noise = torch.randn(first.shape, generator=generator)
        seen = torch.cat([diffuse(first, t, noise, schedule), x[:, given:]], dim=1)
        with torch.enable_grad():
            seen = seen.detach().requires_grad_(weight != 0)
            x0, _ = split(network(seen, t, labels), seen, t, schedule, "velocity")
            moved = x0.detach()
            if weight:
                (slope,) = torch.autograd.grad((first - x0[:, :given]).square().sum(), seen)
                moved = moved - weight / 2 * extract(schedule.sqrt_alphas_cumprod, t, x.device) * slope
        x0 = torch.cat([first, moved[:, given:]], dim=1).clamp(-1, 1)
        return noise_from_x0(x0, torch.cat([x[:, :given], seen.detach()[:, given:]], dim=1), t, schedule)

    shape = (len(first), frames, SIDE, SIDE)
    walk = sample(predict, schedule, shape, generator=generator, steps=steps, **HOW)
    film = final(tqdm(walk, total=steps, desc="going on"))
    return torch.cat([first, film[:, given:]], dim=1)
