"""What a convolution's output sees of its input: how many pixels, all channels or a few, and every place alike."""

from __future__ import annotations

import torch

from .modules import biases, image, same, silenced
from .subject import ModuleSubject


def seen(module: ModuleSubject, x: torch.Tensor, t: torch.Tensor) -> list[int]:
    """Height and width of what one bright pixel of a black image (1, C, 8, 8) changes."""
    change = _response(module, x, t, slice(None)).amax(0)
    changed = change > 1e-4 * float(change.max())
    reached = [changed.any(axis).nonzero().flatten() for axis in (1, 0)]
    return [int(r.max() - r.min()) + 1 if len(r) else 0 for r in reached]


def channels_reached(module: ModuleSubject, x: torch.Tensor, t: torch.Tensor) -> float:
    """The share of the output's channels that notice when one channel of the input (1, C, 8, 8) changes at one pixel."""
    reached = []
    for channel in (0, 5):
        changed = _response(module, x, t, [channel])[:, 3:6, 3:6].amax((1, 2))
        reached.append(float((changed > 1e-5 * changed.max()).double().mean()))
    return max(reached)


def same_everywhere(module: ModuleSubject, x: torch.Tensor, t: torch.Tensor) -> bool:
    """Whether four bright pixels of a black image (1, C, H, W), H and W at least 11, do the same one pixel further."""

    def around(at):
        black = 0 * x
        black[..., at : at + 2, at : at + 2] = x[..., :2, :2]
        return image(module.forward(black, t))[..., at - 2 : at + 4, at - 2 : at + 4]

    return same(around(4), around(5), 1e-3)


def _response(module, x, t, channels):
    """How much (C, H, W) each place changes where one pixel of a black image lights up in the given channels, the common
    change of all pixels apart."""
    state = module.state()
    module.load_state(silenced(state, *biases(state)))
    black = 0 * x
    black[0, channels, 4, 4] = x[0, channels, 0, 0]
    output = image(module.forward(black, 0 * t))[0]
    module.load_state(state)
    return (output - output[:, :1, :1]).abs()
