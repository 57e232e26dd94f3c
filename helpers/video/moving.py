"""Films of a handwritten digit that moves in a straight line and bounces off the edges: 16 frames of 32×32 pixels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.text_to_image.read_back import centre_of_mass

FRAMES, SIDE = 16, 32
SCALE = 0.62  # of the digit: ink of some 13 pixels, which leaves room to move
REACH = 8.5  # pixels that the digit's middle may go from the picture's
SLOWEST, FASTEST = 0.7, 2.2  # pixels a frame


def paths(n: int, generator: torch.Generator, frames: int = FRAMES) -> Tensor:
    """Where the digit's middle is in each frame, (n, frames, 2): x and y in pixels from the picture's middle.

    Start and direction are uniform, the speed lies between 0.7 and 2.2 pixels a frame; at ±8.5 pixels the digit turns back.
    """
    start = (2 * torch.rand(n, 1, 2, generator=generator) - 1) * REACH
    angle = 2 * torch.pi * torch.rand(n, 1, generator=generator)
    speed = SLOWEST + (FASTEST - SLOWEST) * torch.rand(n, 1, generator=generator)
    velocity = torch.stack([speed * angle.cos(), speed * angle.sin()], dim=-1)
    straight = start + velocity * torch.arange(frames).reshape(1, -1, 1)
    folded = (straight + REACH).remainder(4 * REACH)  # a straight line in a room of mirrors
    return torch.where(folded > 2 * REACH, 4 * REACH - folded, folded) - REACH


def render(digits: Tensor, centres: Tensor) -> Tensor:
    """Films (N, frames, 32, 32) in [-1, 1] of digits (N, 1, 32, 32) at centres (N, frames, 2) in pixels."""
    n, frames, _ = centres.shape
    theta = torch.zeros(n * frames, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1 / SCALE
    theta[:, :, 2] = -2 * centres.flatten(0, 1) / (SIDE * SCALE)
    ink = ((digits + 1) / 2).repeat_interleave(frames, dim=0)
    grid = F.affine_grid(theta, [n * frames, 1, SIDE, SIDE], align_corners=False)
    return F.grid_sample(ink, grid, align_corners=False).reshape(n, frames, SIDE, SIDE) * 2 - 1


def centres_of_mass(films: Tensor) -> Tensor:
    """Where the ink of each frame has its centre, (N, frames, 2): x and y in pixels from the middle."""
    ink = ((films + 1) / 2).clamp(0, 1)
    return centre_of_mass(ink.flatten(0, 1)[:, None]).unflatten(0, films.shape[:2])


def frame_by_frame(films: Tensor) -> Tensor:
    """Films of frames that know nothing of each other, (N, frames, H, W): frame k of film i comes from film i + k.

    This is what drawing each frame by itself gives, from the same model: the films given are samples of one kind, and at least
    as many as a film has frames.

    Raises:
        ValueError: fewer films than frames, so that a film would hold two frames of one.
    """
    n, frames = films.shape[:2]
    if n < frames:
        raise ValueError(f"needs as many films as a film has frames, {frames}, or more; got {n}")
    times = torch.arange(frames)
    return films[(torch.arange(n)[:, None] + times) % n, times]


def jerk(films: Tensor) -> Tensor:
    """How unsteadily each film moves, (N,): the median over time of ‖c_{t+1} - 2c_t + c_{t-1}‖ in pixels, c the centre of mass.

    A straight line at constant speed has none; the median leaves out the one or two frames in which the digit turns back.
    """
    centres = centres_of_mass(films)
    return (centres[:, 2:] - 2 * centres[:, 1:-1] + centres[:, :-2]).norm(dim=2).median(dim=1).values


def read_frames(films: Tensor, classifier) -> Tensor:
    """The digit that the classifier reads in each frame, (N, frames), once the frame has been cut out and enlarged."""
    n, frames = films.shape[:2]
    shift = 2 * centres_of_mass(films).flatten(0, 1) / SIDE
    theta = torch.zeros(n * frames, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = SCALE
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta, [n * frames, 1, SIDE, SIDE], align_corners=False)
    ink = ((films + 1) / 2).clamp(0, 1).reshape(n * frames, 1, SIDE, SIDE)
    with torch.no_grad():
        logits = classifier(F.grid_sample(ink, grid, align_corners=False) * 2 - 1)
    return logits.argmax(1).reshape(n, frames)
