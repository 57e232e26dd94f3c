"""The parts of the small text-to-image model, in diffusers' and transformers' own classes.

They are Stable Diffusion's parts (arXiv:2112.10752) with fewer and narrower layers: an autoencoder that turns
3×32×32 pixels into 8×8×8 latents, a tokenizer with some forty words, a two-layer CLIP text encoder, a U-Net with
cross-attention, and the PNDM scheduler with the scaled-linear schedule.
"""

import json
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from helpers.files import write_text
from helpers.text_to_image.captions import vocabulary

MAX_TOKENS = 16
LATENT_CHANNELS = 8
START, END = "<|startoftext|>", "<|endoftext|>"


def autoencoder():
    """A new AutoencoderKL, 0.7 M parameters: (B, 3, 32, 32) in [-1, 1] to latents (B, 8, 8, 8) and back."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=32,
    )


def unet(text_width: int = 96, channels: int = LATENT_CHANNELS):
    """A new UNet2DConditionModel, 3.0 M parameters: noisy latents (B, channels, 8, 8), t (B,), words (B, 16, 96) to v."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=channels,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=(64, 128),
        layers_per_block=1,
        cross_attention_dim=text_width,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def text_encoder(tokenizer, width: int = 96):
    """A new two-layer CLIPTextModel for a tokenizer's vocabulary: tokens (B, 16) to one vector each (B, 16, 96)."""
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=2 * width,
            projection_dim=width,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=MAX_TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def tokenizer(folder: str | Path):
    """Write vocab.json and merges.txt for the captions' words into `folder` and load them as a CLIPTokenizer.

    Each word of `captions.vocabulary` is one token. Any other word is spelt from the pieces there are, down to
    letters, so a prompt may hold any text, though the model has learnt nothing about it.
    """
    from transformers import CLIPTokenizer

    merges = byte_pair_merges(vocabulary())
    alphabet = string.ascii_lowercase + string.digits + string.punctuation
    tokens = [*alphabet, *(c + "</w>" for c in alphabet), *("".join(pair) for pair in merges), START, END]
    folder = Path(folder)
    write_text(folder / "vocab.json", json.dumps({token: i for i, token in enumerate(tokens)}, indent=0))
    write_text(folder / "merges.txt", "\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)]) + "\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=MAX_TOKENS, pad_token=END)


def tokens(tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """Captions as (B, 16) int64: padded where they are shorter, cut where they are longer."""
    return tokenizer(
        list(texts), padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt"
    ).input_ids


def byte_pair_merges(words: list[str]) -> list[tuple[str, str]]:
    """Merge the most frequent neighbours until each word is one symbol: byte-pair encoding (arXiv:1508.07909)."""
    spelt = [[*word[:-1], word[-1] + "</w>"] for word in words]
    merges: list[tuple[str, str]] = []
    while any(len(symbols) > 1 for symbols in spelt):
        pairs = Counter(pair for symbols in spelt for pair in zip(symbols, symbols[1:]))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        spelt = [_merge(symbols, best) for symbols in spelt]
    return merges


def _merge(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    for symbol in symbols:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return merged


def scheduler():
    """Stable Diffusion's scheduler, PNDM without the Runge-Kutta warm-up, √β rising linearly; for a U-Net that predicts v.

    PNDM itself has no `clip_sample`. It stands in the configuration, as in Stable Diffusion's, for schedulers made from it:
    DDIM would clip the predicted x_0 to [-1, 1], which is right for pixels and wrong for latents.
    """
    from diffusers import PNDMScheduler

    return PNDMScheduler.from_config(
        {
            "num_train_timesteps": 1000,
            "beta_start": 0.00085,
            "beta_end": 0.012,
            "beta_schedule": "scaled_linear",
            "skip_prk_steps": True,
            "set_alpha_to_one": False,
            "steps_offset": 1,
            "prediction_type": "v_prediction",
            "clip_sample": False,
        }
    )
