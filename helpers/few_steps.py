"""Pictures in one to four network evaluations: reflow (arXiv:2209.03003), consistency tuning (arXiv:2406.14548), jumps.

A flow needs many steps because its paths bend, and they bend because straight pairs cross. *Reflow* trains again on pairs that do
not cross: noise, and what the flow itself makes of it. *Consistency tuning* gives up following the path: from every place
on it, the network is to name the path's end at once. *Jumps* keep the path and its bends: at a few fixed times the network is
to say how far the flow will have gone by the next (reflow in windows of time, arXiv:2405.07510).
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from helpers.flow import Velocity, check_steps, euler_solve, heun_solve, interpolate, like, walk


@torch.no_grad()
def draw_pairs(
    velocity: Velocity, noise: Tensor, steps: int = 10, heun: bool = True, batch_size: int = 250
) -> tuple[Tensor, Tensor]:
    """Pairs (noise, data) for reflow, each like `noise` (N, …): the data is where the flow takes the noise.

    Train on them with `flow_matching_loss`, and the flow of the new network is straighter (arXiv:2209.03003, §3).
    """
    solve = heun_solve if heun else euler_solve
    return noise, torch.cat([solve(velocity, part, steps) for part in noise.split(batch_size)])


@torch.no_grad()
def draw_paths(velocity: Velocity, noise: Tensor, jumps: int = 4, steps: int = 5, batch_size: int = 250) -> Tensor:
    """Where the flow takes noise (N, …) by 0, 1/jumps, …, 1, in `steps` Euler steps from each of these times to the next.

    Returns:
        (jumps+1, N, …), the noise first.

    Raises:
        ValueError: jumps or steps is not a positive whole number.
    """
    check_steps(jumps, "jumps")
    check_steps(steps)
    times = torch.arange(jumps * steps + 1, dtype=torch.float64) / (jumps * steps)
    parts = [[x for _, x in walk(velocity, part, times)][::steps] for part in noise.split(batch_size)]
    return torch.stack([torch.cat(places) for places in zip(*parts)])


def jump_loss(model: nn.Module, start: Tensor, end: Tensor, t: Tensor, length: float, width: float = 0.03) -> Tensor:
    """How far one Euler step from a place of a path falls from a later place, in units of the velocity; a scalar.

    One place leads to one other, so nothing is averaged over pairs that cross: the network can get it right, and
    steps of that length then end where the flow does. The size is taken by the norm of `consistency_loss`.

    Args:
        model: (x (B, …), t (B,)) → velocity like x.
        start, end: (B, …), where a path is at t and at t + length, as `draw_paths` gives them.
        t: (B,) in [0, 1).
        length: of the step in time.
        width: as in `consistency_loss`.
    """
    return pseudo_huber(model(start, t).float() - (end - start) / length, width)


def pseudo_huber(difference: Tensor, width: float = 0.03) -> Tensor:
    """√(d² + c²) - c of a sample's root-mean-square difference d, the mean over samples (B, …) (arXiv:2310.14189, §3.3)."""
    return ((difference.square().flatten(1).mean(1) + width**2).sqrt() - width).mean()


def path_end(velocity: Velocity, x: Tensor, t: Tensor) -> Tensor:
    """f(x, t) = x + (1-t) v(x, t): where a straight line with the slope at (x, t) ends; x itself at t = 1.

    For a flow this is E[data | x_t = x], a blur of many pictures; for a consistency model, one of them.
    """
    return x + (1 - like(t, x)) * velocity(x, t)


def consistency_loss(model: nn.Module, data: Tensor, noise: Tensor, t: Tensor, share: float, width: float = 0.03) -> Tensor:
    """How far the path's end, as named at t, is from the one named nearer to the data, at r = 1 - share · (1-t); a scalar.

    The second is the target and carries no gradient. With share = 0, r = 1, it is the data itself, and this is flow matching; the
    closer share comes to 1, the more the network must agree with itself all along the path (arXiv:2406.14548, eq. 13).
    The difference is taken in units of the velocity, and its size by the pseudo-Huber norm (arXiv:2310.14189, §3.3).

    Args:
        model: (x (B, …), t (B,)) → velocity like x.
        data, noise: (B, …).
        t: (B,) in [0, 1).
        share: of the noise in x_t that is left in x_r, in [0, 1).
        width: c of the pseudo-Huber norm for one dimension; it grows with the root of their number.

    Raises:
        ValueError: share is not in [0, 1).
    """
    if not 0 <= share < 1:
        raise ValueError(f"share is the part of the noise that is left, in [0, 1); got {share}")
    r = 1 - share * (1 - t)
    x_t, x_r = interpolate(data, noise, t), interpolate(data, noise, r)
    with torch.no_grad():
        end = path_end(model, x_r, r)
    target = (end - x_t) / (1 - like(t, data))  # the velocity that leads from x_t to that end
    return pseudo_huber(model(x_t, t).float() - target, width) / (1 - share)


def tightening(step: int, steps: int, halvings: int = 5) -> float:
    """The share of `consistency_loss` at a step of the run: 0, 1/2, 3/4, … 1 - 2^-halvings, each for an equal time."""
    stage = min(halvings, step * (halvings + 1) // steps)
    return 1 - 0.5**stage


def consistency_walk(
    model: Velocity, noise: Tensor, steps: int, generator: torch.Generator | None = None, fresh: float = 1.0
) -> Iterator[Tensor]:
    """Jump to the path's end, noise it again to the next time, jump again; yields the end after each of `steps` jumps.

    The times are 0, 1/steps, 2/steps, …. What noises the end again is √(1-fresh²) times the noise that the network sees in x,
    plus `fresh` times new noise. With 1 it is multistep consistency sampling (arXiv:2303.01469, algorithm 1), with 0 Euler's
    method, and between them, for a flow, what η is to DDIM (arXiv:2010.02502, eq. 12): some noise anew at each step.

    Raises:
        ValueError: steps is not a positive whole number, or fresh is not in [0, 1].
    """
    check_steps(steps)
    if not 0 <= fresh <= 1:
        raise ValueError(f"fresh is the share of new noise, in [0, 1]; got {fresh}")
    x = noise
    for i in range(steps):
        t = x.new_full((len(x),), i / steps)
        end = path_end(model, x, t)
        yield end
        if i + 1 < steps:
            seen = (x - i / steps * end) / (1 - i / steps)
            new = torch.randn(x.shape, generator=generator).to(x)
            x = interpolate(end, (1 - fresh**2) ** 0.5 * seen + fresh * new, t + 1 / steps)


@torch.no_grad()
def consistency_sample(
    model: Velocity, noise: Tensor, steps: int, generator: torch.Generator | None = None, fresh: float = 1.0
) -> Tensor:
    """The last of `consistency_walk`, which raises what there is to raise: pictures like `noise` (B, …)."""
    return list(consistency_walk(model, noise, steps, generator, fresh))[-1]
