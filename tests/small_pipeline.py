"""A text-to-image pipeline of the course's architecture with random weights: enough for everything but pictures."""

from pathlib import Path

import torch

from helpers.text_to_image import parts


def random_pipeline(tokenizer_folder: Path, seed: int = 0):
    from diffusers import StableDiffusionPipeline

    torch.manual_seed(seed)
    tokenizer = parts.tokenizer(tokenizer_folder)
    pipe = StableDiffusionPipeline(
        vae=parts.autoencoder(),
        unet=parts.unet(),
        text_encoder=parts.text_encoder(tokenizer),
        tokenizer=tokenizer,
        scheduler=parts.scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe
