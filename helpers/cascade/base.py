"""The cascade's first stage: a prompt to a picture of 16×16 pixels (Imagen, arXiv:2205.11487, §2.2).

As in Imagen the text encoder is frozen: it is the text-to-image model's. The U-Net works on pixels, four of them folded into
one place, and starts from the text-to-image model's, which has learnt what the words mean.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.assets import load_network
from helpers.text_to_image import loop, parts

SIDE, FOLD = 16, 2


class Base(nn.Module):
    """Noisy pictures (B, 3, 16, 16), t (B,), words (B, tokens, 96) → the velocity, like the pictures.

    Args:
        start: the text-to-image model's U-Net; all its layers but the first and the last are copied. None starts anew.
    """

    def __init__(self, start: Any = None):
        super().__init__()
        self.config: dict[str, Any] = {}
        self.unet = parts.unet(channels=3 * FOLD**2)
        if start is not None:
            kept = {name: value for name, value in start.state_dict().items() if not name.startswith(("conv_in", "conv_out"))}
            self.unet.load_state_dict(kept, strict=False)

    def forward(self, x: Tensor, t: Tensor, words: Tensor) -> Tensor:
        return F.pixel_shuffle(self.unet(F.pixel_unshuffle(x, FOLD), t, words).sample, FOLD)


def guided(base: Base, pipe: Any, prompts: list[str], scale: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The velocity for these prompts with classifier-free guidance, as a function of x (B, 3, 16, 16) and t (B,)."""
    words = torch.cat([loop.embed(pipe, prompts), loop.embed(pipe, [""] * len(prompts))])

    def predict(x: Tensor, t: Tensor) -> Tensor:
        with_prompt, without = base(torch.cat([x, x]), torch.cat([t, t]), words).chunk(2)
        return loop.classifier_free_guidance(without, with_prompt, scale)

    return predict


def load_base() -> Base:
    """The first stage that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("cascade_base", Base)
