"""Slips in u + s (c - u), the formula of guidance (arXiv:2207.12598): c the prediction for the label or text, u that for none."""

from __future__ import annotations

import torch

from .relations import is_rescaled

SLIPPED = {
    "rescaled": "The result is rescaled, to the spread of ε_cond for instance, as some code does: leave it as it is.",
    "uncond_added": "(scale - 1) ε_uncond is added to scale ε_cond; it is subtracted: the two factors, scale and 1 - scale, "
    "have the sum 1.",
    "three_channels": "Only the first three channels are guided, as in DiT's code, whose networks predict more than the noise: "
    "here all are noise.",
}

SLIPS = {
    "w_for_scale": lambda u, c, s: (1 + s) * c - s * u,
    "exchanged": lambda u, c, s: c + s * (u - c),
    "difference_only": lambda u, c, s: s * (c - u),
    "scaled_cond": lambda u, c, s: u + s * c,
    "scaled_cond/minus": lambda u, c, s: s * c - u,
    "sign": lambda u, c, s: u - s * (c - u),
    "scale_ignored": lambda u, c, s: c,
    "scale_ignored/uncond": lambda u, c, s: u,
    "off_up_to_one": lambda u, c, s: u + s * (c - u) if s > 1 else c,
    "uncond_added": lambda u, c, s: s * c + (s - 1) * u,
    "three_channels": lambda u, c, s: torch.cat([(u + s * (c - u))[:, :3], c[:, 3:]], 1),
    "three_channels/uncond": lambda u, c, s: torch.cat([(u + s * (c - u))[:, :3], u[:, 3:]], 1),
    "scale_limited": lambda u, c, s: u + min(s, 1) * (c - u),
}


def rescaled(received: torch.Tensor, right: torch.Tensor) -> str:
    """The mistake, where each image at each scale (scales, B, …) is right but for a factor of its own; else ""."""
    return "rescaled" if is_rescaled(received.flatten(0, 1), right.flatten(0, 1)) else ""
