"""Where the U-Net looks while it reads: cross-attention maps, one for each word of the prompt.

In a cross-attention layer each place of the picture asks (Q), each token of the prompt answers (K, V). The weights
softmax(Q Kᵀ/√d) tell how much a place takes from a token; seen from the token, they are a picture (arXiv:2208.01626).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn.functional as F
from torch import Tensor


class AttentionMaps:
    """The maps recorded since the start of `record`, averaged over heads, layers and steps."""

    def __init__(self, size: int):
        self.size = size
        self._total: Tensor | None = None
        self._layers = 0

    def add(self, weights: Tensor) -> None:
        """Add one layer's weights (B, heads, places, tokens); layers at low resolution are enlarged."""
        maps = weights.float().mean(1).transpose(1, 2)
        side = int(maps.shape[-1] ** 0.5)
        maps = F.interpolate(maps.reshape(*maps.shape[:2], side, side), (self.size, self.size), mode="bilinear")
        self._total = maps if self._total is None else self._total + maps
        self._layers += 1

    def mean(self) -> Tensor:
        """(B, tokens, size, size), each at least 0; at each place they sum to 1 over the tokens.

        The batch is the U-Net's: under guidance the first half belongs to the negative prompt.

        Raises ValueError if nothing was recorded.
        """
        if self._total is None:
            raise ValueError("no cross-attention was recorded: run the pipeline inside `with record(pipe) as maps:`")
        return self._total / self._layers

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
        self.maps.add(weights)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        return attn.to_out[1](attn.to_out[0](mixed))


@contextmanager
def record(pipe) -> Iterator[AttentionMaps]:
    """Record the cross-attention of everything that the pipeline's U-Net does inside the `with` block."""
    before = dict(pipe.unet.attn_processors)
    maps = AttentionMaps(pipe.unet.config.sample_size)
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
