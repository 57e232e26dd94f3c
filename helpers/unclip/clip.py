"""A small CLIP (arXiv:2103.00020): two encoders, in transformers' own classes, that put a picture and its caption in one place.

The vision transformer cuts a picture into 64 patches of 4×4 pixels; the text encoder is the text-to-image model's. Both end
in a vector of 64 numbers, and only the direction of it counts.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from helpers.assets import load_network
from helpers.text_to_image.parts import MAX_TOKENS, tokens
from helpers.unclip.clip_loss import cosines

DIM = 64


class Clip(nn.Module):
    """Pictures (B, 3, 32, 32) in [-1, 1] and tokens (B, 16) → features (B, 64), not normalised.

    Args:
        tokenizer: the text-to-image model's; its vocabulary is the text encoder's.
        width, layers: of both transformers.
        dim: of the features.
    """

    def __init__(self, tokenizer: Any, width: int = 96, layers: int = 3, dim: int = DIM):
        from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModelWithProjection

        super().__init__()
        self.config = {"width": width, "layers": layers, "dim": dim}
        self.tokenizer = tokenizer
        shape = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": layers, "num_attention_heads": 4}
        self.vision = CLIPVisionModelWithProjection(CLIPVisionConfig(image_size=32, patch_size=4, projection_dim=dim, **shape))
        self.words = CLIPTextModelWithProjection(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                max_position_embeddings=MAX_TOKENS,
                projection_dim=dim,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
                **shape,
            )
        )
        self.log_scale = nn.Parameter(torch.tensor(2.7))  # ln(1/0.07), as in the paper's §2.5

    def forward(self, pictures: Tensor, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """The features of both, and the scale of their similarities, bounded as in the paper's §2.5."""
        return self.image_features(pictures), self.text_features(texts), self.log_scale.exp().clamp(max=100)

    def image_features(self, pictures: Tensor) -> Tensor:
        """(B, 3, 32, 32) in [-1, 1] → (B, 64)."""
        return self.vision(pixel_values=pictures).image_embeds

    def text_features(self, texts: Sequence[str]) -> Tensor:
        """Captions → (B, 64)."""
        return self.words(input_ids=tokens(self.tokenizer, texts)).text_embeds


def retrieved(image_features: Tensor, text_features: Tensor) -> Tensor:
    """For each picture, whether its own text is the nearest of all: bool (B,)."""
    return cosines(image_features, text_features).argmax(1) == torch.arange(len(image_features))


def load_clip(tokenizer: Any) -> Clip:
    """The CLIP that ships with the course, in eval mode.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    return load_network("clip_captions", partial(Clip, tokenizer))
