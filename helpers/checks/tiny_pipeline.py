"""A text-to-image pipeline with random weights, small enough to run in milliseconds: a stand-in for the real one in a check."""

from __future__ import annotations

import copy
import json
import string
import tempfile
from functools import lru_cache
from pathlib import Path

import torch

from .seeding import kept, seed_all

WIDTH, TOKENS = 16, 16
LATENTS, SIZE, SCALING = 6, 6, 0.41  # no other pipeline's: an answer has to read them off its parts
PIXELS = 4 * SIZE


def random_pipeline(seed: int, scheduler: str = "pndm", by_hand: bool = True):
    """A StableDiffusionPipeline of 24×24 pixels and 6×6×6 latents, with weights drawn from the seed.

    scheduler is "pndm", "euler" or "ddim". With by_hand, for an answer, calling the pipeline as a whole raises: its parts work.
    """
    from diffusers import StableDiffusionPipeline

    class Parts(StableDiffusionPipeline):
        """The parts without the whole."""

        def __call__(self, *args, **kwargs):
            raise RuntimeError("the pipeline cannot be called as a whole here: write its loop by hand")

    kind = Parts if by_hand else StableDiffusionPipeline
    pipeline = kind(
        **(_lent(seed).networks() if by_hand else _networks(seed)),
        scheduler=_scheduler(scheduler),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@lru_cache(maxsize=2)  # making them takes longer than a run
def _networks(seed: int) -> dict:
    with kept():
        seed_all(seed)
        tokenizer = _tokenizer()
        return {
            "vae": _autoencoder(),
            "unet": _unet(),
            "text_encoder": _text_encoder(tokenizer),
            "tokenizer": tokenizer,
        }


@lru_cache(maxsize=2)
def _lent(seed: int) -> _Lent:
    return _Lent(seed)


class _Lent:
    """Networks for answers, which may move them to a GPU or cast them: the next answer finds them as they were drawn."""

    def __init__(self, seed: int):
        self.seed = seed
        self.copies: dict = {}
        self.state: list = []

    def networks(self) -> dict:
        if not self.copies or self.state != _state(self.copies):
            self.copies = copy.deepcopy(_networks(self.seed))
            self.state = _state(self.copies)
        return self.copies


def _state(networks: dict) -> list:
    """What differs once a network was moved, cast, frozen, switched to training or changed in place."""
    modules = [part for network in networks.values() if isinstance(network, torch.nn.Module) for part in network.modules()]
    parameters = [p for part in modules for p in part.parameters(recurse=False)]
    return [part.training for part in modules] + [(p.dtype, p.device, p.requires_grad, p._version) for p in parameters]


def _autoencoder():
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        layers_per_block=1,
        latent_channels=LATENTS,
        norm_num_groups=4,
        sample_size=PIXELS,
        scaling_factor=SCALING,
    )
    with torch.no_grad():  # as drawn, hardly any pixel would lie outside [0, 1], and clamping would change nothing
        vae.decoder.conv_out.weight.mul_(4)
    return vae.eval()


def _unet():
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=SIZE,
        in_channels=LATENTS,
        out_channels=LATENTS,
        down_block_types=("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",),
        mid_block_type=None,
        block_out_channels=(8,),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=4,
    )
    with torch.no_grad():  # as drawn, the words would hardly matter
        for name, weight in unet.named_parameters():
            if "attn2.to_v" in name or "attn2.to_out" in name:
                weight.mul_(6)
    return unet.eval()


def _text_encoder(tokenizer):
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config).eval()


def _tokenizer():
    """A CLIPTokenizer that spells: one token a letter."""
    from transformers import CLIPTokenizer

    letters = string.ascii_lowercase
    tokens = [*letters, *(letter + "</w>" for letter in letters), "at</w>", "<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        vocabulary, merges = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        vocabulary.write_text(json.dumps({token: i for i, token in enumerate(tokens)}), encoding="utf-8")
        merges.write_text("#version: 0.2\na t</w>\n", encoding="utf-8")
        return CLIPTokenizer(str(vocabulary), str(merges), model_max_length=TOKENS, pad_token="<|endoftext|>")


def _scheduler(name: str):
    from diffusers import DDIMScheduler, EulerDiscreteScheduler, PNDMScheduler

    options = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
    if name == "pndm":
        return PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **options)
    if name == "euler":
        # "leading" starts at another σ than the scheduler has before it is told the number of steps
        return EulerDiscreteScheduler(timestep_spacing="leading", **options)
    if name == "ddim":
        return DDIMScheduler(clip_sample=False, set_alpha_to_one=False, **options)
    raise ValueError(f'scheduler must be "pndm", "euler" or "ddim", got {name!r}')
