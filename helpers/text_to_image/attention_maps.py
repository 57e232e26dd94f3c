"""Where the U-Net looks while it reads: cross-attention maps, one for each word of the prompt.

In a cross-attention layer each place of the picture asks (Q), each token of the prompt answers (K, V). The weights
softmax(Q Kᵀ/√d) tell how much a place takes from a token; seen from the token, they are a picture (arXiv:2208.01626).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from .loop import embed


class AttentionMaps:
    """The maps recorded since the start of `record`, averaged over heads, layers and steps.

    size: side of the maps; blank: the empty text's vectors (1, tokens, width), which tell an unguided call from a prompt's.
    """

    def __init__(self, size: int, blank: Tensor):
        self.size, self.blank = size, blank
        self._totals: dict[str, Tensor] = {}  # by what a call of the U-Net reads: both texts in one batch, or one of them alone
        self._layers: dict[str, int] = {}

    def add(self, weights: Tensor, text: Tensor) -> None:
        """Add one layer's weights (B, heads, places, tokens); layers at low resolution are enlarged. text: what was read."""
        empty = [torch.allclose(row, self.blank[0].to(row), atol=1e-3) for row in text]
        reads = "the empty text" if all(empty) else "both" if any(empty) else "prompts"
        maps = weights.float().mean(1).transpose(1, 2)
        side = int(maps.shape[-1] ** 0.5)
        maps = F.interpolate(maps.reshape(*maps.shape[:2], side, side), (self.size, self.size), mode="bilinear")
        self._totals[reads] = maps + self._totals.get(reads, torch.zeros_like(maps))
        self._layers[reads] = self._layers.get(reads, 0) + 1

    def mean(self) -> Tensor:
        """(B, tokens, size, size), each at least 0; at each place they sum to 1 over the tokens.

        Under guidance the first half belongs to the negative prompt, whether the U-Net was asked for both in one batch or twice.

        Raises ValueError if nothing was recorded.
        """
        order = sorted(self._totals, key=lambda reads: reads == "prompts")  # the empty text first
        found = [self._totals[reads] / self._layers[reads] for reads in order]
        if not found:
            raise ValueError("no cross-attention was recorded: run the pipeline inside `with record(pipe) as maps:`")
        return torch.cat(found)

    def of_prompt(self) -> Tensor:
        """The second half of the batch: the maps of the prompts when guidance is on."""
        return self.mean().chunk(2)[1]


class _Recorder:
    """An attention processor that computes the same as diffusers' own and keeps the weights."""

    def __init__(self, maps: AttentionMaps):
        self.maps = maps

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **unused):
        q, k, v = (
            project(states).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for project, states in (
                (attn.to_q, hidden_states),
                (attn.to_k, encoder_hidden_states),
                (attn.to_v, encoder_hidden_states),
            )
        )
        weights = (q @ k.transpose(-1, -2) * attn.scale).softmax(-1)
        self.maps.add(weights, encoder_hidden_states)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        return attn.to_out[1](attn.to_out[0](mixed))


@contextmanager
def record(pipe) -> Iterator[AttentionMaps]:
    """Record the cross-attention of everything that the pipeline's U-Net does inside the `with` block."""
    before = dict(pipe.unet.attn_processors)
    with torch.no_grad():
        maps = AttentionMaps(pipe.unet.config.sample_size, embed(pipe, [""]))
    pipe.unet.set_attn_processor(
        {name: _Recorder(maps) if ".attn2." in name else processor for name, processor in before.items()}
    )
    try:
        yield maps
    finally:
        pipe.unet.set_attn_processor(before)


def words(pipe, prompt: str) -> list[str]:
    """The prompt's tokens as text, in the order of the maps' second axis, without the padding."""
    ids = pipe.tokenizer(prompt, truncation=True, max_length=pipe.tokenizer.model_max_length).input_ids
    return [token.replace("</w>", "") for token in pipe.tokenizer.convert_ids_to_tokens(ids)]
